package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// carryOut takes over what a run of the hooks decided: as whom the transaction goes on, the tokens' part, and the session's part. What
// is written is written with the tokens, or right before them.
func (s *Server) carryOut(ctx context.Context, session *Session, outcome *hooks.Outcome) error {
	change := outcome.Session
	recorded := change.Methods
	if session.GrantType == models.GrantAuthorizationCode {
		change.Methods = models.AddMethods(session.proved, recorded...)
	} // a factor that was given in an application says nothing of who sits at the browser
	switched, err := s.switchUser(ctx, session, outcome.PrimaryUser)
	if err != nil {
		return err
	}
	if switched {
		change.UserID = session.User.ID
	}
	if session.API != nil && session.API.System {
		// Management scopes are granted to machines, by client grants. A hook that adds a scope means the tenant's own API, which
		// may well have a read:users too.
		outcome.AddedScopes = slices.DeleteFunc(outcome.AddedScopes, func(scope string) bool { return !slices.Contains(models.OIDCScopes, scope) })
	}
	session.adopt(outcome)
	session.AuthMethods = models.AddMethods(session.AuthMethods, recorded...)
	if session.Browser == nil || change.IsZero() {
		return nil
	}
	tenant, err := s.config.Tenant(ctx)
	if err != nil {
		return fmt.Errorf("read tenant: %w", err)
	}
	session.Change, session.sessionClamped = change.Shorten(session.sessionEnds(s.now(), tenant))
	return nil
}

// switchUser lets the transaction go on as the user that a hook has named (api.authentication.setPrimaryUser). The user must exist, must
// not be blocked, and must be a member of the organization if there is one; the scopes are granted anew, to that user. A refresh token
// stays its user's: at an exchange only that one can be named.
func (s *Server) switchUser(ctx context.Context, session *Session, id string) (bool, error) {
	if id == "" || id == session.User.ID {
		return false, nil
	}
	if session.GrantType == models.GrantRefreshToken {
		return false, accessDenied(hooks.PrimaryUserFixedMessage)
	}
	user, err := s.people.User(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return false, accessDenied(hooks.PrimaryUserUnknownMessage)
	}
	if err != nil {
		return false, fmt.Errorf("read primary user: %w", err)
	}
	if user.Blocked {
		return false, errUserBlocked
	}
	session.User = user
	if err := s.enter(ctx, session, session.Organization); err != nil {
		return false, err
	}
	requested := session.Requested
	if len(requested) == 0 && session.GrantType != models.GrantAuthorizationCode {
		requested = allScopes(session.API)
	}
	session.Granted = models.UserScopes(session.Client, session.API, requested)
	if err := s.enforceRoles(ctx, session); err != nil {
		return false, err
	}
	session.Scopes = session.Granted
	return true, nil
}

// sessionEnds returns when the browser session will end as things are: a browser's own request begins the idle time again.
func (s *Session) sessionEnds(now time.Time, tenant *models.Tenant) (absolute, idle time.Time) {
	if s.GrantType == models.GrantAuthorizationCode {
		return s.Browser.ExpiresAt, now.Add(tenant.IdleSession())
	}
	return s.Browser.ExpiresAt, s.Browser.IdleExpiresAt
}

// changeSession writes what the hooks decided about the browser session. A session that has ended meanwhile is as short as it gets.
func (s *Server) changeSession(ctx context.Context, session *Session) error {
	if session.Change.IsZero() {
		return nil
	}
	err := s.people.ChangeSession(ctx, session.Browser.ID, session.Change)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("change session: %w", err)
	}
	return nil
}

// keepCookie gives the browser its session cookie anew when a hook changed how long it is to be kept.
func (s *Server) keepCookie(w http.ResponseWriter, r *http.Request, session *Session) {
	c := session.Change
	if c.Cookie == "" && c.ExpiresAt.IsZero() {
		return
	}
	changed := *session.Browser
	if c.Cookie != "" {
		changed.Cookie = c.Cookie
	}
	if !c.ExpiresAt.IsZero() {
		changed.ExpiresAt = c.ExpiresAt
	}
	s.browser.Keep(w, r, &changed)
}

// refuse carries out what a denial leaves: a revocation, then the user's metadata.
func (s *Server) refuse(ctx context.Context, session *Session, denied *hooks.DeniedError, outcome *hooks.Outcome) error {
	if denied != nil {
		if err := s.revokeDenied(ctx, session, denied); err != nil {
			return err
		}
	}
	effects := models.LoginEffects{UserID: session.User.ID, AppMetadata: outcome.AppMetadata, UserMetadata: outcome.UserMetadata}
	if effects.IsZero() {
		return nil
	}
	if err := s.people.ApplyEffects(ctx, effects); err != nil {
		return fmt.Errorf("write user metadata: %w", err)
	}
	return nil
}

// revokeDenied ends the session, or the presented refresh token, as api.session.revoke or api.refreshToken.revoke has it. The tokens that
// are bound to a session end with it.
func (s *Server) revokeDenied(ctx context.Context, session *Session, denied *hooks.DeniedError) error {
	token := session.RefreshToken
	if denied.RevokeSession && session.SessionID != "" {
		var err error
		if denied.PreserveRefreshTokens {
			err = s.people.EndSession(ctx, session.SessionID)
		} else {
			err = s.people.RevokeSession(ctx, session.SessionID, s.now(), s.boundTokenLog(ctx, session)...)
		}
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("revoke session: %w", err)
		}
		if err == nil && !denied.PreserveRefreshTokens {
			return nil // and the presented token with it
		}
	}
	if token == nil || !denied.RevokesToken(session.SessionID) {
		return nil
	}
	err := s.grants.RevokeRefreshToken(ctx, token.ID, s.now(), s.revokedLog(ctx, session, token.ID))
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("revoke refresh token: %w", err)
	}
	return nil
}

// boundTokenLog is the event of the presented refresh token that ends with its session; none at a login.
func (s *Server) boundTokenLog(ctx context.Context, session *Session) []*models.LogEvent {
	if session.RefreshToken == nil {
		return nil
	}
	return []*models.LogEvent{s.revokedLog(ctx, session, session.RefreshToken.ID)}
}

// revokesSession reports whether a denial has ended the browser session.
func revokesSession(err error) bool {
	var denied *hooks.DeniedError
	return errors.As(err, &denied) && denied.RevokeSession
}
