package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ory/fosite"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// finish runs the hooks and answers with a code, unless they suspend the login. The login transaction ends first: whatever the hooks
// do, it is not done twice.
func (s *Server) finish(ctx context.Context, w http.ResponseWriter, r *http.Request, a *authorization) error {
	if a.transaction != nil {
		err := s.grants.FinishLoginTransaction(ctx, a.transaction.ID)
		if errors.Is(err, models.ErrNotFound) {
			a.redirectable = false
			return invalidRequest("This login was finished already. Go back to the application and start again.")
		}
		if err != nil {
			return fmt.Errorf("end login transaction: %w", err)
		}
	}
	if a.resumed != nil && a.resumed.moved() {
		return s.suspend(ctx, w, r, a, a.resumed.state)
	}
	err := s.runAuthorizeHooks(ctx, r, a)
	if revokesSession(err) {
		s.browser.Forget(w, r)
	}
	var suspended *hooks.SuspendedError
	if errors.As(err, &suspended) && !a.silent() {
		return s.suspend(ctx, w, r, a, suspended.State)
	}
	if err != nil {
		return err
	}
	response, err := s.provider.NewAuthorizeResponse(context.WithValue(ctx, authorizationKey{}, a), a.request, a.session)
	if err != nil {
		return err
	}
	s.keepCookie(w, r, a.session)
	s.respond(ctx, w, a, response)
	return nil
}

// runAuthorizeHooks runs the hooks of a browser login, or what is left of them after a suspension.
func (s *Server) runAuthorizeHooks(ctx context.Context, r *http.Request, a *authorization) error {
	if a.resumed == nil {
		return s.runHooks(ctx, a.session, nil, func(event *hooks.Event) {
			event.Request = requestOf(r, a.params, nil)
			event.Transaction = a.eventTransaction(r)
		})
	}
	return s.runHooks(ctx, a.session, a.resumed.state, func(event *hooks.Event) {
		event.Transaction = a.eventTransaction(r)
		a.resumed.complete(r, event)
	})
}

// eventTransaction is event.transaction of a browser login (contract 2.3).
func (a *authorization) eventTransaction(r *http.Request) *hooks.Transaction {
	p := a.params
	mode := string(a.request.ResponseMode)
	if mode == "" {
		mode = string(a.request.GetDefaultResponseMode())
	}
	return &hooks.Transaction{
		ID:              a.session.transactionID,
		Protocol:        hooks.ProtocolCode,
		RequestedScopes: a.session.Requested,
		ACRValues:       fields(p.Get("acr_values")),
		UILocales:       fields(p.Get("ui_locales")),
		Locale:          locale(r, p.Get("ui_locales")),
		LoginHint:       p.Get("login_hint"),
		Prompt:          a.prompt,
		RedirectURI:     a.request.RedirectURI.String(),
		ResponseMode:    mode,
		ResponseType:    a.request.ResponseTypes,
		State:           p.Get("state"),
		Metadata:        map[string]any{},
	}
}

// fields is strings.Fields that never returns nil: to JavaScript it is an array.
func fields(s string) []string { return append([]string{}, strings.Fields(s)...) }

// respond writes an authorization response, with the issuer in it (RFC 9207: so that a client can tell whose answer it is).
func (s *Server) respond(ctx context.Context, w http.ResponseWriter, a *authorization, response fosite.AuthorizeResponder) {
	if state := a.params.Get("state"); state != "" {
		response.AddParameter("state", state)
	}
	response.AddParameter("iss", s.issuer)
	w.Header().Set("Referrer-Policy", "no-referrer")
	if a.request.GetResponseMode() == fosite.ResponseModeFormPost {
		w.Header().Set("Content-Security-Policy", formPostPolicy)
	}
	s.provider.WriteAuthorizeResponse(ctx, w, a.request, response)
}

// failAuthorize logs a failed authorization and sends the error to the callback, or shows it where there is no callback to trust.
func (s *Server) failAuthorize(w http.ResponseWriter, r *http.Request, a *authorization, err error) {
	ctx := r.Context()
	e := asError(err)
	if e.Code == codeServerError {
		s.logger.ErrorContext(ctx, "authorize", "error", err)
	}
	if a.session != nil {
		s.write(ctx, append([]*models.LogEvent{s.failedLoginLog(ctx, a, e)}, s.hookFailure(ctx, a.session, err)...)...)
	}
	if !a.redirectable {
		s.browser.Error(w, r, max(e.Status, http.StatusBadRequest), e.Code, clean(e.Description))
		return
	}
	response := fosite.NewAuthorizeResponse()
	response.AddParameter("error", e.Code)
	response.AddParameter("error_description", clean(e.Description))
	s.respond(ctx, w, a, response)
}

