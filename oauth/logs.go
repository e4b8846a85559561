package oauth

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// descriptionReuse is what detection rules match together with the type ferrt (contract 6.3).
var descriptionReuse = errReuse.Description

// newLog returns a log event with what every event of a session has.
func (s *Server) newLog(ctx context.Context, session *Session, typ models.LogType, id string) *models.LogEvent {
	e := &models.LogEvent{ID: id, Date: s.now(), Type: typ, Origin: models.OriginFrom(ctx)}
	if c := session.Client; c != nil {
		e.ClientID, e.ClientName = c.ID, c.Name
	}
	if u := session.User; u != nil {
		e.UserID, e.UserName = u.ID, u.DisplayName()
	}
	if c := session.Connection; c != nil {
		e.Connection, e.ConnectionID, e.Strategy = c.Name, c.ID, c.Strategy
		if c.Strategy == models.StrategyDatabase {
			e.StrategyType = "database"
		}
	}
	if o := session.Organization; o != nil {
		e.OrganizationID, e.OrganizationName = o.ID, o.Name
	}
	if a := session.API; a != nil {
		e.Audience = a.Identifier
	}
	e.Scope = strings.Join(session.Scopes, " ")
	return e
}

// main returns the event of this transaction itself, with the record of its hooks.
func (s *Server) main(ctx context.Context, session *Session, typ models.LogType, details map[string]any) *models.LogEvent {
	e := s.newLog(ctx, session, typ, session.logID)
	if session.Execution != nil {
		e.Execution = session.Execution
		details["actions"] = map[string]any{"executions": []string{session.Execution.ID}}
	}
	e.Details = details
	return e
}

// exchangeLog is the event of a successful exchange at /oauth/token.
func (s *Server) exchangeLog(ctx context.Context, session *Session) *models.LogEvent {
	details := map[string]any{"access_token_jti": session.accessTokenID}
	switch session.GrantType {
	case models.GrantRefreshToken:
		details["familyId"] = session.RefreshToken.ID
		details["tokenCounter"] = session.Generation + 1
		details["policy_used"] = "refresh_token_user_grant"
		details["refresh_token"] = session.tokenDetails()
	case models.GrantAuthorizationCode:
		details["requested_client_id"] = session.Client.ID
		details["code"] = session.maskedCode
		if session.RefreshToken != nil {
			details["refresh_token"] = session.tokenDetails()
		}
	case models.GrantClientCredentials:
		details["actions"] = map[string]any{"executions": []string{}}
	}
	return s.main(ctx, session, grantTypes[session.GrantType].success, details)
}

func (s *Session) tokenDetails() map[string]any {
	d := map[string]any{"access": hooks.AccessOffline}
	if s.SessionID != "" {
		d["session_id"] = s.SessionID
	}
	return d
}

// logFailure writes the event of a failed exchange, and one more when a hook failed.
func (s *Server) logFailure(ctx context.Context, session *Session, err error) {
	if errors.Is(err, errReuse) {
		return // ferrt was written with the revocation
	}
	if errors.Is(err, models.ErrBusy) {
		return // what is shed must not cost the database a write
	}
	if errors.Is(err, errMFARequired) {
		return // mfar was written with the demand
	}
	details := map[string]any{}
	if session.GrantType == models.GrantRefreshToken {
		if errors.Is(err, errRefreshToken) {
			details["failure_reason"] = "invalid_token"
		}
		if session.RefreshToken != nil {
			details["familyId"] = session.RefreshToken.ID
			details["refresh_token"] = session.tokenDetails()
		}
	}
	if session.GrantType == models.GrantAuthorizationCode && session.maskedCode != "" {
		details["code"] = session.maskedCode
	}
	failure := grantTypes[session.GrantType].failure
	if kind := session.factorType(); kind != "" && errors.Is(err, models.ErrTooMany) {
		failure = models.FactorLogType(kind, err)
	}
	e := s.main(ctx, session, failure, details)
	e.Description = clean(asError(err).forTenant(models.OAuthErrorsAuth0).Description)
	s.write(ctx, append([]*models.LogEvent{e}, s.hookFailure(ctx, session, err)...)...)
}

