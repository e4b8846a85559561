package models

import (
	"slices"
	"time"
)

// Signing algorithms of access and ID tokens.
const (
	RS256 = "RS256"
	PS256 = "PS256"
	ES256 = "ES256"
)

// Token dialects (contract 4.8). The rfc9068 ones add typ at+jwt, client_id and jti; the authz ones add permissions.
const (
	DialectAccessToken      = "access_token"
	DialectAccessTokenAuthz = "access_token_authz"
	DialectRFC9068          = "rfc9068_profile"
	DialectRFC9068Authz     = "rfc9068_profile_authz"
)

// ResourceServer is an API: what an access token is for (contract 4.8).
type ResourceServer struct {
	ID                 string
	Identifier         string // the audience; immutable
	Name               string
	Scopes             []Scope
	SigningAlg         string // RS256, PS256 or ES256
	AllowOfflineAccess bool
	TokenLifetime      time.Duration
	SkipConsent        bool // skip_consent_for_verifiable_first_party_clients
	EnforcePolicies    bool
	TokenDialect       string
	// System marks the Management API, which takes no custom claims without a namespace.
	System bool
}

// DefaultAccessTokenLifetime is the default of an API's token_lifetime.
const DefaultAccessTokenLifetime = 24 * time.Hour

// Scope is one scope of an API.
type Scope struct {
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
}

// HasScope reports whether the API defines a scope.
func (r *ResourceServer) HasScope(value string) bool {
	return slices.ContainsFunc(r.Scopes, func(s Scope) bool { return s.Value == value })
}

// ClientGrant allows a client to get access tokens of its own for an API (client_credentials).
type ClientGrant struct {
	ID       string
	ClientID string
	Audience string
	Scopes   []string
}
