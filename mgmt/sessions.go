package mgmt

import (
	"errors"
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

const sessionMissing = "The session does not exist."

// sessionBody is a browser session as the API shows it (contract 4.3). The cookie's value is no part of it.
type sessionBody struct {
	ID               string          `json:"id"`
	UserID           string          `json:"user_id"`
	CreatedAt        timestamp       `json:"created_at"`
	UpdatedAt        timestamp       `json:"updated_at"`
	AuthenticatedAt  timestamp       `json:"authenticated_at"`
	IdleExpiresAt    timestamp       `json:"idle_expires_at"`
	ExpiresAt        timestamp       `json:"expires_at"`
	LastInteractedAt timestamp       `json:"last_interacted_at"`
	Device           deviceBody      `json:"device"`
	Clients          []sessionClient `json:"clients"`
	Authentication   struct {
		Methods []sessionMethod `json:"methods"`
	} `json:"authentication"`
	Cookie struct {
		Mode models.CookieMode `json:"mode"`
	} `json:"cookie"`
	Metadata models.Metadata `json:"session_metadata"`
}

type sessionClient struct {
	ClientID string `json:"client_id"`
}

type sessionMethod struct {
	Name      string    `json:"name"`
	Timestamp timestamp `json:"timestamp"`
	Type      string    `json:"type,omitempty"`
}

func showSession(s *models.Session) any {
	b := sessionBody{
		ID:               s.ID,
		UserID:           s.UserID,
		CreatedAt:        timestamp(s.CreatedAt),
		UpdatedAt:        timestamp(s.UpdatedAt),
		AuthenticatedAt:  timestamp(s.AuthenticatedAt),
		IdleExpiresAt:    timestamp(s.IdleExpiresAt),
		ExpiresAt:        timestamp(s.ExpiresAt),
		LastInteractedAt: timestamp(s.LastInteractedAt),
		Device:           deviceBody(s.Device),
		Clients:          []sessionClient{},
		Metadata:         shownMetadata(s.Metadata),
	}
	for _, id := range s.Clients {
		b.Clients = append(b.Clients, sessionClient{ClientID: id})
	}
	b.Authentication.Methods = []sessionMethod{}
	for _, m := range s.Methods {
		b.Authentication.Methods = append(b.Authentication.Methods, sessionMethod{Name: m.Name, Timestamp: timestamp(m.Timestamp), Type: m.Type})
	}
	b.Cookie.Mode = s.Cookie
	if b.Cookie.Mode == "" {
		b.Cookie.Mode = models.CookiePersistent
	}
	return b
}

func (a *API) getSession(c *request) (answer, error) {
	fields, err := c.query.selection()
	if err != nil {
		return answer{}, err
	}
	s, err := a.sessions.Session(c.ctx(), c.id)
	if err != nil {
		return answer{}, notFound(fmt.Errorf("get a session: %w", err), sessionMissing)
	}
	body, err := fields.apply(showSession(s))
	return ok(body), err
}

// updateSession replaces the session's whole metadata map.
func (a *API) updateSession(c *request) (answer, error) {
	m, body, err := c.metadataBody("session_metadata")
	if err != nil {
		return answer{}, err
	}
	event, err := a.written(c, body, map[string]any{"id": c.id, "session_metadata": m}, http.StatusOK)
	if err != nil {
		return answer{}, err
	}
	s, err := a.sessions.SetSessionMetadata(c.ctx(), c.id, m, event)
	if err != nil {
		return answer{}, notFound(fmt.Errorf("set a session's metadata: %w", err), sessionMissing)
	}
	return ok(showSession(s)), nil
}

// deleteSession ends the session and leaves its refresh tokens alone. One that is not there is as gone as was asked for.
func (a *API) deleteSession(c *request) (answer, error) {
	event, err := a.written(c, nil, map[string]any{}, http.StatusAccepted)
	if err != nil {
		return answer{}, err
	}
	if err := a.sessions.EndSession(c.ctx(), c.id, event); err != nil && !errors.Is(err, models.ErrNotFound) {
		return answer{}, fmt.Errorf("end a session: %w", err)
	}
	return accepted(), nil
}

// revokeSession ends the session and revokes the refresh tokens that are bound to it.
func (a *API) revokeSession(c *request) (answer, error) {
	if err := readNothing(c.http); err != nil {
		return answer{}, err
	}
	event, err := a.written(c, nil, map[string]any{}, http.StatusAccepted)
	if err != nil {
		return answer{}, err
	}
	if err := a.sessions.RevokeSession(c.ctx(), c.id, c.now, event); err != nil {
		return answer{}, notFound(fmt.Errorf("revoke a session: %w", err), sessionMissing)
	}
	return accepted(), nil
}

func (a *API) listUserSessions(c *request) (answer, error) {
	list := []string{"sessions", c.id}
	page, err := c.page(list...)
	if err != nil {
		return answer{}, err
	}
	fields, err := c.query.selection()
	if err != nil {
		return answer{}, err
	}
	totals, err := c.query.boolean("include_totals", false)
	if err != nil {
		return answer{}, err
	}
	if err := a.userExists(c, c.id); err != nil {
		return answer{}, err
	}
	sessions, next, err := a.sessions.Sessions(c.ctx(), c.id, page)
	if err != nil {
		return answer{}, fmt.Errorf("list sessions: %w", err)
	}
	shown, err := selectAll(fields, sessions, showSession)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{"sessions": shown}
	if totals {
		total, err := a.sessions.CountSessions(c.ctx(), c.id)
		if err != nil {
			return answer{}, fmt.Errorf("count sessions: %w", err)
		}
		body["total"] = total
	}
	return c.listing(body, next, list...), nil
}

// deleteUserSessions ends all of a user's sessions.
func (a *API) deleteUserSessions(c *request) (answer, error) {
	if err := a.userExists(c, c.id); err != nil {
		return answer{}, err
	}
	event, err := a.written(c, nil, map[string]any{}, http.StatusAccepted)
	if err != nil {
		return answer{}, err
	}
	if _, err := a.sessions.EndSessions(c.ctx(), c.id, event); err != nil {
		return answer{}, fmt.Errorf("end sessions: %w", err)
	}
	return accepted(), nil
}
