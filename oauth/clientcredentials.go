package oauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// clientCredentialsGrant is RFC 6749 4.4 with Auth0's client grants: which client may have which scopes of which API. No hooks
// run, and there is no refresh token.
type clientCredentialsGrant struct{ grantHandler }

var _ fosite.TokenEndpointHandler = clientCredentialsGrant{}

// HandleTokenEndpointRequest finds the API and what the client may do with it.
func (g clientCredentialsGrant) HandleTokenEndpointRequest(ctx context.Context, requester fosite.AccessRequester) error {
	session, err := begin(requester)
	if err != nil {
		return err
	}
	if session.Client.Public() {
		return errGrantType(session.GrantType) // RFC 6749 4.4: confidential clients only
	}
	form := requester.GetRequestForm()
	if form.Get("organization") != "" {
		return invalidRequest("parameter organization is not supported for client_credentials")
	}
	api, err := g.findAPI(ctx, form.Get("audience"))
	if err != nil {
		return err
	}
	if api == nil {
		return errMissing("audience")
	}
	grant, err := g.config.ClientGrant(ctx, session.Client.ID, api.Identifier)
	if errors.Is(err, models.ErrNotFound) {
		return errClientGrant(api.Identifier)
	}
	if err != nil {
		return fmt.Errorf("read client grant: %w", err)
	}
	session.API = api
	session.Granted = grant.Scopes
	session.Scopes = models.NarrowScopes(grant.Scopes, session.Requested)
	return nil
}

// PopulateTokenEndpointResponse mints the access token and logs it.
func (g clientCredentialsGrant) PopulateTokenEndpointResponse(ctx context.Context, requester fosite.AccessRequester, responder fosite.AccessResponder) error {
	if !g.CanHandleTokenEndpointRequest(ctx, requester) {
		return fosite.ErrUnknownRequest
	}
	session := requester.GetSession().(*Session)
	if err := g.populate(ctx, session, g.now(), responder); err != nil {
		return err
	}
	return g.logs.WriteLogs(ctx, g.exchangeLog(ctx, session))
}
