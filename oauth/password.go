package oauth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// passwordGrant is RFC 6749 4.3, and Auth0's password-realm that names the connection. RFC 9700 2.4 advises against both; they are there because the
// contract has them, and a client must be allowed to use them by name.
type passwordGrant struct{ grantHandler }

var _ fosite.TokenEndpointHandler = passwordGrant{}

// HandleTokenEndpointRequest checks the password and what the user may get. Everything that can be refused without the
// password is refused before it: hashing is dear.
func (g passwordGrant) HandleTokenEndpointRequest(ctx context.Context, requester fosite.AccessRequester) error {
	session, err := begin(requester)
	if err != nil {
		return err
	}
	if err := required(requester, "username", "password"); err != nil {
		return err
	}
	if session.GrantType == models.GrantPasswordRealm {
		if err := required(requester, "realm"); err != nil {
			return err
		}
	}
	form := requester.GetRequestForm()
	if session.API, err = g.findAPI(ctx, form.Get("audience")); err != nil {
		return err
	}
	if session.Connection, err = g.realm(ctx, session, form.Get("realm")); err != nil {
		return err
	}
	org, err := g.findOrganization(ctx, session.Client, form.Get("organization"))
	if err != nil {
		return err
	}
	if !serves(session.Connection, session.Client, org) {
		return errConnection
	}
	user, err := g.authenticator.Authenticate(ctx, session.Connection.Name, form.Get("username"), form.Get("password"))
	session.User = user
	switch {
	case errors.Is(err, models.ErrWrongUser), errors.Is(err, models.ErrWrongPassword):
		return errPassword
	case errors.Is(err, models.ErrBlocked):
		return errUserBlocked
	case err != nil:
		return fmt.Errorf("check password: %w", err)
	}
	now := g.now()
	session.AuthTime = now
	session.AuthMethods = []models.AuthMethod{{Name: "pwd", Timestamp: now}}
	return g.admit(ctx, session, org)
}

// admit fills in what a user gets whose password was right.
func (g passwordGrant) admit(ctx context.Context, session *Session, org *models.Organization) error {
	if err := g.enter(ctx, session, org); err != nil {
		return err
	}
	requested := session.Requested
	if len(requested) == 0 {
		requested = allScopes(session.API)
	}
	session.Granted = models.UserScopes(session.Client, session.API, requested)
	if err := g.enforceRoles(ctx, session); err != nil {
		return err
	}
	session.Scopes = session.Granted
	session.Effects.CountLogin, session.Effects.LoginIP = true, models.OriginFrom(ctx).IP
	return nil
}

// realm returns the connection to sign in through: the realm parameter for password-realm, else the tenant's default_directory.
func (g passwordGrant) realm(ctx context.Context, session *Session, realm string) (*models.Connection, error) {
	if session.GrantType != models.GrantPasswordRealm {
		tenant, err := g.config.Tenant(ctx)
		if err != nil {
			return nil, fmt.Errorf("read tenant: %w", err)
		}
		if realm = tenant.DefaultDirectory; realm == "" {
			return nil, errNoDirectory
		}
	}
	c, err := g.config.Connection(ctx, realm)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("read connection: %w", err)
	}
	if c == nil || c.Strategy != models.StrategyDatabase || !c.Enabled(session.Client.ID) {
		return nil, invalidRequest("Unknown or invalid realm")
	}
	return c, nil
}

// PopulateTokenEndpointResponse mints the tokens and writes the login.
func (g passwordGrant) PopulateTokenEndpointResponse(ctx context.Context, requester fosite.AccessRequester, responder fosite.AccessResponder) error {
	if !g.CanHandleTokenEndpointRequest(ctx, requester) {
		return fosite.ErrUnknownRequest
	}
	return g.issueTokens(ctx, requester.GetSession().(*Session), responder)
}

func (g passwordGrant) issueTokens(ctx context.Context, session *Session, responder fosite.AccessResponder) error {
	id := ""
	if slices.Contains(session.Granted, models.ScopeOfflineAccess) {
		id = models.NewID(models.PrefixRefreshToken, g.now())
	}
	if err := g.issue(ctx, session, id, responder, &models.Issuance{Effects: session.effects()}); err != nil {
		return err
	}
	g.saw(ctx, session)
	return nil
}
