package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// suspend stores what an authorization waits with, in a login transaction of its own, and sends the browser where its hooks want
// it. The id of that transaction is new each time: it is the state that another site gets to see, and is good for one return.
func (s *Server) suspend(ctx context.Context, w http.ResponseWriter, r *http.Request, a *authorization, state *hooks.State) error {
	login, err := s.suspendedLogin(ctx, a, state)
	if err != nil {
		return err
	}
	id := models.NewSecret()
	target, err := s.waitingRoom(login, state.Suspension(), id)
	if err != nil {
		return err
	}
	if err := s.grants.CreateLoginTransaction(ctx, a.successor(id, login, s.browserOf(w, r, a))); err != nil {
		return fmt.Errorf("write suspended login: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// suspendedLogin says what an authorization waits for, and with what. Factors come before the rest that the same hook asked for.
func (s *Server) suspendedLogin(ctx context.Context, a *authorization, state *hooks.State) (*models.SuspendedLogin, error) {
	text, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encode the hooks' state: %w", err)
	}
	session := a.session
	login := &models.SuspendedLogin{
		TransactionID: session.transactionID, UserID: session.User.ID, SessionID: session.SessionID, Hooks: text, At: s.now(),
	}
	if a.resumed != nil {
		login.Methods = a.resumed.login.Methods
	}
	switch want := state.Suspension(); {
	case want == nil:
		return nil, errInternal
	case len(want.Factors) > 0:
		login.Waiting, login.Factors = models.WaitingFactor, want.Factors
		s.write(ctx, s.factorRequiredLog(ctx, session, want.Factors))
	case want.Render != nil:
		login.Waiting = models.WaitingForm
		login.Form = &models.FormPrompt{FormID: want.Render.FormID, Fields: want.Render.Fields, Vars: want.Render.Vars}
		err = s.checkForm(ctx, state)
	case want.Redirect != nil:
		login.Waiting = models.WaitingRedirect
	default:
		return nil, errInternal
	}
	return login, err
}

// checkForm fails the login when the form that a hook rendered is none of the tenant's: that is the hook's mistake.
func (s *Server) checkForm(ctx context.Context, state *hooks.State) error {
	want := state.Suspension()
	_, err := s.config.Form(ctx, want.Render.FormID)
	if !errors.Is(err, models.ErrNotFound) {
		if err != nil {
			return fmt.Errorf("read form: %w", err)
		}
		return nil
	}
	failed := &hooks.FailedError{Info: hooks.Info{ID: want.HookID, Name: want.HookID}}
	for _, r := range state.Outcome.Results { // the last one is the hook's own
		failed.Info = hooks.Info{ID: r.ActionID, Name: r.ActionName, BindingID: r.BindingID, Version: r.Version}
	}
	failed.Cause = models.ExecutionError{
		Class: hooks.ClassActionError, Name: "Error", Message: fmt.Sprintf("The form %q does not exist.", want.Render.FormID),
	}
	return failed
}

// waitingRoom is where the browser goes while the login waits.
func (s *Server) waitingRoom(login *models.SuspendedLogin, want *hooks.Suspension, id string) (string, error) {
	switch login.Waiting {
	case models.WaitingFactor:
		return s.browser.FactorURL(id), nil
	case models.WaitingForm:
		return s.browser.FormURL(id), nil
	}
	target, err := want.Redirect.WithState(id)
	if err != nil {
		return "", fmt.Errorf("redirect: %w", err)
	}
	return target, nil
}

// browserOf is the binding of the browser that began the authorization.
func (s *Server) browserOf(w http.ResponseWriter, r *http.Request, a *authorization) []byte {
	if a.transaction != nil {
		return a.transaction.Browser
	}
	return s.browser.Bind(w, r)
}

// successor is the transaction that takes the place of the authorization's former one.
func (a *authorization) successor(id string, login *models.SuspendedLogin, browser []byte) *models.LoginTransaction {
	t := &models.LoginTransaction{
		ID: id, ClientID: a.session.Client.ID, Params: withoutSecrets(a.params), Browser: browser,
		SessionID: a.session.SessionID, AuthenticatedAt: a.session.AuthTime, Suspended: login,
		CreatedAt: login.At, ExpiresAt: login.At.Add(models.LoginTransactionLifetime),
	}
	if a.org != nil {
		t.OrganizationID = a.org.ID
	}
	if a.transaction != nil {
		t.CreatedAt = a.transaction.CreatedAt // the login took as long as the user sees it
	}
	return t
}
