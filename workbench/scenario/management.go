package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/keepsake/models"
)

// patch replaces metadata over the Management API.
func (p *player) patch(ctx context.Context, c *Patch) (*result, error) {
	h, err := p.holder(c.As)
	if err != nil {
		return nil, err
	}
	path, body := "refresh-tokens/"+h.family, map[string]any{"refresh_token_metadata": c.Metadata}
	if c.SessionMetadata != nil {
		path, body = "sessions/"+h.session, map[string]any{"session_metadata": c.SessionMetadata}
	}
	if strings.HasSuffix(path, "/") {
		return nil, errors.New("the login has nothing to patch: no refresh token, or no session")
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	return p.manage(ctx, h, http.MethodPatch, path, string(text))
}

// revoke revokes a refresh token over the Management API.
func (p *player) revoke(ctx context.Context, c *Revoke) (*result, error) {
	h, err := p.holder(c.As)
	if err != nil {
		return nil, err
	}
	if h.family == "" {
		return nil, errors.New("the login got no refresh token")
	}
	return p.manage(ctx, h, http.MethodDelete, "refresh-tokens/"+h.family, "")
}

// manage sends a request to /api/v2, with a token of its own: time may have passed.
func (p *player) manage(ctx context.Context, h *holder, method, path, body string) (*result, error) {
	machine := &holder{client: &models.Client{ID: p.server.Machine, TokenEndpointAuthMethod: models.AuthMethodSecretPost}}
	t, err := p.token(ctx, Where{}, machine, url.Values{"grant_type": {models.GrantClientCredentials}, "audience": {p.server.Issuer + "api/v2/"}})
	if err != nil {
		return nil, err
	}
	if t.status != http.StatusOK {
		return nil, fmt.Errorf("get a token for the Management API: %d %s", t.status, t.text("error_description"))
	}
	r, err := http.NewRequestWithContext(ctx, method, p.server.Issuer+"api/v2/"+path, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+t.text("access_token"))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := do(p.client, r)
	if err != nil {
		return nil, err
	}
	out := &result{holder: h, status: a.status, body: make(map[string]any)}
	if len(a.text) > 0 && json.Unmarshal(a.text, &out.body) != nil {
		return nil, fmt.Errorf("%s /api/v2/%s answered with %d and no JSON", method, path, a.status)
	}
	if out.status >= http.StatusBadRequest && out.text("error") == "" {
		out.body["error"] = http.StatusText(out.status)
	}
	return out, nil
}
