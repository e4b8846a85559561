package models

import (
	"strings"
	"time"
)

// OAuthErrors is whose status codes /oauth/token answers with.
type OAuthErrors string

// The two styles: Auth0's (invalid_grant is 403, failed client authentication 401 access_denied) and RFC 6749's (400
// invalid_grant, 401 invalid_client with WWW-Authenticate).
const (
	OAuthErrorsAuth0   OAuthErrors = "auth0"
	OAuthErrorsRFC6749 OAuthErrors = "rfc6749"
)

// Tenant is the settings of the whole server.
type Tenant struct {
	// ID is event.tenant.id and the logs' tenant_name.
	ID               string
	FriendlyName     string
	PictureURL       string
	SupportEmail     string
	DefaultDirectory string
	DefaultAudience  string
	OAuthErrors      OAuthErrors
	// Factors are the second factors that the tenant offers; nil: DefaultFactors.
	Factors []FactorType
	// Demo marks the demo tenant, whose passwords everybody knows. A database holds it or a tenant of somebody's own, never both.
	Demo bool
	// SessionLifetime and IdleSessionLifetime are in hours, as the Deploy CLI has them.
	SessionLifetimeHours     float64
	IdleSessionLifetimeHours float64
	// CustomDomains are the names under which the tenant is reached besides its issuer's.
	CustomDomains []CustomDomain
}

// CustomDomain is a domain of the tenant's own.
type CustomDomain struct {
	Domain   string // in lower case
	Metadata map[string]string
}

// CustomDomain returns the custom domain that is called name, in any case of letters, or nil.
func (t *Tenant) CustomDomain(name string) *CustomDomain {
	for i := range t.CustomDomains {
		if strings.EqualFold(t.CustomDomains[i].Domain, name) {
			return &t.CustomDomains[i]
		}
	}
	return nil
}

// Defaults of the tenant's session lifetimes, in hours (Auth0's).
const (
	DefaultSessionLifetimeHours     = 168
	DefaultIdleSessionLifetimeHours = 72
)

// TenantConfig is a whole tenant as it is written down in tenant.yaml (models/tenant) and applied to a store.
type TenantConfig struct {
	Tenant          Tenant
	Clients         []Client
	ResourceServers []ResourceServer
	ClientGrants    []ClientGrant
	Connections     []Connection
	Organizations   []Organization
	Roles           []Role
	Actions         []Action
	Forms           []Form
	// PostLogin are the names of the Actions bound to post-login, in order; nil: leave the bindings alone.
	PostLogin []Binding
	Users     []User
	Members   []Membership
	// Authenticators are the users' second factors. Those without an id get one.
	Authenticators []Authenticator
	// Has says which sections the document had, so that an absent section changes nothing.
	HasTenant bool
}

// Binding binds an Action, by name, to a trigger.
type Binding struct {
	ActionName  string
	DisplayName string
}

// ApplySummary counts what applying a TenantConfig did, per section ("clients"), in the document's order.
type ApplySummary struct {
	Sections []SectionSummary
}

// SectionSummary is one line of an ApplySummary.
type SectionSummary struct {
	Name                        string
	Created, Updated, Unchanged int
}

// SessionEnd returns the absolute lifetime of a browser session.
func (t *Tenant) SessionEnd() time.Duration {
	return hours(t.SessionLifetimeHours, DefaultSessionLifetimeHours)
}

// IdleSession returns how long a browser session lives without being used.
func (t *Tenant) IdleSession() time.Duration {
	return hours(t.IdleSessionLifetimeHours, DefaultIdleSessionLifetimeHours)
}

func hours(set, otherwise float64) time.Duration {
	if set <= 0 {
		set = otherwise
	}
	return time.Duration(set * float64(time.Hour))
}
