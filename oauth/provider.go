package oauth

import (
	"context"
	"net/http"
	"net/url"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// newProvider composes fosite: which handlers there are, and how it authenticates clients.
func newProvider(s *Server) *fosite.Fosite {
	store := &storage{config: s.config, grants: s.grants, now: s.now}
	config := &fosite.Config{
		AccessTokenIssuer: s.issuer,
		IDTokenIssuer:     s.issuer,
		// Scopes and audiences are Auth0's to judge (scopes.go): unknown scopes are dropped, not refused.
		ScopeStrategy:            func([]string, string) bool { return true },
		AudienceMatchingStrategy: func([]string, []string) error { return nil },
		RedirectSecureChecker:    fosite.IsRedirectURISecureStrict,
		// An unknown assertion key is never fetched (client.GetJSONWebKeysURI).
		SendDebugMessagesToClients: false,
		UseLegacyErrorFormat:       false,
		FormPostHTMLTemplate:       formPostPage,
		AuthorizeEndpointHandlers:  fosite.AuthorizeEndpointHandlers{codeIssuer{s}},
		TokenEndpointHandlers: fosite.TokenEndpointHandlers{
			refreshGrant{grantHandler{s, []string{models.GrantRefreshToken}}},
			codeGrant{grantHandler{s, []string{models.GrantAuthorizationCode}}},
			passwordGrant{grantHandler{s, []string{models.GrantPassword, models.GrantPasswordRealm}}},
			mfaGrant{grantHandler{s, []string{models.GrantMFAOTP, models.GrantMFAOOB, models.GrantMFARecoveryCode}}},
			clientCredentialsGrant{grantHandler{s, []string{models.GrantClientCredentials}}},
		},
	}
	provider := &fosite.Fosite{Store: store}
	config.ClientAuthenticationStrategy = func(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
		return s.authenticateClient(ctx, r, form)
	}
	provider.Config = tokenURLs{config, []string{s.issuer, s.issuer + "oauth/token"}}
	return provider
}

// tokenURLs says which audiences a client assertion may have: the issuer, as Auth0's SDKs send it, and the token endpoint (RFC 7523 3).
type tokenURLs struct {
	*fosite.Config
	urls []string
}

// GetTokenURLs returns the accepted audiences.
func (c tokenURLs) GetTokenURLs(context.Context) []string { return c.urls }
