package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// codeGrant is the exchange of an authorization code (RFC 6749 4.1.3, RFC 7636). The hooks ran at /authorize; what they decided comes with
// the code.
type codeGrant struct{ grantHandler }

var _ fosite.TokenEndpointHandler = codeGrant{}

// HandleTokenEndpointRequest reads the code in one round trip and checks it. A wrong verifier consumes nothing, and the challenge stays with
// the code: there is no second attempt without a verifier.
func (g codeGrant) HandleTokenEndpointRequest(ctx context.Context, requester fosite.AccessRequester) error {
	session, err := begin(requester)
	if err != nil {
		return err
	}
	if err := required(requester, "code"); err != nil {
		return err
	}
	form := requester.GetRequestForm()
	grant, err := g.grants.CodeGrant(ctx, models.HashSecret(form.Get("code")))
	if errors.Is(err, models.ErrNotFound) {
		return errCode
	}
	if err != nil {
		return fmt.Errorf("read authorization code: %w", err)
	}
	code, now := &grant.Code, g.now()
	if code.ClientID != session.Client.ID {
		return errCode
	}
	session.Code = code
	session.User = grant.User
	switch {
	case !code.UsedAt.IsZero():
		return g.usedAgain(ctx, session, now)
	case !now.Before(code.ExpiresAt):
		return errCode
	case code.RedirectURI != form.Get("redirect_uri"):
		return errCode // RFC 6749 4.1.3: identical, and there if it was there
	case !verifyPKCE(code.CodeChallenge, form.Get("code_verifier")):
		return errVerifier
	case session.Client.Public() && code.CodeChallenge == "":
		return errVerifier
	case grant.User == nil:
		return errCode
	case code.SessionID != "" && !grant.SessionLive:
		return errCode // signed out, or revoked by an operator, since
	case grant.User.Blocked:
		return errUserBlocked
	}
	return g.load(ctx, session, grant)
}

// usedAgain takes the tokens of the first exchange away: one of the two who had the code stole it (RFC 6749 4.1.2).
func (g codeGrant) usedAgain(ctx context.Context, session *Session, now time.Time) error {
	if id := session.Code.RefreshTokenID; id != "" {
		session.RefreshToken = &models.RefreshToken{
			ID: id, Audience: session.Code.Audience, Connection: session.Code.Connection,
			OrganizationID: session.Code.OrganizationID, Scopes: session.Code.Scopes,
		}
		err := g.grants.RevokeRefreshToken(ctx, id, now, g.revokedLog(ctx, session, id))
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return fmt.Errorf("revoke the tokens of a code used twice: %w", err)
		}
	}
	return errCode
}

// verifyPKCE checks a verifier against an S256 challenge (RFC 7636 4.6). A verifier without a challenge is refused as well (RFC 9700
// 2.1.1).
func verifyPKCE(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == "" && verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

func (g codeGrant) load(ctx context.Context, session *Session, grant *models.CodeGrant) error {
	code := &grant.Code
	var err error
	if code.Audience != "" {
		if session.API, err = g.findAPI(ctx, code.Audience); err != nil {
			return err
		}
	}
	if session.Connection, err = g.connection(ctx, code.Connection); err != nil {
		return err
	}
	if code.OrganizationID != "" {
		if session.Organization, err = g.config.Organization(ctx, code.OrganizationID); err != nil {
			return fmt.Errorf("read organization: %w", err)
		}
	}
	session.SessionID = code.SessionID
	session.RoleIDs = code.RoleIDs
	session.AuthTime, session.AuthMethods = code.AuthTime, code.AuthMethods
	session.SendAuthTime, session.Nonce = code.SendAuthTime, code.Nonce
	session.Granted, session.Scopes = code.Scopes, code.AccessTokenScopes
	session.Decision = code.Decision
	return nil
}

// PopulateTokenEndpointResponse mints the tokens, consumes the code and stores the refresh token, in one write.
func (g codeGrant) PopulateTokenEndpointResponse(ctx context.Context, requester fosite.AccessRequester, responder fosite.AccessResponder) error {
	if !g.CanHandleTokenEndpointRequest(ctx, requester) {
		return fosite.ErrUnknownRequest
	}
	session := requester.GetSession().(*Session)
	err := g.issue(ctx, session, session.Code.RefreshTokenID, responder, &models.Issuance{CodeHash: session.Code.Hash})
	if errors.Is(err, errCode) { // somebody else was first, after we had read it
		return g.usedAgain(ctx, session, g.now())
	}
	return err
}

// issue mints the tokens of a first exchange and writes it. refreshTokenID is the id of the family to create; "" for none.
func (s *Server) issue(ctx context.Context, session *Session, refreshTokenID string, responder fosite.AccessResponder, issuance *models.Issuance) error {
	now := s.now()
	if err := s.populate(ctx, session, now, responder); err != nil {
		return err
	}
	issuance.At = now
	if refreshTokenID != "" {
		token, secret, clamped, err := s.newRefreshToken(ctx, session, refreshTokenID, now)
		if err != nil {
			return err
		}
		if clamped {
			issuance.Logs = append(issuance.Logs, s.clampedLog(ctx, session))
		}
		issuance.Token = token
		session.RefreshToken = token
		responder.SetExtra("refresh_token", secret)
		tellTokenID(session.Client, token.ID, responder)
	}
	issuance.Logs = append([]*models.LogEvent{s.exchangeLog(ctx, session)}, issuance.Logs...)
	err := s.grants.Issue(ctx, issuance)
	if errors.Is(err, models.ErrUsed) {
		return errCode
	}
	if err != nil {
		return fmt.Errorf("write issuance: %w", err)
	}
	return nil
}

// newRefreshToken makes a family in its first generation.
func (s *Server) newRefreshToken(ctx context.Context, session *Session, id string, now time.Time) (*models.RefreshToken, string, bool, error) {
	secret, err := s.refreshTokens.mint(id, 0)
	if err != nil {
		return nil, "", false, err
	}
	policy := session.Client.RefreshToken
	token := &models.RefreshToken{
		ID: id, UserID: session.User.ID, ClientID: session.Client.ID, SessionID: session.SessionID,
		Connection: session.Connection.Name, Scopes: session.Granted,
		AuthTime: session.AuthTime, AuthMethods: session.AuthMethods, Device: models.NewDevice(models.OriginFrom(ctx)),
		CreatedAt: now, Rotating: policy.Rotating, SecretHash: models.HashSecret(secret), RotatedAt: now,
		Metadata: session.Decision.Metadata.Apply(nil),
	}
	if session.Code != nil {
		token.Device = session.Code.Device // the browser that signed in, not the backend that exchanges the code
	}
	if session.API != nil {
		token.Audience = session.API.Identifier
	}
	if session.Organization != nil {
		token.OrganizationID = session.Organization.ID
	}
	var clamped bool
	token.ExpiresAt, token.IdleExpiresAt, clamped = policy.Ends(time.Time{}, session.Decision, now)
	return token, secret, clamped, nil
}
