package models

import (
	"slices"
	"time"
)

// Grant types (RFC 6749, and Auth0's own).
const (
	GrantAuthorizationCode = "authorization_code"
	GrantPassword          = "password"
	GrantPasswordRealm     = "http://auth0.com/oauth/grant-type/password-realm"
	GrantClientCredentials = "client_credentials"
	GrantRefreshToken      = "refresh_token"
	GrantMFAOTP            = "http://auth0.com/oauth/grant-type/mfa-otp"
	GrantMFAOOB            = "http://auth0.com/oauth/grant-type/mfa-oob"
	GrantMFARecoveryCode   = "http://auth0.com/oauth/grant-type/mfa-recovery-code"
)

// Client authentication methods at the token endpoint.
const (
	AuthMethodNone          = "none"
	AuthMethodSecretPost    = "client_secret_post"
	AuthMethodSecretBasic   = "client_secret_basic"
	AuthMethodPrivateKeyJWT = "private_key_jwt"
)

// Client is an application (contract 4.7).
type Client struct {
	ID   string
	Name string
	// SecretHash is HashSecret of the client secret; nil for a client without one.
	SecretHash              []byte
	AppType                 string // native, spa, regular_web, non_interactive
	LogoURI                 string
	TokenEndpointAuthMethod string
	// PublicKeys is a JWK Set with the client's public keys, for private_key_jwt; nil without.
	PublicKeys           []byte
	GrantTypes           []string
	Callbacks            []string
	AllowedLogoutURLs    []string
	WebOrigins           []string
	AllowedOrigins       []string
	FirstParty           bool
	OrganizationUsage    string // deny, allow, require
	OrganizationRequire  string // organization_require_behavior: no_prompt, pre_login_prompt, post_login_prompt
	DefaultOrganization  string
	IDTokenAlg           string        // jwt_configuration.alg: RS256, ES256, PS256 or HS256 is refused at load
	IDTokenLifetime      time.Duration // jwt_configuration.lifetime_in_seconds
	Metadata             map[string]string
	RefreshToken         RefreshTokenPolicy
	InitiateLoginURI     string
	CreatedAt, UpdatedAt time.Time
}

// Defaults of a client's refresh_token object (contract 4.7, section 9 line 17) and of the ID token's lifetime (5.4).
const (
	DefaultTokenLifetime     = 30 * 24 * time.Hour
	DefaultIdleTokenLifetime = 15 * 24 * time.Hour
	DefaultIDTokenLifetime   = 10 * time.Hour
)

// RefreshTokenPolicy is a client's refresh_token object.
type RefreshTokenPolicy struct {
	Rotating bool
	Expiring bool
	// Leeway is how long the token before the newest may be exchanged again.
	Leeway time.Duration
	// Lifetime and IdleLifetime hold for expiring tokens. Zero: infinite.
	Lifetime     time.Duration
	IdleLifetime time.Duration
	// Policies are kept for Actions to see (event.client.refresh_token); exchanges do not go by them.
	Policies []ResourcePolicy
}

// ResourcePolicy says what a refresh token may be exchanged for at a further API (contract 4.7).
type ResourcePolicy struct {
	Audience string
	Scope    []string
}

// Expiry returns the absolute end of a token issued at issued.
func (p RefreshTokenPolicy) Expiry(issued time.Time) time.Time {
	if !p.Expiring || p.Lifetime == 0 {
		return time.Time{}
	}
	return issued.Add(p.Lifetime)
}

// IdleExpiry returns the idle end of a token issued or exchanged at now.
func (p RefreshTokenPolicy) IdleExpiry(now time.Time) time.Time {
	if !p.Expiring || p.IdleLifetime == 0 {
		return time.Time{}
	}
	return now.Add(p.IdleLifetime)
}

// MetadataTokenID is the client metadata key that asks for refresh_token_id in token responses ("true").
const MetadataTokenID = "keepsake_token_id"

// Public reports whether the client authenticates with nothing.
func (c *Client) Public() bool { return c.TokenEndpointAuthMethod == AuthMethodNone }

// Allows reports whether the client may use a grant type.
func (c *Client) Allows(grantType string) bool { return slices.Contains(c.GrantTypes, grantType) }
