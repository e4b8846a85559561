package models

import (
	"slices"
	"time"
)

// MaxRefreshTokens is how many live refresh tokens one user may have with one client; the oldest make room (contract 4.10).
const MaxRefreshTokens = 200

// MaxRevocationReason is how long the reason of api.refreshToken.revoke may be, in Unicode code points (contract 3.3).
const MaxRevocationReason = 1024

// RefreshToken is one refresh token family: everything that descends from one login. It is one row for its whole life;
// a rotation changes the row in place. ID is the id of the Management API, of
// event.refresh_token.id and of the logs' familyId, and stays the same across rotations.
type RefreshToken struct {
	ID       string
	UserID   string
	ClientID string
	// SessionID is the browser session that the login belonged to; empty for the direct grants.
	SessionID      string
	OrganizationID string
	// Connection is the name of the connection that the user signed in through.
	Connection string
	// Audience is the API's identifier; empty when no API was asked for.
	Audience string
	// Scopes is what was granted; an exchange may narrow its access token, never this.
	Scopes      []string
	AuthTime    time.Time
	AuthMethods []AuthMethod
	Device      Device

	CreatedAt time.Time
	// ExpiresAt is the absolute end, IdleExpiresAt the end if nothing is exchanged until then. Zero: never.
	ExpiresAt       time.Time
	IdleExpiresAt   time.Time
	LastExchangedAt time.Time

	// Rotating says whether an exchange replaces the token that the client holds.
	Rotating bool
	// Generation counts rotations: the token that the client holds carries it. SecretHash is HashSecret of the newest token.
	Generation int64
	SecretHash []byte
	// RotatedAt is when Generation last grew: the leeway counts from there.
	RotatedAt time.Time
	RevokedAt time.Time

	Metadata Metadata
}

// AuthMethod is one entry of event.authentication.methods.
type AuthMethod struct {
	Name      string    `json:"name"`
	Timestamp time.Time `json:"timestamp"`
	Type      string    `json:"type,omitempty"`
}

// AddMethods returns have with more behind it, and leaves both as they are. What was completed again counts from then on: its former entry goes,
// so that one who looks for it finds the newest, and a long session does not collect them.
func AddMethods(have []AuthMethod, more ...AuthMethod) []AuthMethod {
	out := slices.Clip(have)
	for _, m := range more {
		same := func(h AuthMethod) bool { return h.Name == m.Name && h.Type == m.Type }
		if slices.ContainsFunc(out, same) {
			out = slices.DeleteFunc(slices.Clone(out), same)
		}
		out = append(out, m)
	}
	return out
}

// Expired reports whether the token's absolute or idle lifetime has ended.
func (t *RefreshToken) Expired(now time.Time) bool {
	return ended(t.ExpiresAt, now) || ended(t.IdleExpiresAt, now)
}

// Live reports whether the token is neither revoked nor expired.
func (t *RefreshToken) Live(now time.Time) bool { return t.RevokedAt.IsZero() && !t.Expired(now) }

func ended(end, now time.Time) bool { return !end.IsZero() && !now.Before(end) }

// Standing is what a presented generation is to its family.
type Standing int

// What a presented generation can be.
const (
	// StandingCurrent: the token that the client should hold.
	StandingCurrent Standing = iota
	// StandingOverlap: the token before, still inside the leeway.
	StandingOverlap
	// StandingReused: a token that was exchanged before, outside the leeway or older.
	StandingReused
	// StandingUnknown: a generation that was never issued.
	StandingUnknown
)

// Standing judges a presented generation (contract 5.6): the newest one is current; the one before is an overlap within
// leeway of the rotation; anything older is reuse.
func (t *RefreshToken) Standing(generation int64, leeway time.Duration, now time.Time) Standing {
	switch {
	case generation == t.Generation:
		return StandingCurrent
	case generation > t.Generation || generation < 0:
		return StandingUnknown
	case generation == t.Generation-1 && now.Before(t.RotatedAt.Add(leeway)):
		return StandingOverlap
	}
	return StandingReused
}

