package mgmt

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.com/keepsake/models"
)

// event begins a log event about this call.
func (c *request) event(t models.LogType, description string) *models.LogEvent {
	return &models.LogEvent{
		ID:          models.NewLogID(c.now),
		Date:        c.now,
		Type:        t,
		Description: description,
		Origin:      models.OriginFrom(c.ctx()),
		Auth0Client: auth0Client(c.http.Header.Get("Auth0-Client")),
	}
}

// written returns the sapi record of a write (contract 6.2). It goes to the store together with the write, so that neither
// is there without the other; hence the answer's body is what is known of it before. body is what was sent, once it has
// been checked against the operation's schema: no operation takes a secret.
func (a *API) written(c *request, body, answerBody any, status int) (*models.LogEvent, error) {
	e := c.event(models.LogManagementAPI, c.route.summary)
	e.ClientID = c.claims.ClientID
	name, err := a.clientName(c, e.ClientID)
	if err != nil {
		return nil, err
	}
	e.ClientName = name
	user := map[string]any{}
	if s := c.claims.Subject; s != "" && !strings.HasSuffix(s, "@clients") {
		e.UserID, user["user_id"] = s, s
	}
	if body == nil {
		body = map[string]any{}
	}
	e.Details = map[string]any{
		"request": map[string]any{
			"auth": map[string]any{
				"credentials": map[string]any{"jti": c.claims.ID, "scopes": c.claims.Scopes},
				"strategy":    "jwt",
				"user":        user,
			},
			"body":      body,
			"channel":   "api",
			"ip":        e.Origin.IP,
			"method":    c.http.Method,
			"path":      c.http.URL.EscapedPath(),
			"query":     map[string]string(c.query),
			"userAgent": e.Origin.UserAgent,
		},
		"response": map[string]any{"statusCode": status, "body": answerBody},
	}
	return e, nil
}

// revoked returns the srrt record of one refresh token (contract 6.2).
func (a *API) revoked(c *request, t *models.RefreshToken) (*models.LogEvent, error) {
	e := c.event(models.LogRefreshTokenRevoked, "Successfully revoked a refresh token")
	e.ClientID, e.UserID, e.OrganizationID, e.Connection, e.Audience = t.ClientID, t.UserID, t.OrganizationID, t.Connection, t.Audience
	name, err := a.clientName(c, t.ClientID)
	if err != nil {
		return nil, err
	}
	e.ClientName = name
	switch u, err := a.directory.User(c.ctx(), t.UserID); {
	case err == nil:
		e.UserName = u.DisplayName()
	case !errors.Is(err, models.ErrNotFound): // a deleted user's tokens can be revoked as well
		return nil, fmt.Errorf("find the token's user: %w", err)
	}
	refreshToken := map[string]any{"access": "offline"}
	e.Details = map[string]any{
		"credential_id": t.ID,
		"audience":      t.Audience,
		"refresh_token": refreshToken,
		"method":        c.http.Method,
		"originalUrl":   c.http.URL.EscapedPath(),
	}
	if t.SessionID != "" {
		e.Details["session_id"], refreshToken["session_id"] = t.SessionID, t.SessionID
	}
	return e, nil
}

// clientName names a client for a log event; a client that was deleted has no name.
func (a *API) clientName(c *request, id string) (string, error) {
	client, err := a.directory.Client(c.ctx(), id)
	if errors.Is(err, models.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find client %s: %w", id, err)
	}
	return client.Name, nil
}

// auth0Client decodes the header in which Auth0's SDKs name themselves: base64 of a JSON object. What is not that, or
// is longer than an SDK's name could be, is left out.
func auth0Client(header string) map[string]any {
	const limit = 1024
	if header == "" || len(header) > limit {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(header, "=")))
	if err != nil {
		return nil
	}
	v, err := parseJSON(b)
	if err != nil {
		return nil
	}
	var members map[string]any
	if _, isObject := v.(object); !isObject || json.Unmarshal(b, &members) != nil {
		return nil
	}
	return members
}
