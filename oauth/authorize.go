package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// resumePath is where the login and consent pages send the browser back to.
const resumePath = "/authorize/resume"

// authorization is one request to /authorize on its way to a code.
type authorization struct {
	params  url.Values
	request *fosite.AuthorizeRequest
	session *Session
	org     *models.Organization
	prompt  []string
	maxAge  time.Duration // negative: not asked for
	// transaction is the login transaction behind the request; nil until the user has been at a page.
	transaction *models.LoginTransaction
	// redirectable is set once errors may go to the callback.
	redirectable bool
}

// serveAuthorize begins an authorization (RFC 6749 4.1.1, OIDC Core 3.1.2.1, contract 5.1).
func (s *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	params, err := authorizeParameters(r)
	a := &authorization{params: params}
	if err != nil {
		s.failAuthorize(w, r, a, err)
		return
	}
	s.authorize(w, r, a)
}

// serveResume goes on with an authorization when the browser comes back from a page. The transaction's id is not enough: it must be the browser
// that began.
func (s *Server) serveResume(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("state")
	t, err := s.grants.LoginTransaction(r.Context(), id, s.now())
	if errors.Is(err, models.ErrNotFound) || (err == nil && !s.browser.Bound(r, t.Browser)) {
		s.browser.Error(w, r, http.StatusBadRequest, codeInvalidRequest, "This login has expired or was finished already. Go back to the application and start again.")
		return
	}
	if err != nil {
		s.failAuthorize(w, r, &authorization{}, fmt.Errorf("read login transaction: %w", err))
		return
	}
	t.ID = id
	s.authorize(w, r, &authorization{params: t.Params, transaction: t})
}

// authorizeParameters reads the query string and, for POST, the body; each parameter once (RFC 6749 3.1).
func authorizeParameters(r *http.Request) (url.Values, error) {
	params, err := readQuery(r)
	if err != nil || r.Method != http.MethodPost {
		return params, err
	}
	form, err := readForm(r, maxForm)
	if err != nil {
		return nil, err
	}
	for name, values := range form {
		if params.Has(name) {
			return nil, invalidRequest("The parameter " + name + " was sent more than once.")
		}
		params[name] = values
	}
	return params, nil
}

// authorize takes an authorization as far as it goes in this request: to a page, to the callback with a code, or to an error.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request, a *authorization) {
	ctx := r.Context()

	// 1. What is asked for: client, callback, parameters.
	if err := s.validate(ctx, r, a); err != nil {
		s.failAuthorize(w, r, a, err)
		return
	}
	// 2. Who is there.
	ok, err := s.identify(w, r, a)
	if err != nil {
		s.failAuthorize(w, r, a, err)
		return
	}
	if !ok {
		s.sendTo(w, r, a, s.browser.LoginURL)
		return
	}
	// 3. What the user grants.
	ok, err = s.consent(ctx, a)
	if err != nil {
		s.failAuthorize(w, r, a, err)
		return
	}
	if !ok {
		s.sendTo(w, r, a, s.browser.ConsentURL)
		return
	}
	// 4. The hooks, then 5. the code.
	if err := s.finish(ctx, w, r, a); err != nil {
		s.failAuthorize(w, r, a, err)
	}
}

// validate checks the parameters. Until the callback is known to be the client's, errors are shown, not redirected.
func (s *Server) validate(ctx context.Context, r *http.Request, a *authorization) error {
	now := s.now()
	a.session = &Session{GrantType: models.GrantAuthorizationCode, logID: models.NewLogID(now), Requested: strings.Fields(a.params.Get("scope"))}
	c, err := s.config.Client(ctx, a.params.Get("client_id"))
	if errors.Is(err, models.ErrNotFound) {
		return invalidRequest("Unknown client: " + a.params.Get("client_id"))
	}
	if err != nil {
		return fmt.Errorf("read client: %w", err)
	}
	a.session.Client = c
	params := url.Values{}
	for name, values := range a.params {
		params[name] = values
	}
	if params.Get("redirect_uri") == "" && len(c.Callbacks) > 0 {
		params.Set("redirect_uri", c.Callbacks[0]) // contract 5.1: the first allowed callback
	}
	if _, err := fosite.MatchRedirectURIWithClientRedirectURIs(params.Get("redirect_uri"), client{Client: c}); err != nil {
		return invalidRequest("Callback URL mismatch. " + params.Get("redirect_uri") + " is not in the list of allowed callback URLs")
	}
	if err := s.parseAuthorize(ctx, r, a, params); err != nil {
		return err
	}
	return s.validateOwn(ctx, a)
}

