package oauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// mfaGrant is Auth0's three grants that complete another one with a second factor: a password's or a refresh token's, which was answered
// with mfa_required (contract 5.2).
//
// The rules are: an mfa_token is good for its client, for one grant and for few guesses; what the original grant presented is judged again, as it may
// have been revoked since; the hooks that ran are not run again.
type mfaGrant struct{ grantHandler }

var _ fosite.TokenEndpointHandler = mfaGrant{}

// factorParameters are the parameters that each grant needs besides the mfa_token.
var factorParameters = map[string][]string{
	models.GrantMFAOTP:          {"otp"},
	models.GrantMFAOOB:          {"oob_code", "binding_code"},
	models.GrantMFARecoveryCode: {"recovery_code"},
}

// factorKinds is what of challengeKind each grant presents. A recovery code is never the first code of a new factor.
var factorKinds = map[string]string{models.GrantMFAOTP: kindOTP, models.GrantMFAOOB: kindOOB}

// factorType is the kind of factor that a session's grant presents; "" when it is none of mfaGrant's. That of a code which was sent is told by
// what was sent, and only its success has to know.
func (s *Session) factorType() models.FactorType {
	switch s.GrantType {
	case models.GrantMFAOTP:
		return models.FactorOTP
	case models.GrantMFAOOB:
		return models.FactorPhone
	case models.GrantMFARecoveryCode:
		return models.FactorRecoveryCode
	}
	return ""
}

// HandleTokenEndpointRequest checks the factor, uses up the mfa_token, and makes the session one of the original grant.
func (g mfaGrant) HandleTokenEndpointRequest(ctx context.Context, requester fosite.AccessRequester) error {
	session, err := begin(requester)
	if err != nil {
		return err
	}
	if err := required(requester, append([]string{"mfa_token"}, factorParameters[session.GrantType]...)...); err != nil {
		return err
	}
	form := requester.GetRequestForm()
	// 1. Whose factor, and for what.
	t, err := g.waitingGrant(ctx, form.Get("mfa_token"), session.Client.ID)
	if err != nil {
		return err
	}
	session.User = t.standing.User
	// 2. It is the right one. Whatever comes now, the client is told the next recovery code: the one that it had is gone.
	passed, err := g.check(ctx, session, t, form.Get)
	if err != nil {
		return err
	}
	session.passed = passed
	// 3. Whoever is first goes on.
	err = g.factorsOpen.FinishMFATransaction(ctx, t.ID)
	if errors.Is(err, models.ErrNotFound) {
		return errMFAToken
	}
	if err != nil {
		return fmt.Errorf("end the pending grant: %w", err)
	}
	// 4. The original grant, as it is judged now.
	return g.goOn(ctx, session, t.pending, passed)
}

// check takes the factor and logs that it was right; the failure is logged with the request's.
func (g mfaGrant) check(ctx context.Context, session *Session, t *waitingGrant, parameter func(string) string) (*models.FactorPassed, error) {
	if t.pending.request().Mode == models.FactorEnroll {
		if e := t.Enrolment; e == nil || challengeKind(e.Type) != factorKinds[session.GrantType] {
			return nil, errNotEnrolled // an older factor of the user's is not what was asked for
		}
	} else if kind := session.factorType(); session.GrantType != models.GrantMFAOOB && !t.pending.wants(kind) {
		return nil, errNotEnrolled
	}
	var passed *models.FactorPassed
	var err error
	wrong := errOTP
	switch session.GrantType {
	case models.GrantMFAOTP:
		passed, err = g.factors.CheckOTP(ctx, t.MFATransaction, t.standing, parameter("otp"))
	case models.GrantMFAOOB:
		oob := parameter("oob_code")
		wrong = errBindingCode
		passed, err = g.factors.CheckSent(ctx, t.MFATransaction, t.standing, &oob, parameter("binding_code"))
	default:
		wrong = errRecoveryCode
		passed, err = g.factors.CheckRecovery(ctx, t.MFATransaction, t.standing, parameter("recovery_code"))
	}
	if err != nil {
		return nil, factorError(err, wrong)
	}
	var events []*models.LogEvent
	if passed.Enrolled {
		events = append(events, g.factorLog(ctx, session, models.LogFactorEnrolled, passed.Type))
	}
	g.write(ctx, append(events, g.factorLog(ctx, session, models.FactorLogType(passed.Type, nil), passed.Type))...)
	return passed, nil
}