// maskCode leaves a code's last three characters, by which its owner can tell it (contract 6.3). What is too long for a code is cut.
func maskCode(code string) string {
	const shown, longest = 3, 64
	if len(code) <= shown {
		return strings.Repeat("*", len(code))
	}
	if len(code) > longest {
		code = code[len(code)-longest:]
	}
	return strings.Repeat("*", len(code)-shown) + strings.ToValidUTF8(code[len(code)-shown:], "*")
}

// hookFailure returns the actions_execution_failed event of a hook's failure; none for other errors.
func (s *Server) hookFailure(ctx context.Context, session *Session, err error) []*models.LogEvent {
	var failed *hooks.FailedError
	if !errors.As(err, &failed) {
		return nil
	}
	e := s.newLog(ctx, session, models.LogActionFailed, models.NewLogID(s.now()))
	e.Description = clean(failed.Cause.Message)
	e.Details = map[string]any{
		"action_id": failed.Info.ID, "action_name": failed.Info.Name, "binding_id": failed.Info.BindingID,
		"version_id": strconv.FormatInt(failed.Info.Version, 10),
		"trigger_id": models.TriggerPostLogin, "execution_id": session.logID, "error_class": failed.Cause.Class,
		// The schema wants a code, which JavaScript's errors do not have.
		"action_error": map[string]any{"name": failed.Cause.Name, "message": failed.Cause.Message, "code": "", "stack": failed.Cause.Stack},
	}
	return []*models.LogEvent{e}
}

// reuseLog is the event of reuse detection (contract 6.2): counters start at one.
func (s *Server) reuseLog(ctx context.Context, session *Session) *models.LogEvent {
	e := s.newLog(ctx, session, models.LogRefreshTokenReused, session.logID)
	e.Description = descriptionReuse
	describeToken(e, session.RefreshToken)
	e.Details = map[string]any{
		"familyId": session.RefreshToken.ID, "tokenCounter": session.Generation + 1, "latestCounter": session.RefreshToken.Generation + 1,
	}
	return e
}

// revokedLog is the event of a revoked refresh token.
func (s *Server) revokedLog(ctx context.Context, session *Session, id string) *models.LogEvent {
	e := s.newLog(ctx, session, models.LogRefreshTokenRevoked, models.NewLogID(s.now()))
	e.Details = map[string]any{"credential_id": id, "refresh_token": session.tokenDetails()}
	if t := session.RefreshToken; t != nil {
		describeToken(e, t)
		e.Details["audience"] = t.Audience
	}
	if session.SessionID != "" {
		e.Details["session_id"] = session.SessionID
	}
	return e
}

// describeToken says in an event what is known of its refresh token where the rest of the session has not been read.
func describeToken(e *models.LogEvent, t *models.RefreshToken) {
	e.Audience, e.Connection, e.OrganizationID = t.Audience, t.Connection, t.OrganizationID
	e.Scope = strings.Join(t.Scopes, " ")
}

// clampedLog warns that a hook asked for a longer lifetime than the client may have (contract 3.6).
func (s *Server) clampedLog(ctx context.Context, session *Session) *models.LogEvent {
	e := s.newLog(ctx, session, models.LogWarning, models.NewLogID(s.now()))
	e.Description = models.TokenClampedMessage
	e.Details = map[string]any{}
	return e
}

// sessionLogs warns that a hook asked for a longer session than there is (contract 3.6); nothing when none did.
func (s *Server) sessionLogs(ctx context.Context, session *Session) []*models.LogEvent {
	if !session.sessionClamped {
		return nil
	}
	e := s.newLog(ctx, session, models.LogWarning, models.NewLogID(s.now()))
	e.Description = models.SessionClampedMessage
	e.Details = map[string]any{}
	return []*models.LogEvent{e}
}

// write stores events that nothing else is written with. The request is answered whether or not that works.
func (s *Server) write(ctx context.Context, events ...*models.LogEvent) {
	if err := s.logs.WriteLogs(ctx, events...); err != nil {
		s.logger.ErrorContext(ctx, "write log events", "error", err)
	}
}
