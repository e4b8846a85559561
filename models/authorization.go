package models

import (
	"net/url"
	"time"
)

// LoginTransaction is one request to /authorize on its way through the login and consent pages. Its id travels as the
// pages' state parameter; only its hash is stored.
type LoginTransaction struct {
	ID       string // HashSecret of it is the key; never stored
	ClientID string
	// Params are the parameters of the request to /authorize.
	Params url.Values
	// OrganizationID is the organization asked for, resolved to its id; empty: none.
	OrganizationID string
	// Browser binds the transaction to the browser that began it: HashSecret of its cookie.
	Browser []byte
	// SessionID is the session that the login page made in this transaction; empty until then.
	SessionID string
	// AuthenticatedAt is when it made it. It satisfies prompt=login and max_age.
	AuthenticatedAt time.Time
	// Consented is set when the user said yes on the consent page, Declined when it was no.
	Consented bool
	Declined  bool
	// Suspended is what the transaction waits with once a hook has suspended it; nil until then.
	Suspended *SuspendedLogin
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Lifetimes of the short-lived rows.
const (
	LoginTransactionLifetime  = time.Hour
	AuthorizationCodeLifetime = 5 * time.Minute
)

// AuthorizationCode is an issued code with everything that its exchange needs: what was asked for, who signed in, and what
// the hooks decided. Only Hash is stored of the code itself. A used code is kept until it expires, so that a second use is
// seen for what it is and takes the tokens of the first with it (RFC 6749 4.1.2).
type AuthorizationCode struct {
	Hash        []byte
	ClientID    string
	UserID      string
	SessionID   string
	Connection  string
	RedirectURI string   // as it was sent to /authorize; empty when it was left out
	Scopes      []string // granted: the refresh token's
	// AccessTokenScopes are the first access token's: Scopes as the hooks changed them.
	AccessTokenScopes []string
	// RoleIDs are the user's roles and those of the membership in the organization.
	RoleIDs        []string
	Audience       string
	OrganizationID string
	Nonce          string
	CodeChallenge  string // S256; empty when PKCE was not used
	AuthTime       time.Time
	SendAuthTime   bool // max_age was asked for: the ID token needs auth_time
	AuthMethods    []AuthMethod
	Device         Device
	// RefreshTokenID is the family that the exchange will create, allotted when the code is issued; empty: none.
	RefreshTokenID string
	Decision       Decision
	CreatedAt      time.Time
	ExpiresAt      time.Time
	UsedAt         time.Time
}

// Decision is what a login's hooks decided about the tokens to come. It waits with the authorization code.
type Decision struct {
	AccessTokenClaims map[string]any `json:"access_token_claims,omitempty"`
	IDTokenClaims     map[string]any `json:"id_token_claims,omitempty"`
	Metadata          MetadataDelta  `json:"metadata,omitzero"`
	ExpiresAt         time.Time      `json:"expires_at,omitzero"`
	IdleExpiresAt     time.Time      `json:"idle_expires_at,omitzero"`
}

// CodeGrant is what the exchange of a code reads, in one round trip: the code (perhaps used or expired: the caller
// judges), its user (nil when deleted) and whether the session lives on.
type CodeGrant struct {
	Code AuthorizationCode
	User *User
	// SessionLive says whether the browser session of the login is still there.
	SessionLive bool
}

// Consent is what a user allowed a third-party client to do with an API (Auth0's grant, contract 4.9).
type Consent struct {
	UserID    string
	ClientID  string
	Audience  string
	Scopes    []string
	UpdatedAt time.Time
}

// SigningKey is a private key that signs tokens, as a JWK. It is stored sealed.
type SigningKey struct {
	ID        string // kid
	Alg       string // the alg that its kind is for: RS256 (also signs PS256) or ES256
	JWK       []byte
	CreatedAt time.Time
	// RetiredAt is when it stopped signing; it stays in the JWK Set.
	RetiredAt time.Time
}

// AccessTokenClaims is what a verified access token says about its bearer.
type AccessTokenClaims struct {
	ID        string // jti
	Subject   string
	ClientID  string // azp
	Audiences []string
	Scopes    []string
	IssuedAt  time.Time // in whole seconds
	ExpiresAt time.Time
	// IDTokenClaims travel in a token without an API and are answered by /userinfo.
	IDTokenClaims map[string]any
}
