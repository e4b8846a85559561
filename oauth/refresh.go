package oauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// refreshGrant is RFC 6749 section 6 with rotation and reuse detection (RFC 9700 4.14.2, contract 5.5 and 5.6).
//
// The rules are: what was not issued by us, or not to this client, changes nothing and is not told why; a denied or failed exchange
// consumes nothing; of concurrent exchanges of one token one wins, and the others are judged again by what it left.
type refreshGrant struct{ grantHandler }

var _ fosite.TokenEndpointHandler = refreshGrant{}

// maxExchangeAttempts bounds how often an exchange that lost a race is judged again. Each loss means that another exchange of the same family
// was answered, and only the token before the newest may be presented again, so that the third judgement is final.
const maxExchangeAttempts = 3

// HandleTokenEndpointRequest reads the family in one round trip and judges the presented token.
func (g refreshGrant) HandleTokenEndpointRequest(ctx context.Context, requester fosite.AccessRequester) error {
	session, err := begin(requester)
	if err != nil {
		return err
	}
	if err := required(requester, "refresh_token"); err != nil {
		return err
	}
	token := requester.GetRequestForm().Get("refresh_token")
	id, generation, ok := g.refreshTokens.parse(token)
	if !ok {
		return errRefreshToken
	}
	session.Generation, session.presented = generation, models.HashSecret(token)
	grant, err := g.judge(ctx, session, id, session.presented)
	if err != nil {
		return err
	}
	return g.load(ctx, session, grant)
}

// judge reads the family and returns it when the presented token may be exchanged. Reuse revokes the family.
func (g refreshGrant) judge(ctx context.Context, session *Session, id string, hash []byte) (*models.RefreshGrant, error) {
	// A chain that can't be had is an error later, of the hooks. Here it must not keep reuse from being seen.
	extent := models.GrantForHooks
	if chain, err := g.chain(ctx, session); err == nil && len(chain.Hooks) == 0 {
		extent = models.GrantForTokens
	}
	grant, err := g.grants.RefreshGrant(ctx, id, extent)
	if errors.Is(err, models.ErrNotFound) {
		return nil, errRefreshToken
	}
	if err != nil {
		return nil, fmt.Errorf("read refresh token: %w", err)
	}
	now, token := g.now(), &grant.Token
	// The client comes first: a stranger who holds a token learns nothing and revokes nothing (RFC 6749 10.4).
	if token.ClientID != session.Client.ID || !token.Live(now) {
		return nil, errRefreshToken
	}
	session.RefreshToken = token
	session.User = grant.User
	switch token.Standing(session.Generation, session.Client.RefreshToken.Leeway, now) {
	case models.StandingCurrent:
		if subtle.ConstantTimeCompare(token.SecretHash, hash) != 1 {
			return nil, errRefreshToken
		}
	case models.StandingOverlap:
	case models.StandingReused:
		return nil, g.reused(ctx, session, now)
	default:
		return nil, errRefreshToken
	}
	switch {
	case grant.User == nil:
		return nil, errUserGone
	case grant.User.Blocked:
		return nil, errUserBlocked
	}
	return grant, nil
}

// reused revokes the family of a token that was exchanged before (contract 5.6 rule 2). Whoever revokes it tells the client so; once it
// is revoked the answer is the general one.
func (g refreshGrant) reused(ctx context.Context, session *Session, now time.Time) error {
	err := g.grants.RevokeRefreshToken(ctx, session.RefreshToken.ID, now, g.reuseLog(ctx, session))
	if errors.Is(err, models.ErrNotFound) {
		return errRefreshToken
	}
	if err != nil {
		return fmt.Errorf("revoke reused refresh token: %w", err)
	}
	return errReuse
}

// load fills the session from the family and from the configuration.
func (g refreshGrant) load(ctx context.Context, session *Session, grant *models.RefreshGrant) error {
	token := &grant.Token
	var err error
	if token.Audience != "" {
		if session.API, err = g.findAPI(ctx, token.Audience); err != nil {
			return err
		}
	}
	if session.Connection, err = g.connection(ctx, token.Connection); err != nil {
		return err
	}
	if token.OrganizationID != "" {
		session.Organization, err = g.config.Organization(ctx, token.OrganizationID)
		if errors.Is(err, models.ErrNotFound) {
			return errRefreshToken
		}
		if err != nil {
			return fmt.Errorf("read organization: %w", err)
		}
		if grant.Member == nil { // left it since
			return errNotMember(grant.User, session.Organization)
		}
	}
	session.Browser = grant.Session
	session.SessionID = token.SessionID
	session.RoleIDs = grant.User.RolesWith(grant.Member)
	session.AuthTime, session.AuthMethods = token.AuthTime, token.AuthMethods
	// What was granted and has since been taken from the API is gone (contract 5.1: dropped silently).
	session.Granted = models.UserScopes(session.Client, session.API, token.Scopes)
	if err := g.enforceRoles(ctx, session); err != nil {
		return err
	}
	session.Scopes = models.NarrowScopes(session.Granted, session.Requested)
	return nil
}

