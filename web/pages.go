package web

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/keepsake/models"
	"github.com/gorilla/mux"
)

// Options is what New needs. Every member but Now is required.
type Options struct {
	// Issuer is the server's public URL. Its scheme decides the cookies' names and whether they are Secure, its path
	// (normally "/") is put before every link.
	Issuer        string
	Transactions  Transactions
	Sessions      Sessions
	Config        Config
	Logs          Logs
	Authenticator Authenticator
	Factors       Factors
	// FactorTransactions is where second factors on their way are kept.
	FactorTransactions FactorTransactions
	// Keyring gives the key of the forms' tokens.
	Keyring *models.Keyring
	Logger  *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Pages serves the pages. It is safe for concurrent use.
type Pages struct {
	transactions  Transactions
	sessions      Sessions
	config        Config
	logs          Logs
	authenticator Authenticator
	factors       Factors
	factorsOpen   FactorTransactions
	logger        *slog.Logger
	now           func() time.Time

	base      string // path of the issuer, with a trailing slash
	secure    bool   // the issuer is https
	userinfo  string // the audience of /userinfo
	formKeys  [][]byte
	origins   *http.CrossOriginProtection
	templates map[string]*template.Template
	assets    *assets
}

// New returns the pages of one server. It fails for an issuer that is not an absolute http or https URL and for missing
// members of o.
func New(o Options) (*Pages, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("web options: %w", err)
	}
	issuer, err := url.Parse(o.Issuer)
	if err != nil {
		return nil, fmt.Errorf("web options: parse the issuer: %w", err)
	}
	if (issuer.Scheme != "http" && issuer.Scheme != "https") || issuer.Host == "" {
		return nil, fmt.Errorf("web options: the issuer %q is not an absolute http or https URL", o.Issuer)
	}
	origins := http.NewCrossOriginProtection()
	// A proxy may change the Host that we see; the issuer's origin is ours whatever the Host.
	if err := origins.AddTrustedOrigin(issuer.Scheme + "://" + issuer.Host); err != nil {
		return nil, fmt.Errorf("web options: trust the issuer's origin: %w", err)
	}
	base := strings.TrimRight(issuer.EscapedPath(), "/") + "/"
	assets, err := loadAssets(base)
	if err != nil {
		return nil, err
	}
	templates, err := parseTemplates()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Pages{
		transactions:  o.Transactions,
		sessions:      o.Sessions,
		config:        o.Config,
		logs:          o.Logs,
		authenticator: o.Authenticator,
		factors:       o.Factors,
		factorsOpen:   o.FactorTransactions,
		logger:        o.Logger,
		now:           o.Now,
		base:          base,
		secure:        issuer.Scheme == "https",
		userinfo:      strings.TrimRight(o.Issuer, "/") + "/userinfo",
		formKeys:      o.Keyring.Keys("csrf"),
		origins:       origins,
		templates:     templates,
		assets:        assets,
	}, nil
}

func (o *Options) check() error {
	var errs []error
	for _, f := range []struct {
		name    string
		missing bool
	}{
		{"Transactions", o.Transactions == nil},
		{"Sessions", o.Sessions == nil},
		{"Config", o.Config == nil},
		{"Logs", o.Logs == nil},
		{"Authenticator", o.Authenticator == nil},
		{"Factors", o.Factors == nil},
		{"FactorTransactions", o.FactorTransactions == nil},
		{"Keyring", o.Keyring == nil},
		{"Logger", o.Logger == nil},
	} {
		if f.missing {
			errs = append(errs, fmt.Errorf("%s is missing", f.name))
		}
	}
	return errors.Join(errs...)
}

// Routes registers the pages on r: /, /u/login, /u/consent, /u/mfa-challenge, /u/mfa-enroll and /u/static/. The error and signed-out pages have no
// route: other handlers call Error and SignedOut.
func (p *Pages) Routes(r *mux.Router) {
	read, write := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	r.Handle("/", p.handler(p.showHome)).Methods(read...)
	r.Handle("/u/login", p.handler(p.showLogin)).Methods(read...)
	r.Handle("/u/login", p.handler(p.submitLogin)).Methods(write...)
	r.Handle("/u/consent", p.handler(p.showConsent)).Methods(read...)
	r.Handle("/u/consent", p.handler(p.submitConsent)).Methods(write...)
	r.Handle(challengePath, p.handler(p.showChallenge)).Methods(read...)
	r.Handle(challengePath, p.handler(p.submitChallenge)).Methods(write...)
	r.Handle(enrolPath, p.handler(p.showEnrolment)).Methods(read...)
	r.Handle(enrolPath, p.handler(p.submitEnrolment)).Methods(write...)
	r.Handle("/u/form", p.handler(p.showForm)).Methods(read...)
	r.Handle("/u/form", p.handler(p.submitForm)).Methods(write...)
	r.Handle("/u/static/{name}", p.assets).Methods(read...)
}
