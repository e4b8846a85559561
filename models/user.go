package models

import (
	"slices"
	"time"
)

// User is a person who signs in. Empty strings are members that the user does not have.
type User struct {
	ID            string // "auth0|…"
	Connection    string
	Email         string
	EmailVerified bool
	Username      string
	PhoneNumber   string
	PhoneVerified bool
	Name          string
	Nickname      string
	GivenName     string
	FamilyName    string
	Picture       string
	// PasswordHash is argon2id in PHC format, or bcrypt for imported users; empty: no password.
	PasswordHash string
	Blocked      bool
	AppMetadata  map[string]any
	UserMetadata map[string]any
	RoleIDs      []string
	// Groups are the names of the groups that the user is in. Reading a user leaves them out.
	Groups            []string
	LoginsCount       int64
	LastLogin         time.Time
	LastIP            string
	LastPasswordReset time.Time
	CreatedAt         time.Time
	UpdatedAt         time.Time
}

// RolesWith returns the ids of the user's roles, each once: the user's own, and those of the membership in the organization that a login is for
// (nil: it is for none).
func (u *User) RolesWith(m *Membership) []string {
	if m == nil {
		return u.RoleIDs
	}
	ids := slices.Clone(u.RoleIDs)
	for _, id := range m.RoleIDs {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// MaxUserMetadata is how large app_metadata and user_metadata each may be, in bytes of JSON (contract 3.3).
const MaxUserMetadata = 32 << 10

// DisplayName returns how logs name the user: the email, else the username, else the name.
func (u *User) DisplayName() string {
	switch {
	case u.Email != "":
		return u.Email
	case u.Username != "":
		return u.Username
	}
	return u.Name
}