// connection returns the named connection; one that is gone from the configuration keeps its name.
func (s *Server) connection(ctx context.Context, name string) (*models.Connection, error) {
	c, err := s.config.Connection(ctx, name)
	if errors.Is(err, models.ErrNotFound) {
		return &models.Connection{Name: name, Strategy: models.StrategyDatabase}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read connection: %w", err)
	}
	return c, nil
}

// PopulateTokenEndpointResponse mints the tokens and commits the exchange.
func (g refreshGrant) PopulateTokenEndpointResponse(ctx context.Context, requester fosite.AccessRequester, responder fosite.AccessResponder) error {
	if !g.CanHandleTokenEndpointRequest(ctx, requester) {
		return fosite.ErrUnknownRequest
	}
	return g.answer(ctx, requester.GetSession().(*Session), responder)
}

// answer mints the tokens and commits the exchange.
func (g refreshGrant) answer(ctx context.Context, session *Session, responder fosite.AccessResponder) error {
	now := g.now()
	if err := g.populate(ctx, session, now, responder); err != nil {
		return err
	}
	if err := g.changeSession(ctx, session); err != nil {
		return err
	}
	next, err := g.commit(ctx, session, now)
	if err != nil {
		return err
	}
	if next != "" {
		responder.SetExtra("refresh_token", next)
	}
	tellTokenID(session.Client, session.RefreshToken.ID, responder)
	return nil
}

// commit writes the exchange and returns the client's next refresh token: "" when it keeps the one it has.
func (g refreshGrant) commit(ctx context.Context, session *Session, now time.Time) (string, error) {
	for attempt := 1; ; attempt++ {
		exchange, next, err := g.exchange(ctx, session, now)
		if err != nil {
			return "", err
		}
		err = g.grants.Exchange(ctx, exchange)
		switch {
		case err == nil:
			g.retireNonRotating(ctx, session, now)
			return next, nil
		case !errors.Is(err, models.ErrConflict):
			return "", fmt.Errorf("write exchange: %w", err)
		case attempt == maxExchangeAttempts:
			return "", errRefreshToken
		}
		// Somebody else exchanged, revoked or expired it between our read and our write: judge the token by what is there now.
		if _, err := g.judge(ctx, session, session.RefreshToken.ID, session.presented); err != nil {
			return "", err
		}
	}
}

// exchange describes what the exchange changes in the row.
func (g refreshGrant) exchange(ctx context.Context, session *Session, now time.Time) (*models.Exchange, string, error) {
	token, policy := session.RefreshToken, session.Client.RefreshToken
	x := &models.Exchange{
		ID: token.ID, Generation: token.Generation,
		NewGeneration: token.Generation, SecretHash: token.SecretHash, Rotating: policy.Rotating,
		At: now, Last: models.OriginFrom(ctx),
		Metadata: session.Decision.Metadata, Effects: session.effects(),
	}
	var clamped bool
	x.ExpiresAt, x.IdleExpiresAt, clamped = policy.Ends(token.ExpiresAt, session.Decision, now)
	next := ""
	if policy.Rotating || token.Rotating || session.Generation != token.Generation {
		// The client gets another token: a rotated one, or, when the client no longer rotates or holds the token before, one to keep
		// (contract 5.6 rule 6).
		var err error
		x.NewGeneration++
		if next, err = g.refreshTokens.mint(token.ID, x.NewGeneration); err != nil {
			return nil, "", err
		}
		x.SecretHash = models.HashSecret(next)
	}
	x.Logs = []*models.LogEvent{g.exchangeLog(ctx, session)}
	if clamped {
		x.Logs = append(x.Logs, g.clampedLog(ctx, session))
	}
	if session.sessionClamped {
		x.Logs = append(x.Logs, g.sessionLogs(ctx, session)...)
	}
	return x, next, nil
}

// retireNonRotating ends the non-rotating tokens of the same user, client and API when the first of them is exchanged for a rotating one
// (contract 5.6 rule 6).
func (g refreshGrant) retireNonRotating(ctx context.Context, session *Session, now time.Time) {
	token := session.RefreshToken
	if token.Rotating || !session.Client.RefreshToken.Rotating {
		return
	}
	_, err := g.grants.RevokeRefreshTokens(ctx, models.RefreshTokenFilter{
		UserID: token.UserID, ClientID: token.ClientID, Audience: token.Audience, NonRotating: true, Except: token.ID,
	}, now)
	if err != nil {
		// The exchange is committed: the client must get its token. What is left rotates at its own next exchange.
		g.logger.ErrorContext(ctx, "revoke non-rotating refresh tokens", "error", err)
	}
}

// tellTokenID adds refresh_token_id to a response when the client's metadata asks for it.
func tellTokenID(c *models.Client, id string, responder fosite.AccessResponder) {
	if c.Metadata[models.MetadataTokenID] == "true" {
		responder.SetExtra("refresh_token_id", id)
	}
}

func (s *Session) effects() models.LoginEffects {
	e := s.Effects
	e.UserID = s.User.ID
	if s.Browser != nil {
		e.SessionID = s.Browser.ID
	}
	return e
}