// parseAuthorize has fosite check what is standard.
func (s *Server) parseAuthorize(ctx context.Context, r *http.Request, a *authorization, params url.Values) error {
	for _, name := range []string{"request", "request_uri"} {
		if params.Get(name) != "" {
			return invalidRequest("The parameter " + name + " is not supported.")
		}
	}
	in := &http.Request{Method: r.Method, URL: r.URL, Header: http.Header{}, Form: params, PostForm: url.Values{}}
	requester, err := s.provider.NewAuthorizeRequest(ctx, in)
	if request, ok := requester.(*fosite.AuthorizeRequest); ok {
		a.request = request
		a.redirectable = request.IsRedirectURIValid()
	}
	if params.Get("response_type") == "" {
		return errMissing("response_type") // to fosite it is an unsupported one (RFC 6749 4.1.2.1)
	}
	// fosite's last check is that state is there and long. To Auth0 it is the client's own affair, and PKCE does its work.
	if err != nil && !errors.Is(err, fosite.ErrInvalidState) {
		return err
	}
	return nil
}

// validateOwn checks what is Auth0's, or stricter than fosite.
func (s *Server) validateOwn(ctx context.Context, a *authorization) error {
	c := a.session.Client
	if !c.Allows(models.GrantAuthorizationCode) {
		return errGrantType(models.GrantAuthorizationCode)
	}
	if err := validatePKCE(c, a.params); err != nil {
		return err
	}
	var err error
	if a.prompt, a.maxAge, err = promptAndAge(a.params); err != nil {
		return err
	}
	if a.session.API, err = s.findAPI(ctx, a.params.Get("audience")); err != nil {
		return err
	}
	if a.org, err = s.findOrganization(ctx, c, a.params.Get("organization")); err != nil {
		return err
	}
	if name := a.params.Get("connection"); name != "" {
		connection, err := s.config.Connection(ctx, name)
		if errors.Is(err, models.ErrNotFound) || (err == nil && !serves(connection, c, a.org)) {
			return errConnection
		}
		if err != nil {
			return fmt.Errorf("read connection: %w", err)
		}
	}
	a.session.Granted = models.UserScopes(c, a.session.API, a.session.Requested)
	return nil
}

// validatePKCE wants an S256 challenge of every public client, and no other method of anybody (RFC 7636 4.3, RFC 9700 2.1.1).
func validatePKCE(c *models.Client, params url.Values) error {
	challenge, method := params.Get("code_challenge"), params.Get("code_challenge_method")
	switch {
	case challenge == "" && method == "" && !c.Public():
		return nil
	case challenge == "":
		return errMissing("code_challenge")
	case method != "S256":
		return invalidRequest("The code_challenge_method must be S256.")
	case len(challenge) != 43 || strings.Trim(challenge, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return invalidRequest("The code_challenge must be the base64url-encoded SHA-256 of the code_verifier.")
	}
	return nil
}

// Values of prompt (OIDC Core 3.1.2.1, and Auth0's select_account, which is a login here).
const (
	promptNone          = "none"
	promptLogin         = "login"
	promptConsent       = "consent"
	promptSelectAccount = "select_account"
)

func promptAndAge(params url.Values) (prompt []string, maxAge time.Duration, err error) {
	prompt = strings.Fields(params.Get("prompt"))
	for _, p := range prompt {
		switch {
		case p == promptNone && len(prompt) > 1:
			return nil, 0, invalidRequest("prompt=none can't be combined with other values")
		case p != promptNone && p != promptLogin && p != promptConsent && p != promptSelectAccount:
			return nil, 0, invalidRequest("unknown value of prompt: " + p)
		}
	}
	maxAge = -1
	if text := params.Get("max_age"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 32)
		if err != nil || seconds < 0 {
			return nil, 0, invalidRequest("max_age must be a number of seconds")
		}
		maxAge = time.Duration(seconds) * time.Second
	}
	return prompt, maxAge, nil
}

// identify finds the user behind the browser and reports whether that is enough; if not, the login page is next.
func (s *Server) identify(w http.ResponseWriter, r *http.Request, a *authorization) (bool, error) {
	ctx := r.Context()
	browser, err := s.browser.Session(r)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return false, fmt.Errorf("read browser session: %w", err)
	}
	if browser == nil || !s.recent(a, browser) {
		return false, a.loginRequired()
	}
	connection, err := s.usable(ctx, a, browser)
	if err != nil {
		return false, err
	}
	if connection == nil {
		return false, a.loginRequired()
	}
	user, err := s.people.User(ctx, browser.UserID)
	if errors.Is(err, models.ErrNotFound) {
		s.browser.Forget(w, r)
		return false, a.loginRequired()
	}
	if err != nil {
		return false, fmt.Errorf("read user: %w", err)
	}
	session := a.session
	session.User, session.Browser, session.SessionID = user, browser, browser.ID
	session.AuthTime, session.AuthMethods = browser.AuthenticatedAt, browser.Methods
	if user.Blocked {
		return false, errUserBlocked
	}
	session.Connection = connection
	if err := s.enter(ctx, session, a.org); err != nil {
		return false, err
	}
	if err := s.enforceRoles(ctx, session); err != nil {
		return false, err
	}
	session.Scopes = session.Granted
	return true, nil
}

