package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"example.com/keepsake/models"
)

// Where the pages for second factors are, below the issuer's path.
const (
	challengePath = "/u/mfa-challenge"
	enrolPath     = "/u/mfa-enroll"
)

// Names of the pages in their form tokens and among the templates.
const (
	challengePage = "mfachallenge"
	enrolPage     = "mfaenroll"
	recoveryPage  = "mfarecovery"
)

// The texts about codes. A code that was used says the same as a wrong one: a stranger learns nothing.
const (
	wrongCode       = "That code is wrong, or too old. Check it and try again."
	tooManyCodes    = "There were too many wrong codes. Wait for a while, then go back to the application and sign in again."
	tooManyMessages = "Too many codes were sent. Wait for a while, then try again."
)

// maxCode is the longest code that is looked at, in bytes: a recovery code with what people put between its letters.
const maxCode = 64

// FactorURL is where a suspended login asks for a second factor.
func (p *Pages) FactorURL(transactionID string) string {
	return p.factorURL(challengePath, transactionID)
}

func (p *Pages) factorURL(path, transactionID string) string {
	return p.base + path[1:] + "?state=" + url.QueryEscape(transactionID)
}

// Remembered reports whether the user has given a second factor in this browser lately, and had it remembered.
func (p *Pages) Remembered(r *http.Request, userID string) (bool, error) {
	secret := p.cookie(r, factorCookie)
	if secret == "" {
		return false, nil
	}
	return p.factorsOpen.BrowserRemembered(r.Context(), secret, userID, p.now())
}

// remember sets the cookie by which Remembered knows the browser.
func (p *Pages) remember(w http.ResponseWriter, r *http.Request, userID string) error {
	now := p.now().UTC()
	until := now.Add(models.RememberedBrowserLifetime)
	secret := p.cookie(r, factorCookie)
	if secret == "" {
		secret = models.NewSecret()
	}
	if err := p.factorsOpen.RememberBrowser(r.Context(), secret, userID, now, until); err != nil {
		return fmt.Errorf("remember the browser: %w", err)
	}
	p.setCookie(w, factorCookie, secret, until)
	return nil
}

// factorStep is a page at which a second factor is given.
type factorStep struct {
	*step
	session  *models.Session
	user     *models.User
	request  models.FactorRequest // the first of those that are open
	open     int                  // how many are open
	standing *models.FactorStanding
	// transaction counts the attempts and holds what was sent. It belongs to the login transaction.
	transaction *models.MFATransaction
}

// proved reports whether the user has given a factor in this login already.
func (f *factorStep) proved() bool {
	return slices.ContainsFunc(f.tx.Suspended.Methods, func(m models.AuthMethod) bool { return m.Name == models.AuthMethodMFA })
}

