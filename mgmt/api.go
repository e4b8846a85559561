package mgmt

import (
	"log/slog"
	"net/url"
	"time"
)

// Options is everything that the Management API works with.
type Options struct {
	// Issuer is the server's own URL with its trailing slash. The API's audience is Issuer + "api/v2/".
	Issuer string
	// TenantName is the logs' tenant_name. Empty: the host of Issuer.
	TenantName string

	RefreshTokens RefreshTokens
	Sessions      Sessions
	Logs          Logs
	Factors       Factors
	Directory     Directory
	Verifier      Verifier

	// Logger gets what clients don't: internal errors in full, and why a bearer token was refused. Nil: nowhere.
	Logger *slog.Logger
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// API is the Management API. It keeps nothing between requests and may be used concurrently.
type API struct {
	issuer     string
	audience   string
	tenantName string

	tokens    RefreshTokens
	sessions  Sessions
	logs      Logs
	factors   Factors
	directory Directory
	verifier  Verifier
	logger    *slog.Logger
	now       func() time.Time
}

// New returns the API. Routes puts it on a router.
func New(o Options) *API {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.TenantName == "" {
		if u, err := url.Parse(o.Issuer); err == nil {
			o.TenantName = u.Hostname()
		}
	}
	return &API{
		issuer:     o.Issuer,
		audience:   o.Issuer + "api/v2/",
		tenantName: o.TenantName,
		tokens:     o.RefreshTokens,
		sessions:   o.Sessions,
		logs:       o.Logs,
		factors:    o.Factors,
		directory:  o.Directory,
		verifier:   o.Verifier,
		logger:     o.Logger,
		now:        o.Now,
	}
}
