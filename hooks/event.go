package hooks

import (
	"time"

	"example.com/keepsake/models"
)

// Event is what a hook sees: Auth0's post-login event object (contract section 2). A nil pointer is a member that is
// undefined in JavaScript; maps that Auth0 always has are never nil when the event comes from oauth.
type Event struct {
	RefreshToken   *RefreshToken
	Transaction    *Transaction
	Request        Request
	Client         Client
	User           User
	Organization   *Organization
	Session        *Session
	Connection     Connection
	ResourceServer *ResourceServer
	Stats          Stats
	Authentication *Authentication
	Authorization  *Authorization
	Tenant         Tenant
	// CustomDomain is the domain of the tenant's own that the request came to; nil when it came to another.
	CustomDomain *models.CustomDomain
	// SecurityContext is what is known of the TLS handshake.
	SecurityContext *SecurityContext
	// Lookup finds out the rest. It is no part of what a suspended login keeps.
	Lookup Lookup `json:"-"`
	// Prompt is the answer to a form, while the hook that rendered it continues.
	Prompt *Prompt
}

// Values of Transaction.Protocol (contract 2.3).
const (
	ProtocolCode     = "oidc-basic-profile"
	ProtocolPassword = "oauth2-password"
	ProtocolRefresh  = "oauth2-refresh-token"
)

// AccessOffline is RefreshToken.Access of an ordinary refresh token; AccessOnline that of an online one, which has no metadata.
const (
	AccessOffline = "offline"
	AccessOnline  = "online"
)

// RefreshToken is event.refresh_token: present at an exchange, nil at an initial login.
type RefreshToken struct {
	ID              string
	UserID          string
	ClientID        string
	SessionID       string
	CreatedAt       time.Time
	ExpiresAt       time.Time
	IdleExpiresAt   time.Time
	LastExchangedAt time.Time
	Rotating        bool
	ResourceServers []TokenResourceServer
	Device          models.Device
	// Metadata is replaced, never changed in place, by API.RefreshToken.
	Metadata models.Metadata
	Access   string
}

// TokenResourceServer is one API of a refresh token; Scopes is space-separated, as at Auth0.
type TokenResourceServer struct {
	Audience string
	Scopes   string
}

// Transaction is event.transaction.
type Transaction struct {
	ID              string
	Protocol        string
	RequestedScopes []string
	ACRValues       []string
	UILocales       []string
	Locale          string
	LoginHint       string
	Prompt          []string
	RedirectURI     string
	ResponseMode    string
	ResponseType    []string
	State           string
	// Metadata holds strings, float64s and bools. API.Transaction replaces it.
	Metadata map[string]any
}

// Request is event.request.
type Request struct {
	IP        string
	ASN       string
	Method    string
	Hostname  string
	Language  string
	UserAgent string
	Query     map[string]any // string, or []string for a repeated parameter
	Body      map[string]any // without secrets, codes, tokens and passwords
	Geo       *models.Geo
}

// Client is event.client.
type Client struct {
	ClientID string
	Name     string
	Metadata map[string]string
	// Policies are the client's refresh_token.policies.
	Policies []models.ResourcePolicy
}

// User is event.user.
type User struct {
	UserID            string
	Email             string
	EmailVerified     bool
	Username          string
	PhoneNumber       string
	PhoneVerified     bool
	Name              string
	Nickname          string
	GivenName         string
	FamilyName        string
	Picture           string
	CreatedAt         time.Time
	UpdatedAt         time.Time
	LastPasswordReset time.Time
	AppMetadata       map[string]any
	UserMetadata      map[string]any
	Identities        []Identity
}

// Identity is one entry of event.user.identities.
type Identity struct {
	Connection string
	Provider   string
	UserID     string
	IsSocial   bool
}

// Organization is event.organization.
type Organization struct {
	ID          string
	Name        string
	DisplayName string
	Metadata    map[string]string
}

// Session is event.session: the browser session, where there is one.
type Session struct {
	ID               string
	UserID           string
	CreatedAt        time.Time
	UpdatedAt        time.Time
	AuthenticatedAt  time.Time
	LastInteractedAt time.Time
	ExpiresAt        time.Time
	IdleExpiresAt    time.Time
	Clients          []string
	CookieMode       models.CookieMode
	Device           models.Device
	// Metadata is replaced, never changed in place, by API.Session. It is nil, and undefined in JavaScript, until something is set.
	Metadata models.Metadata
}

// Connection is event.connection.
type Connection struct {
	ID       string
	Name     string
	Strategy string
	Metadata map[string]string
}

// ResourceServer is event.resource_server.
type ResourceServer struct {
	Identifier string
	// System is true for the Management API, whose tokens take no claim without a namespace. JavaScript does not see it.
	System bool
}

// Prompt is event.prompt: what came back from a form that a hook has rendered.
type Prompt struct {
	ID     string
	Fields map[string]any
	Vars   map[string]any
}

// Stats is event.stats.
type Stats struct{ LoginsCount int64 }

// Authentication is event.authentication.
type Authentication struct{ Methods []models.AuthMethod }

// Authorization is event.authorization.
type Authorization struct {
	Roles []string
	// Assigned are the same roles with all that is known of them, for api.roles. JavaScript does not see it.
	Assigned []models.Role
}

// SecurityContext is event.security_context: fingerprints of the TLS client.
type SecurityContext struct{ JA3, JA4 string }

// Tenant is event.tenant.
type Tenant struct{ ID string }
