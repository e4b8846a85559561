package oauth

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// Options are what a Server is made of. All but the last four are required.
type Options struct {
	// Issuer is the server's own address, with a trailing slash.
	Issuer        string
	Config        Config
	Grants        Grants
	People        People
	Logs          Logs
	Authenticator Authenticator
	Factors       Factors
	PostLogin     PostLogin
	Browser       Browser
	Keyring       *models.Keyring

	FactorTransactions FactorTransactions
	// Locate returns where an address is, nil when that is not known; nil: nothing is known of any.
	Locate func(ip string) *models.Geo
	// Untrusted is the list behind the risk assessment's UntrustedIP; nil: there is none.
	Untrusted *models.DenyList
	Logger    *slog.Logger
	Now       func() time.Time
}

// Server answers the protocol's endpoints.
type Server struct {
	issuer        string
	mfaAudience   string // of the MFA API's tokens
	config        Config
	grants        Grants
	people        People
	logs          Logs
	authenticator Authenticator
	factors       Factors
	factorsOpen   FactorTransactions
	postLogin     PostLogin
	browser       Browser
	locate        func(ip string) *models.Geo
	untrusted     *models.DenyList
	refreshTokens refreshTokenStrategy
	keys          *keySet
	provider      *fosite.Fosite
	// secretMatches checks client secrets; tests count it.
	secretMatches func(hash []byte, secret string) bool
	logger        *slog.Logger
	now           func() time.Time
}

// New returns a Server.
func New(o Options) (*Server, error) {
	if !strings.HasSuffix(o.Issuer, "/") {
		return nil, errors.New("the issuer needs a trailing slash")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Locate == nil {
		o.Locate = func(string) *models.Geo { return nil }
	}
	s := &Server{
		issuer:        o.Issuer,
		mfaAudience:   o.Issuer + mfaPath,
		config:        o.Config,
		grants:        o.Grants,
		people:        o.People,
		logs:          o.Logs,
		authenticator: o.Authenticator,
		factors:       o.Factors,
		factorsOpen:   o.FactorTransactions,
		postLogin:     o.PostLogin,
		browser:       o.Browser,
		locate:        o.Locate,
		untrusted:     o.Untrusted,
		refreshTokens: newRefreshTokenStrategy(o.Keyring),
		keys:          newKeySet(o.Config, o.Now),
		secretMatches: secretMatches,
		logger:        o.Logger,
		now:           o.Now,
	}
	s.provider = newProvider(s)
	return s, nil
}

// Routes adds the endpoints to a router, at Auth0's paths.
func (s *Server) Routes(r *mux.Router) {
	get, post := http.MethodGet, http.MethodPost
	r.HandleFunc("/authorize", s.serveAuthorize).Methods(get, post)
	r.HandleFunc(resumePath, s.serveResume).Methods(get)
	r.HandleFunc(continuePath, s.serveContinue).Methods(get, post)
	r.HandleFunc("/oauth/token", s.serveToken).Methods(post)
	r.HandleFunc("/oauth/revoke", s.serveRevoke).Methods(post)
	r.HandleFunc("/mfa/challenge", s.serveMFAChallenge).Methods(post)
	r.HandleFunc("/mfa/associate", s.serveMFAAssociate).Methods(post)
	r.HandleFunc("/mfa/authenticators", s.serveAuthenticators).Methods(get)
	r.HandleFunc("/mfa/authenticators/{id}", s.serveDeleteAuthenticator).Methods(http.MethodDelete)
	r.HandleFunc("/userinfo", s.serveUserinfo).Methods(get, post)
	r.HandleFunc("/v2/logout", s.serveLogout).Methods(get)
	r.HandleFunc("/oidc/logout", s.serveOIDCLogout).Methods(get, post)
	r.HandleFunc("/.well-known/openid-configuration", s.serveDiscovery).Methods(get)
	r.HandleFunc("/.well-known/oauth-authorization-server", s.serveDiscovery).Methods(get)
	r.HandleFunc("/.well-known/jwks.json", s.serveJWKS).Methods(get)
}