// failedLoginLog is the f event, or fsa for a silent request (contract 6.2). What the callback got is in details.response, as the client saw it.
func (s *Server) failedLoginLog(ctx context.Context, a *authorization, e *Error) *models.LogEvent {
	typ := models.LogFailedLogin
	if a.silent() {
		typ = models.LogFailedSilentAuth
	}
	description := clean(e.Description)
	response := map[string]any{"error": e.Code, "error_description": description}
	if state := a.params.Get("state"); state != "" {
		response["state"] = state
	}
	details := map[string]any{
		"error":    map[string]any{"message": description, "oauthError": e.Code, "type": "oauth-authorization"},
		"qs":       parameters(a.params),
		"response": response,
	}
	if a.session.SessionID != "" {
		details["session_id"] = a.session.SessionID
	}
	event := s.main(ctx, a.session, typ, details)
	event.Description = description
	return event
}

type authorizationKey struct{}

// codeIssuer issues authorization codes (fosite.AuthorizeEndpointHandler).
type codeIssuer struct{ *Server }

var _ fosite.AuthorizeEndpointHandler = codeIssuer{}

// HandleAuthorizeEndpointRequest stores a code, and with it what the hooks decided and the login's log event, in one write.
func (i codeIssuer) HandleAuthorizeEndpointRequest(ctx context.Context, requester fosite.AuthorizeRequester, responder fosite.AuthorizeResponder) error {
	if !requester.GetResponseTypes().ExactOne("code") {
		return nil
	}
	a, _ := ctx.Value(authorizationKey{}).(*authorization)
	if a == nil {
		return errInternal
	}
	secret, now := models.NewSecret(), i.now()
	code := a.code(secret)
	code.Device = models.NewDevice(models.OriginFrom(ctx))
	code.CreatedAt, code.ExpiresAt = now, now.Add(models.AuthorizationCodeLifetime)
	if slices.Contains(a.session.Granted, models.ScopeOfflineAccess) {
		code.RefreshTokenID = models.NewID(models.PrefixRefreshToken, now)
	}
	if err := i.touch(ctx, a); err != nil {
		return err
	}
	if err := i.changeSession(ctx, a.session); err != nil {
		return err
	}
	logs := append([]*models.LogEvent{i.loginLog(ctx, a)}, i.sessionLogs(ctx, a.session)...)
	if err := i.grants.CreateAuthorizationCode(ctx, code, a.session.effects(), logs...); err != nil {
		return fmt.Errorf("write authorization code: %w", err)
	}
	i.saw(ctx, a.session)
	responder.AddParameter("code", secret)
	requester.SetResponseTypeHandled("code")
	return nil
}

// code describes the code that a finished authorization gets.
func (a *authorization) code(secret string) *models.AuthorizationCode {
	session := a.session
	c := &models.AuthorizationCode{
		Hash: models.HashSecret(secret), ClientID: session.Client.ID, UserID: session.User.ID, SessionID: session.SessionID,
		Connection: session.Connection.Name, RedirectURI: a.params.Get("redirect_uri"),
		Scopes: session.Granted, AccessTokenScopes: session.Scopes, RoleIDs: session.RoleIDs,
		Nonce: a.params.Get("nonce"), CodeChallenge: a.params.Get("code_challenge"),
		AuthTime: session.AuthTime, SendAuthTime: a.maxAge >= 0, AuthMethods: session.AuthMethods,
		Decision: session.Decision,
	}
	if session.API != nil {
		c.Audience = session.API.Identifier
	}
	if session.Organization != nil {
		c.OrganizationID = session.Organization.ID
	}
	return c
}

// touch records that the session was used, and for which client.
func (i codeIssuer) touch(ctx context.Context, a *authorization) error {
	tenant, err := i.config.Tenant(ctx)
	if err != nil {
		return fmt.Errorf("read tenant: %w", err)
	}
	now := i.now()
	err = i.people.TouchSession(ctx, a.session.SessionID, a.session.Client.ID, models.OriginFrom(ctx), now, now.Add(tenant.IdleSession()))
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// loginLog is the s event, or ssa for a silent one (contract 6.2, 6.3).
func (s *Server) loginLog(ctx context.Context, a *authorization) *models.LogEvent {
	typ := models.LogLogin
	if a.silent() {
		typ = models.LogSilentAuth
	}
	completed := s.now()
	initiated := completed
	if a.transaction != nil {
		initiated = a.transaction.CreatedAt
	}
	session := a.session
	details := map[string]any{
		"prompts": []any{map[string]any{
			"name": "prompt-authenticate", "connection": session.Connection.Name, "connection_id": session.Connection.ID,
			"strategy": session.Connection.Strategy, "identity": session.User.ID, "stats": map[string]any{"loginsCount": session.User.LoginsCount},
			"completedAt": session.AuthTime.UnixMilli(), "elapsedTime": nil, "requiredCaptcha": false, "session_id": session.SessionID,
		}},
		"initiatedAt":    initiated.UnixMilli(),
		"completedAt":    completed.UnixMilli(),
		"elapsedTime":    completed.Sub(initiated).Milliseconds(),
		"session_id":     session.SessionID,
		"transaction_id": session.transactionID,
		"stats":          map[string]any{"loginsCount": session.User.LoginsCount},
	}
	if session.risk != nil {
		details["riskAssessment"] = riskDetails(session.risk)
	}
	return s.main(ctx, session, typ, details)
}