// GrantExtent is how much of a RefreshGrant is read: an exchange that runs no hooks needs half of it.
type GrantExtent int

const (
	// GrantForHooks is all of it.
	GrantForHooks GrantExtent = iota
	// GrantForTokens leaves out the session; of the token its device, its metadata, CreatedAt and LastExchangedAt; of the user the password hash, both
	// kinds of metadata and what logins write (LoginsCount, LastLogin, LastIP, LastPasswordReset).
	GrantForTokens
)

// RefreshGrant is what one exchange reads, in one round trip: the token, its user (nil when deleted) and its browser
// session (nil when there is none, or when it has ended).
type RefreshGrant struct {
	Token   RefreshToken
	User    *User
	Session *Session
	// Member is the user's membership in the token's organization; nil when there is none, or no more.
	Member *Membership
}

// Exchange is everything that one successful exchange writes, in one statement. It applies only while the row's generation is
// Generation and the token is not revoked; else it is ErrConflict and nothing is written. When the
// metadata would exceed MaxMetadataEntries after the merge it is ErrMetadataEntries and nothing is written.
type Exchange struct {
	ID         string
	Generation int64
	// NewGeneration and SecretHash describe the token that replaces the presented one. For a non-rotating token they
	// repeat what the row has.
	NewGeneration int64
	SecretHash    []byte
	Rotating      bool
	At            time.Time
	ExpiresAt     time.Time
	IdleExpiresAt time.Time
	// Last is the origin for device.last_*.
	Last     Origin
	Metadata MetadataDelta
	Effects  LoginEffects
	// Logs are the log events to write with it.
	Logs []*LogEvent
}

// Issuance is everything that one successful first exchange (a code, a password) writes, in one transaction.
type Issuance struct {
	// CodeHash is the authorization code that this exchange consumes; nil for the direct grants. ErrUsed, and nothing
	// written, when somebody else consumed it first.
	CodeHash []byte
	// Token is the family to create; nil when no refresh token is issued.
	Token   *RefreshToken
	At      time.Time
	Effects LoginEffects
	Logs    []*LogEvent
}

// LoginEffects are the changes that a login's hooks made outside the tokens. They are written once, at the end.
type LoginEffects struct {
	UserID string
	// AppMetadata and UserMetadata are shallow patches: a nil value deletes its key.
	AppMetadata  map[string]any
	UserMetadata map[string]any
	// CountLogin adds one to the user's logins_count and sets last_login and last_ip.
	CountLogin bool
	LoginIP    string
	// SessionID's metadata gets SessionMetadata.
	SessionID       string
	SessionMetadata MetadataDelta
}

// IsZero reports whether there is nothing to write.
func (e *LoginEffects) IsZero() bool {
	return len(e.AppMetadata) == 0 && len(e.UserMetadata) == 0 && !e.CountLogin && e.SessionMetadata.IsZero()
}

// RefreshTokenFilter selects refresh tokens of one user, or by ids. Live ones only.
type RefreshTokenFilter struct {
	UserID    string
	ClientID  string
	Audience  string
	SessionID string
	IDs       []string
	// NonRotating selects tokens that do not rotate, Except leaves one id out (contract 5.6 rule 6).
	NonRotating bool
	Except      string
}

// Page asks for one page of a listing in id order: the entries after From ("" from the start), at most Take.
type Page struct {
	From string
	Take int
}

// NarrowScopes returns those of granted that are in requested, in granted's order; all of granted when nothing was requested.
func NarrowScopes(granted, requested []string) []string {
	if len(requested) == 0 {
		return granted
	}
	out := make([]string, 0, len(granted))
	for _, s := range granted {
		if slices.Contains(requested, s) {
			out = append(out, s)
		}
	}
	return out
}
