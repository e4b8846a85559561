package mgmt

import (
	"errors"
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

// deleteRefreshToken revokes one token. One that is not there is as gone as was asked for (contract 4.2 has no 404), and
// nothing is logged, since nothing was done.
func (a *API) deleteRefreshToken(c *request) (answer, error) {
	t, err := a.tokens.RefreshToken(c.ctx(), c.id)
	if errors.Is(err, models.ErrNotFound) {
		return accepted(), nil
	}
	if err != nil {
		return answer{}, fmt.Errorf("get a refresh token: %w", err)
	}
	event, err := a.written(c, nil, map[string]any{}, http.StatusAccepted)
	if err != nil {
		return answer{}, err
	}
	revoked, err := a.revoked(c, t)
	if err != nil {
		return answer{}, err
	}
	err = a.tokens.RevokeRefreshToken(c.ctx(), c.id, c.now, event, revoked)
	if err != nil && !errors.Is(err, models.ErrNotFound) { // somebody else may have been first
		return answer{}, fmt.Errorf("revoke a refresh token: %w", err)
	}
	return accepted(), nil
}

// deleteUserRefreshTokens revokes all of a user's tokens.
func (a *API) deleteUserRefreshTokens(c *request) (answer, error) {
	if err := a.userExists(c, c.id); err != nil {
		return answer{}, err
	}
	return a.revokeAll(c, models.RefreshTokenFilter{UserID: c.id}, nil)
}

func (a *API) revokeAll(c *request, filter models.RefreshTokenFilter, body map[string]any) (answer, error) {
	event, err := a.written(c, body, map[string]any{}, http.StatusAccepted)
	if err != nil {
		return answer{}, err
	}
	if _, err := a.tokens.RevokeRefreshTokens(c.ctx(), filter, c.now, event); err != nil {
		return answer{}, fmt.Errorf("revoke refresh tokens: %w", err)
	}
	return accepted(), nil
}

// revokeRefreshTokens revokes what one of four combinations selects: ids; user_id; user_id and client_id; user_id,
// client_id and audience (contract 4.2).
func (a *API) revokeRefreshTokens(c *request) (answer, error) {
	body, err := readObject(c.http, "ids", "user_id", "client_id", "audience")
	if err != nil {
		return answer{}, err
	}
	filter, err := revocation(body)
	if err != nil {
		return answer{}, err
	}
	if err := a.revocable(c, filter); err != nil {
		return answer{}, err
	}
	logged := make(map[string]any, len(body))
	for _, m := range body {
		logged[m.name] = m.value
	}
	return a.revokeAll(c, filter, logged)
}

// revocation turns the body into a filter. It never returns one that selects everything.
func revocation(body object) (models.RefreshTokenFilter, error) {
	var f models.RefreshTokenFilter
	for _, m := range body {
		var err error
		switch m.name {
		case "ids":
			f.IDs, err = tokenIDs(m.value)
		case "user_id":
			f.UserID, err = boundedString(m.value, 300, m.name)
		case "client_id":
			f.ClientID, err = boundedString(m.value, 64, m.name)
		case "audience":
			f.Audience, err = boundedString(m.value, 600, m.name)
		}
		if err != nil {
			return models.RefreshTokenFilter{}, err
		}
	}
	ids, user, client, audience := f.IDs != nil, f.UserID != "", f.ClientID != "", f.Audience != ""
	switch {
	case ids && !user && !client && !audience,
		!ids && user && (client || !audience):
		return f, nil
	}
	return models.RefreshTokenFilter{}, badRequest("", "Invalid combination of parameters.")
}

func tokenIDs(v any) ([]string, error) {
	const most, longest = 100, 30
	list, ok := v.([]any)
	if !ok {
		return nil, wrongType("array", v, "ids")
	}
	switch {
	case len(list) == 0:
		return nil, invalidBody("Array is too short (0), minimum 1", "ids")
	case len(list) > most:
		return nil, invalidBody(fmt.Sprintf("Array is too long (%d), maximum %d", len(list), most), "ids")
	}
	ids := make([]string, len(list))
	for i, item := range list {
		id, err := boundedString(item, longest, fmt.Sprintf("ids[%d]", i))
		if err != nil {
			return nil, err
		}
		ids[i] = id
	}
	return ids, nil
}

// revocable checks that what the body names exists; here that is a 400 (contract 4.2).
func (a *API) revocable(c *request, f models.RefreshTokenFilter) error {
	if f.UserID != "" {
		if _, err := a.directory.User(c.ctx(), f.UserID); err != nil {
			return missing(fmt.Errorf("find the user: %w", err), http.StatusBadRequest, "User not found.")
		}
	}
	if f.ClientID != "" {
		if _, err := a.directory.Client(c.ctx(), f.ClientID); err != nil {
			return missing(fmt.Errorf("find the client: %w", err), http.StatusBadRequest, "Client not found.")
		}
	}
	if f.Audience != "" {
		if _, err := a.directory.ResourceServer(c.ctx(), f.Audience); err != nil {
			return missing(fmt.Errorf("find the resource server: %w", err), http.StatusBadRequest, "Resource server not found.")
		}
	}
	return nil
}
