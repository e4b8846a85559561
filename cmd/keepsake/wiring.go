package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/mgmt"
	"example.com/keepsake/models"
	"example.com/keepsake/models/mfa"
	"example.com/keepsake/models/password"
	"example.com/keepsake/models/store"
	"example.com/keepsake/oauth"
	"example.com/keepsake/web"
	"example.com/keepsake/web/geoip"
	"example.com/keepsake/web/middleware"
)

// goHooks returns the hooks in Go, which run before the tenant's Actions at every login and refresh. Keepsake itself has
// none; a build with hooks of its own lists them here.
func goHooks() []hooks.Hook { return nil }

// maxBody is the largest request body: more than any request of the protocol or the Management API needs.
const maxBody = 1 << 20

// handlerOptions is what the handlers are made of.
type handlerOptions struct {
	Settings *settings
	Issuer   string
	// Tenant is the tenant's id, for the logs.
	Tenant  string
	Store   *store.Store
	Keyring *models.Keyring
	Geo     *geoip.Reader
	// Untrusted is the list of untrusted addresses; nil: there is none.
	Untrusted *models.DenyList
	Logger    *slog.Logger
	// Limits bound what is done at once.
	Limits limits
	// Counters count what is done.
	Counters *metrics
	// Sender brings one-time codes to people; nil: nobody does.
	Sender mfa.Sender
	// PostLogin runs the Actions.
	PostLogin *actions.Registry
}

// newPostLogin keeps the chain of the bound Actions. Whoever makes it has to close it.
func newPostLogin(s *settings, st *store.Store, requests *middleware.Limiter, logger *slog.Logger) (*actions.Registry, error) {
	worker, err := workerCommand()
	if err != nil && s.Isolation != actions.IsolationNone {
		return nil, err
	}
	return actions.NewRegistry(actions.Options{
		Source:    st,
		GoHooks:   goHooks(),
		Timeout:   s.ActionTimeout,
		Network:   s.ActionNetwork,
		MaxLog:    s.ActionLogLimit,
		Isolation: s.Isolation,
		Worker:    worker,
		StepAside: requests.StepAside,
		Logger:    logger,
		Now:       s.now(),

		StandingClock: s.Clock != nil,
	}), nil
}

// newHandler is the whole server: every handler, and what each is made of.
func newHandler(o handlerOptions) (http.Handler, error) {
	now := o.Settings.now()
	authenticator := password.NewAuthenticator(o.Store, o.Limits.hasher)
	factors := mfa.New(mfa.Options{Store: o.Store, Keyring: o.Keyring, Sender: o.Sender, Now: now})
	pages, err := web.New(web.Options{
		Issuer:        o.Issuer,
		Transactions:  o.Store,
		Sessions:      o.Store,
		Config:        o.Store,
		Logs:          o.Store,
		Authenticator: authenticator,
		Factors:       factors,
		Keyring:       o.Keyring,
		Logger:        o.Logger,
		Now:           now,

		FactorTransactions: o.Store,
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	protocol, err := oauth.New(oauth.Options{
		Issuer:        o.Issuer,
		Config:        o.Store,
		Grants:        o.Store,
		People:        o.Store,
		Logs:          o.Store,
		Authenticator: authenticator,
		Factors:       factors,
		PostLogin:     o.PostLogin,
		Browser:       pages,
		Keyring:       o.Keyring,
		Locate:        locator(o.Geo),
		Untrusted:     o.Untrusted,
		Logger:        o.Logger,
		Now:           now,

		FactorTransactions: o.Store,
	})
	if err != nil {
		return nil, fmt.Errorf("protocol: %w", err)
	}
	management := mgmt.New(mgmt.Options{
		Issuer:        o.Issuer,
		TenantName:    o.Tenant,
		RefreshTokens: o.Store,
		Sessions:      o.Store,
		Logs:          o.Store,
		Factors:       o.Store,
		Directory:     o.Store,
		Verifier:      protocol,
		Logger:        o.Logger,
		Now:           now,
	})
	probes := &health{logger: o.Logger, checks: []check{
		{"database", o.Store.Ready},
		{"actions", o.PostLogin.Check},
	}}

	// Ids such as auth0%7C1 stay one path element: nothing is cleaned or decoded before the routes are matched.
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	router.MethodNotAllowedHandler = methodNotAllowed(router)
	probes.routes(router)
	o.Counters.routes(router)
	protocol.Routes(router)
	management.Routes(router)
	pages.Routes(router)
	if clock := o.Settings.Clock; clock != nil {
		(&clockRoutes{clock: clock, logger: o.Logger}).routes(router)
	}

	// Around the router and not in it: its own middleware does not run for what no route takes.
	return middleware.Chain(router,
		o.Limits.requests.Limit, // outermost: what it refuses must cost next to nothing
		o.Counters.measure,
		middleware.Origin(middleware.OriginOptions{TrustedProxies: trustedProxies(o.Settings), Geo: o.Geo, JA3: o.Settings.JA3Header, JA4: o.Settings.JA4Header}),
		middleware.RequestLog(middleware.RequestLogOptions{Logger: o.Logger, Quiet: probePaths}),
		middleware.Recover(o.Logger),
		middleware.SecurityHeaders(middleware.SecurityHeadersOptions{HTTPS: strings.HasPrefix(o.Issuer, "https://")}),
		middleware.CORS(middleware.CORSOptions{Allow: middleware.AllowAll}),
		middleware.BodyLimit(maxBody),
	), nil
}
