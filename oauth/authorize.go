package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
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
	// resumed is what the authorization goes on from; nil until a hook has suspended it.
	resumed *resumption
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

// identify finds the user behind the browser and reports whether that is enough; if not, the login page is next.
func (s *Server) identify(w http.ResponseWriter, r *http.Request, a *authorization) (bool, error) {
	ctx := r.Context()
	browser, err := s.browser.Session(r)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return false, fmt.Errorf("read browser session: %w", err)
	}
	if a.resumed != nil && !isOf(a.resumed.login, browser) {
		return false, s.startOver(ctx, a)
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
	if a.resumed != nil {
		session.AuthMethods = models.AddMethods(browser.Methods, a.resumed.login.Methods...)
		session.proved = a.resumed.login.Methods
	}
	session.remembered = func() (bool, error) { return s.browser.Remembered(r, user.ID) }
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
	case a.resumed != nil: // it was there before the hooks ran
		return true, nil
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
