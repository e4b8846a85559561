package oauth

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// claimIDTokenClaims carries, in an access token that is good for /userinfo alone, the custom claims that /userinfo answers with. At Auth0 such a
// token is opaque and the claims wait on the server.
const claimIDTokenClaims = "keepsake_userinfo"

// gty values (contract 5.4). A code exchange has none.
var gty = map[string]string{
	models.GrantPassword:          "password",
	models.GrantPasswordRealm:     "password",
	models.GrantRefreshToken:      "refresh_token",
	models.GrantClientCredentials: "client-credentials",
}

// populate mints the access token and, when openid was granted, the ID token, and puts them into the response.
func (s *Server) populate(ctx context.Context, session *Session, now time.Time, responder fosite.AccessResponder) error {
	lifetime := models.DefaultAccessTokenLifetime
	if session.API != nil && session.API.TokenLifetime > 0 {
		lifetime = session.API.TokenLifetime
	}
	token, err := s.mintAccessToken(ctx, session, now, lifetime)
	if err != nil {
		return fmt.Errorf("mint access token: %w", err)
	}
	responder.SetAccessToken(token)
	responder.SetTokenType("Bearer")
	responder.SetExpiresIn(lifetime)
	responder.SetExtra("scope", strings.Join(session.Scopes, " "))
	if session.User == nil || !session.has(models.ScopeOpenID) {
		return nil
	}
	idToken, err := s.mintIDToken(ctx, session, now)
	if err != nil {
		return fmt.Errorf("mint ID token: %w", err)
	}
	responder.SetExtra("id_token", idToken)
	return nil
}

// mintAccessToken signs an access token with Auth0's claims (contract 5.4, RFC 9068).
func (s *Server) mintAccessToken(ctx context.Context, session *Session, now time.Time, lifetime time.Duration) (string, error) {
	alg, typ := models.RS256, "JWT"
	session.accessTokenID = models.NewID("", now)
	claims := make(map[string]any, 12+len(session.Decision.AccessTokenClaims))
	maps.Copy(claims, session.Decision.AccessTokenClaims)
	if session.API == nil {
		claims["aud"] = s.userinfoAudience()
		if len(session.Decision.IDTokenClaims) > 0 {
			claims[claimIDTokenClaims] = session.Decision.IDTokenClaims
		}
	} else {
		api := session.API
		if api.SigningAlg != "" {
			alg = api.SigningAlg
		}
		claims["aud"] = api.Identifier
		if session.has(models.ScopeOpenID) {
			claims["aud"] = []string{api.Identifier, s.userinfoAudience()}
		}
		if api.TokenDialect == models.DialectRFC9068 || api.TokenDialect == models.DialectRFC9068Authz {
			typ = "at+jwt"
			claims["client_id"] = session.Client.ID
		}
		if api.TokenDialect == models.DialectAccessTokenAuthz || api.TokenDialect == models.DialectRFC9068Authz {
			permissions, err := s.permissions(ctx, session)
			if err != nil {
				return "", err
			}
			claims["permissions"] = permissions
		}
	}
	claims["iss"] = s.issuer
	claims["sub"] = session.GetSubject()
	claims["azp"] = session.Client.ID
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(lifetime).Unix()
	claims["jti"] = session.accessTokenID
	claims["scope"] = strings.Join(session.Scopes, " ")
	if g := gty[session.GrantType]; g != "" {
		claims["gty"] = g
	}
	organizationClaims(claims, session.Organization)
	return s.sign(ctx, alg, typ, claims)
}

// mintIDToken signs an ID token (OIDC Core 2, contract 5.4). Hooks may change profile claims, never those of the protocol.
func (s *Server) mintIDToken(ctx context.Context, session *Session, now time.Time) (string, error) {
	lifetime := session.Client.IDTokenLifetime
	if lifetime == 0 {
		lifetime = models.DefaultIDTokenLifetime
	}
	alg := session.Client.IDTokenAlg
	if alg == "" {
		alg = models.RS256
	}
	claims := profileClaims(session.User, session.Scopes)
	maps.Copy(claims, session.Decision.IDTokenClaims)
	claims["iss"] = s.issuer
	claims["sub"] = session.User.ID
	claims["aud"] = session.Client.ID
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(lifetime).Unix()
	if session.SessionID != "" {
		claims["sid"] = session.SessionID
	}
	if session.Nonce != "" {
		claims["nonce"] = session.Nonce
	}
	if hasMFA(session.AuthMethods) {
		claims["amr"] = amrMFA
	}
	if session.SendAuthTime {
		claims["auth_time"] = session.AuthTime.Unix()
	}
	organizationClaims(claims, session.Organization)
	return s.sign(ctx, alg, "JWT", claims)
}

func organizationClaims(claims map[string]any, org *models.Organization) {
	if org != nil {
		claims["org_id"], claims["org_name"] = org.ID, org.Name
	}
}

// claimsSize is how much memory the claims of most tokens need as text, in bytes.
const claimsSize = 768

func (s *Server) sign(ctx context.Context, alg, typ string, claims map[string]any) (string, error) {
	payload, err := models.AppendJSON(make([]byte, 0, claimsSize), claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	return s.keys.sign(ctx, alg, typ, payload)
}
