package models

import "time"

// CookieMode is how long the browser keeps the session cookie (contract 2.7).
type CookieMode string

// The two cookie modes.
const (
	CookiePersistent    CookieMode = "persistent"
	CookieNonPersistent CookieMode = "non-persistent"
)

// Session is one user's session in one browser. ID ("sess_…") is public: it is the sid claim and the id of the
// Management API. The cookie holds another value, of which only SecretHash is kept.
type Session struct {
	ID               string
	SecretHash       []byte
	UserID           string
	Connection       string
	CreatedAt        time.Time
	UpdatedAt        time.Time
	AuthenticatedAt  time.Time
	LastInteractedAt time.Time
	ExpiresAt        time.Time
	IdleExpiresAt    time.Time
	Device           Device
	// Clients are the ids of the clients that this session has signed in to.
	Clients  []string
	Methods  []AuthMethod
	Cookie   CookieMode
	Metadata Metadata
}

// Live reports whether the session has not ended.
func (s *Session) Live(now time.Time) bool {
	return !ended(s.ExpiresAt, now) && !ended(s.IdleExpiresAt, now)
}

// SessionChange is what a login's hooks decided about the browser session, besides its metadata. Zero members change nothing.
type SessionChange struct {
	// ExpiresAt and IdleExpiresAt can only shorten.
	ExpiresAt     time.Time  `json:"expires_at,omitzero"`
	IdleExpiresAt time.Time  `json:"idle_expires_at,omitzero"`
	Cookie        CookieMode `json:"cookie,omitempty"`
	// UserID is the user whose session it is from now on.
	UserID string `json:"user_id,omitempty"`
	// Methods are added to those that the user has completed.
	Methods []AuthMethod `json:"methods,omitempty"`
}

// IsZero reports whether there is nothing to change.
func (c *SessionChange) IsZero() bool {
	return c.ExpiresAt.IsZero() && c.IdleExpiresAt.IsZero() && c.Cookie == "" && c.UserID == "" && len(c.Methods) == 0
}