// factorError says to a client what was wrong with a factor; wrong is for a wrong code.
func factorError(err error, wrong *Error) error {
	var e *Error
	var invalid *models.InvalidError
	switch {
	case errors.Is(err, models.ErrWrongCode):
		e = wrong
	case errors.Is(err, models.ErrTooMany):
		e = errTooManyCodes
	case errors.Is(err, models.ErrNotEnrolled), errors.Is(err, models.ErrFactorDisabled):
		e = errNotEnrolled
	case errors.Is(err, models.ErrEnrolled):
		e = errEnrolled
	case errors.As(err, &invalid):
		e = invalidRequest(invalid.Message)
	default:
		return fmt.Errorf("check a factor: %w", err)
	}
	said := *e
	said.cause = err
	return &said
}

func (s *Server) factorLog(ctx context.Context, session *Session, typ models.LogType, kind models.FactorType) *models.LogEvent {
	e := s.newLog(ctx, session, typ, models.NewLogID(s.now()))
	e.Details = map[string]any{"authenticator": string(kind)}
	return e
}

// goOn makes the session one of the grant that waited.
func (g mfaGrant) goOn(ctx context.Context, session *Session, p *pendingGrant, passed *models.FactorPassed) error {
	method := models.MFAMethod(passed.Type, g.now())
	session.GrantType, session.Requested = p.GrantType, p.Requested
	session.proved = append(p.Proved, method)
	session.resumed = p.Hooks
	want := p.Hooks.Suspension()
	want.Factors = want.Factors[1:]
	var err error
	switch {
	case !session.Client.Allows(p.GrantType):
		err = errGrantType(p.GrantType)
	case p.GrantType == models.GrantRefreshToken:
		err = g.refresh().again(ctx, session, p)
	default:
		err = g.passwordAgain(ctx, session, p)
	}
	session.AuthMethods = models.AddMethods(p.AuthMethods, method)
	return err
}

func (g mfaGrant) refresh() refreshGrant   { return refreshGrant(g) }
func (g mfaGrant) password() passwordGrant { return passwordGrant(g) }

// again judges a refresh token that was presented a while ago.
func (g refreshGrant) again(ctx context.Context, session *Session, p *pendingGrant) error {
	session.Generation, session.presented = p.Generation, p.Presented
	// What was presented before somebody else's exchange was no reuse then. It is no use now, and revokes nothing.
	now, err := g.grants.RefreshGrant(ctx, p.RefreshTokenID, models.GrantForTokens)
	if errors.Is(err, models.ErrNotFound) || (err == nil && now.Token.Generation != p.Generation) {
		return errRefreshToken
	}
	if err != nil {
		return fmt.Errorf("read refresh token: %w", err)
	}
	grant, err := g.judge(ctx, session, p.RefreshTokenID, p.Presented)
	if err != nil {
		return err
	}
	return g.load(ctx, session, grant)
}

// passwordAgain admits a user whose password was right a while ago, if it still is, where the user could still enter it.
func (g mfaGrant) passwordAgain(ctx context.Context, session *Session, p *pendingGrant) error {
	var err error
	if p.Audience != "" {
		if session.API, err = g.findAPI(ctx, p.Audience); err != nil {
			return err
		}
	}
	session.Connection, err = g.config.Connection(ctx, p.Connection)
	if errors.Is(err, models.ErrNotFound) {
		return errConnection
	}
	if err != nil {
		return fmt.Errorf("read connection: %w", err)
	}
	var org *models.Organization
	if p.OrganizationID != "" {
		if org, err = g.findOrganization(ctx, session.Client, p.OrganizationID); err != nil {
			return err
		}
	}
	if !serves(session.Connection, session.Client, org) {
		return errConnection
	}
	if !bytes.Equal(models.HashSecret(session.User.PasswordHash), p.Password) {
		return errPassword
	}
	session.AuthTime = p.AuthTime
	return g.password().admit(ctx, session, org)
}

// PopulateTokenEndpointResponse answers as the original grant would have, with the next recovery code if one was used.
func (g mfaGrant) PopulateTokenEndpointResponse(ctx context.Context, requester fosite.AccessRequester, responder fosite.AccessResponder) error {
	if !g.CanHandleTokenEndpointRequest(ctx, requester) {
		return fosite.ErrUnknownRequest
	}
	session := requester.GetSession().(*Session)
	if code := session.passed.RecoveryCode; code != "" {
		responder.SetExtra("recovery_code", code)
	}
	if session.GrantType == models.GrantRefreshToken {
		return g.refresh().answer(ctx, session, responder)
	}
	return g.password().issueTokens(ctx, session, responder)
}
