package scenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"example.com/keepsake/models"
)

// tokens sends a form to /oauth/token and keeps what comes back.
func (p *player) tokens(ctx context.Context, where Where, h *holder, form url.Values, known map[string]bool, as string) (*result, error) {
	r, err := p.token(ctx, where, h, form)
	if err != nil || r.status != http.StatusOK {
		return r, err
	}
	p.holders[as] = h
	if as != "" && p.holders[""] == nil {
		p.holders[""] = h
	}
	after, err := p.families(ctx, h)
	if err != nil {
		return nil, err
	}
	for id := range after {
		if !known[id] {
			h.family = id
		}
	}
	if h.family != "" {
		token, err := p.server.Store.RefreshToken(ctx, h.family)
		if err != nil {
			return nil, fmt.Errorf("read the new refresh token: %w", err)
		}
		h.session = token.SessionID
	}
	return r, nil
}

// families returns the ids of the refresh tokens that a user has at a client.
func (p *player) families(ctx context.Context, h *holder) (map[string]bool, error) {
	list, _, err := p.server.Store.RefreshTokens(ctx, models.RefreshTokenFilter{UserID: h.user.ID, ClientID: h.client.ID}, models.Page{Take: 100})
	if err != nil {
		return nil, fmt.Errorf("list the refresh tokens: %w", err)
	}
	ids := make(map[string]bool, len(list))
	for _, t := range list {
		ids[t.ID] = true
	}
	return ids, nil
}

// refresh exchanges a refresh token.
func (p *player) refresh(ctx context.Context, f *Refresh) (*result, error) {
	h, err := p.holder(f.As)
	if err != nil {
		return nil, err
	}
	if len(h.tokens) == 0 {
		return nil, errors.New("the login got no refresh token")
	}
	i := len(h.tokens) - 1
	switch f.Token {
	case "first":
		i = 0
	case "previous":
		if i--; i < 0 {
			return nil, errors.New("there is only one refresh token yet")
		}
	}
	form := url.Values{"grant_type": {models.GrantRefreshToken}, "refresh_token": {h.tokens[i]}}
	if f.Scope != "" {
		form.Set("scope", f.Scope)
	}
	for name, value := range f.Params {
		form.Set(name, value)
	}
	return p.token(ctx, f.Where, h, form)
}

// token sends a form to /oauth/token as the holder's client.
func (p *player) token(ctx context.Context, where Where, h *holder, form url.Values) (*result, error) {
	form.Set("client_id", h.client.ID)
	if h.client.TokenEndpointAuthMethod != models.AuthMethodNone {
		form.Set("client_secret", p.server.Secret)
	}
	a, err := p.send(ctx, p.client, where, http.MethodPost, p.server.Issuer+"oauth/token", form)
	if err != nil {
		return nil, err
	}
	r := &result{holder: h, status: a.status}
	if err := json.Unmarshal(a.text, &r.body); err != nil {
		return nil, fmt.Errorf("/oauth/token answered with %d and no JSON", a.status)
	}
	if t := r.text("refresh_token"); t != "" && a.status == http.StatusOK {
		h.tokens = append(h.tokens, t)
	}
	return r, nil
}