// recent reports whether the browser's session is new enough for the request. A session that was made on the login page of
// this very transaction always is.
func (s *Server) recent(a *authorization, browser *models.Session) bool {
	if t := a.transaction; t != nil && t.SessionID != "" {
		return t.SessionID == browser.ID
	}
	switch {
	case slices.Contains(a.prompt, promptLogin), slices.Contains(a.prompt, promptSelectAccount):
		return false
	case a.maxAge >= 0 && s.now().Sub(browser.AuthenticatedAt) > a.maxAge:
		return false
	}
	connection := a.params.Get("connection")
	return connection == "" || connection == browser.Connection
}

// usable returns the connection that the browser's session came through, or nil when its users have no business here: single
// sign-on ends where the connection is not enabled.
func (s *Server) usable(ctx context.Context, a *authorization, browser *models.Session) (*models.Connection, error) {
	connection, err := s.config.Connection(ctx, browser.Connection)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read connection: %w", err)
	}
	if !serves(connection, a.session.Client, a.org) {
		return nil, nil
	}
	return connection, nil
}

// serves reports whether a connection is enabled for a client and, if there is one, for an organization.
func serves(connection *models.Connection, c *models.Client, org *models.Organization) bool {
	return connection.Enabled(c.ID) && (org == nil || org.Allows(connection.Name))
}

func (a *authorization) silent() bool { return slices.Contains(a.prompt, promptNone) }

func (a *authorization) loginRequired() error {
	if a.silent() {
		return &Error{Code: codeLoginRequired, Description: "Login required", Status: http.StatusForbidden}
	}
	return nil
}

// consent reports whether the user has agreed: first-party clients need not ask, unless the request says prompt=consent. The answer is kept.
func (s *Server) consent(ctx context.Context, a *authorization) (bool, error) {
	c, audience := a.session.Client, s.userinfoAudience()
	if a.session.API != nil {
		audience = a.session.API.Identifier
	}
	switch t := a.transaction; {
	case t != nil && t.Declined:
		return false, accessDenied("User did not authorize the request")
	case t != nil && t.Consented && t.SessionID == a.session.SessionID: // not the consent of whoever was there before
		err := s.people.SaveConsent(ctx, &models.Consent{
			UserID: a.session.User.ID, ClientID: c.ID, Audience: audience, Scopes: a.session.Granted, UpdatedAt: s.now(),
		})
		if err != nil {
			return false, fmt.Errorf("write consent: %w", err)
		}
		return true, nil
	}
	if !slices.Contains(a.prompt, promptConsent) {
		if c.FirstParty {
			return true, nil
		}
		given, err := s.people.Consent(ctx, a.session.User.ID, c.ID, audience)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return false, fmt.Errorf("read consent: %w", err)
		}
		if given != nil && covers(given.Scopes, a.session.Granted) {
			return true, nil
		}
	}
	if a.silent() {
		return false, &Error{Code: codeConsentRequired, Description: "Consent required", Status: http.StatusForbidden}
	}
	return false, nil
}

func covers(have, want []string) bool {
	return !slices.ContainsFunc(want, func(scope string) bool { return !slices.Contains(have, scope) })
}

// sendTo sends the browser to a page, in a login transaction.
func (s *Server) sendTo(w http.ResponseWriter, r *http.Request, a *authorization, page func(transactionID string) string) {
	if a.transaction == nil {
		now := s.now()
		t := &models.LoginTransaction{
			ID: models.NewSecret(), ClientID: a.session.Client.ID, Params: withoutSecrets(a.params), Browser: s.browser.Bind(w, r),
			CreatedAt: now, ExpiresAt: now.Add(models.LoginTransactionLifetime),
		}
		if a.org != nil {
			t.OrganizationID = a.org.ID
		}
		if a.session.Browser != nil { // only consent is missing
			t.SessionID, t.AuthenticatedAt = a.session.Browser.ID, a.session.AuthTime
		}
		if err := s.grants.CreateLoginTransaction(r.Context(), t); err != nil {
			s.failAuthorize(w, r, a, fmt.Errorf("write login transaction: %w", err))
			return
		}
		a.transaction = t
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, page(a.transaction.ID), http.StatusSeeOther)
}