// factorStep finds what the request is about; nil when no factor is asked for, or not of this user: /authorize/resume then
// knows how to go on.
func (p *Pages) factorStep(r *http.Request) (*factorStep, error) {
	ctx := r.Context()
	s, err := p.step(r)
	if err != nil {
		return nil, err
	}
	login := s.tx.Suspended
	if login == nil || login.Waiting != models.WaitingFactor || len(login.Factors) == 0 {
		return &factorStep{step: s}, nil
	}
	f := &factorStep{step: s, request: login.Factors[0], open: len(login.Factors)}
	if f.session, err = p.stepSession(r, s); err != nil {
		return nil, err
	}
	if f.session == nil || f.session.ID != login.SessionID || f.session.UserID != login.UserID {
		return &factorStep{step: s}, nil
	}
	if f.user, err = p.sessions.User(ctx, login.UserID); err != nil {
		return nil, missing(fmt.Errorf("find the login's user: %w", err))
	}
	if f.user.Blocked {
		return nil, &pageError{status: http.StatusForbidden, code: "access_denied", description: accountBlocked, err: models.ErrBlocked}
	}
	if f.standing, err = p.factors.Standing(ctx, s.tenant, f.user); err != nil {
		return nil, err
	}
	id := "login " + s.id // not a name that anybody could present as an mfa_token
	err = p.factorsOpen.OpenMFATransaction(ctx, &models.MFATransaction{
		ID: id, UserID: f.user.ID, ClientID: s.client.ID, CreatedAt: p.now().UTC(), ExpiresAt: s.tx.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	f.transaction, err = p.factorsOpen.MFATransaction(ctx, id)
	return f, err
}

// due reports whether a factor is asked for at this page; else it sends the browser where it belongs.
func (p *Pages) due(w http.ResponseWriter, r *http.Request, f *factorStep, mode models.FactorMode) bool {
	switch {
	case f.transaction == nil:
		p.seeOther(w, r, p.resumeURL(f.id))
	case f.request.Mode != mode && mode == models.FactorChallenge:
		p.seeOther(w, r, p.factorURL(enrolPath, f.id))
	case f.request.Mode != mode:
		p.seeOther(w, r, p.FactorURL(f.id))
	default:
		return true
	}
	return false
}

// fulfil records that the first open request is satisfied, and goes on: to the recovery code, if there is a new one, else to
// whatever comes next.
func (p *Pages) fulfil(w http.ResponseWriter, r *http.Request, f *factorStep, passed *models.FactorPassed) error {
	p.logPassed(r.Context(), f, passed)
	method := models.MFAMethod(passed.Type, p.now().UTC())
	err := p.transactions.UpdateSuspendedLogin(r.Context(), f.id, func(l *models.SuspendedLogin) error {
		if len(l.Factors) != f.open {
			return models.ErrConflict // the same form came twice, and the other one was faster
		}
		l.Factors = l.Factors[1:]
		l.Methods = append(l.Methods, method)
		return nil
	})
	if err != nil && !errors.Is(err, models.ErrConflict) {
		return missing(fmt.Errorf("record the factor: %w", err))
	}
	if f.request.AllowRemember && r.PostForm.Get("remember") != "" {
		if err := p.remember(w, r, f.user.ID); err != nil {
			return err
		}
	}
	if passed.RecoveryCode != "" {
		return p.showRecoveryCode(w, r, f, passed)
	}
	p.seeOther(w, r, p.resumeURL(f.id))
	return nil
}

// recoveryView is what templates/mfarecovery.html shows.
type recoveryView struct {
	Client   brand
	Code     string // in groups
	Raw      string
	Replaces bool
	Continue string
}

// showRecoveryCode is the one time that a recovery code is seen. The page comes with the answer to a POST and is kept nowhere.
func (p *Pages) showRecoveryCode(w http.ResponseWriter, r *http.Request, f *factorStep, passed *models.FactorPassed) error {
	return p.render(w, r, http.StatusOK, recoveryPage, view{
		Title: "Your recovery code", Tenant: tenantBrand(f.tenant), FormTargets: f.formTargets(),
		Body: recoveryView{
			Client: clientBrand(f.client), Code: grouped(passed.RecoveryCode), Raw: passed.RecoveryCode, Continue: p.resumeURL(f.id),
			Replaces: passed.Type == models.FactorRecoveryCode,
		},
	})
}

// grouped puts a space after every four characters.
func grouped(text string) string {
	var out []byte
	for i := range len(text) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, text[i])
	}
	return string(out)
}

// problemOf returns the status and the text for what a person can be told of an error; 0 for what is internal.
func problemOf(err error) (int, string) {
	if invalid, ok := errors.AsType[*models.InvalidError](err); ok {
		return http.StatusBadRequest, invalid.Message
	}
	switch {
	case errors.Is(err, models.ErrWrongCode):
		return http.StatusBadRequest, wrongCode
	case errors.Is(err, models.ErrTooMany):
		return http.StatusTooManyRequests, tooManyCodes
	case errors.Is(err, models.ErrEnrolled):
		return http.StatusConflict, "This is set up already. Go back to the application and sign in again."
	case errors.Is(err, models.ErrNotEnrolled), errors.Is(err, models.ErrFactorDisabled):
		return http.StatusBadRequest, "This method can’t be used any more. Choose another one."
	}
	return 0, ""
}

// logFactor writes a log event about a second factor (contract 6.2). A log that can't be written does not change the answer.
func (p *Pages) logFactor(ctx context.Context, f *factorStep, typ models.LogType, factor models.FactorType, description string) {
	now := p.now().UTC()
	e := &models.LogEvent{
		ID: models.NewLogID(now), Date: now, Type: typ, Description: description, ClientID: f.client.ID, ClientName: f.client.Name,
		Connection: f.session.Connection, UserID: f.user.ID, UserName: f.user.DisplayName(), Origin: models.OriginFrom(ctx),
		Details: map[string]any{"authenticator": string(factor), "session_id": f.session.ID, "transaction_id": f.tx.Suspended.TransactionID},
	}
	if f.org != nil {
		e.OrganizationID, e.OrganizationName = f.org.ID, f.org.Name
	}
	if err := p.logs.WriteLogs(ctx, e); err != nil {
		p.logger.ErrorContext(ctx, "log of a second factor not written", "type", string(typ), "error", err)
	}
}

func (p *Pages) logPassed(ctx context.Context, f *factorStep, passed *models.FactorPassed) {
	if passed.Enrolled {
		p.logFactor(ctx, f, models.LogFactorEnrolled, passed.Type, "")
	}
	p.logFactor(ctx, f, models.FactorLogType(passed.Type, nil), passed.Type, "")
}

// logRefused writes the event of a code that was not taken.
func (p *Pages) logRefused(ctx context.Context, f *factorStep, factor models.FactorType, cause error) {
	if typ := models.FactorLogType(factor, cause); typ != "" {
		_, text := problemOf(cause)
		p.logFactor(ctx, f, typ, factor, text)
	}
}
