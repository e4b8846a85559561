package oauth

import (
	"encoding/json"
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

// metadata is the discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2). Only what is true of this server is in
// it: a client that believes it must not be disappointed.
type metadata struct {
	Issuer                   string   `json:"issuer"`
	AuthorizationEndpoint    string   `json:"authorization_endpoint"`
	TokenEndpoint            string   `json:"token_endpoint"`
	UserinfoEndpoint         string   `json:"userinfo_endpoint"`
	JWKSURI                  string   `json:"jwks_uri"`
	RevocationEndpoint       string   `json:"revocation_endpoint"`
	MFAChallengeEndpoint     string   `json:"mfa_challenge_endpoint"`
	EndSessionEndpoint       string   `json:"end_session_endpoint"`
	Scopes                   []string `json:"scopes_supported"`
	ResponseTypes            []string `json:"response_types_supported"`
	ResponseModes            []string `json:"response_modes_supported"`
	GrantTypes               []string `json:"grant_types_supported"`
	CodeChallengeMethods     []string `json:"code_challenge_methods_supported"`
	SubjectTypes             []string `json:"subject_types_supported"`
	IDTokenAlgs              []string `json:"id_token_signing_alg_values_supported"`
	TokenAuthMethods         []string `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgs            []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationAuthMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAuthAlgs       []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	Claims                   []string `json:"claims_supported"`
	Prompts                  []string `json:"prompt_values_supported"`
	ClaimsParameter          bool     `json:"claims_parameter_supported"`
	RequestParameter         bool     `json:"request_parameter_supported"`
	RequestURIParameter      bool     `json:"request_uri_parameter_supported"`
	AuthorizationResponseIss bool     `json:"authorization_response_iss_parameter_supported"`
	BackchannelLogout        bool     `json:"backchannel_logout_supported"`
}

// serveDiscovery answers GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server with one document.
func (s *Server) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	document, err := json.Marshal(newMetadata(s.issuer))
	if err != nil {
		s.writeError(w, r, fmt.Errorf("encode discovery document: %w", err))
		return
	}
	serveDocument(w, r, document)
}

func newMetadata(issuer string) metadata {
	authMethods := []string{models.AuthMethodNone, models.AuthMethodSecretPost, models.AuthMethodSecretBasic, models.AuthMethodPrivateKeyJWT}
	return metadata{
		Issuer:                issuer,
		AuthorizationEndpoint: issuer + "authorize",
		TokenEndpoint:         issuer + "oauth/token",
		UserinfoEndpoint:      issuer + "userinfo",
		JWKSURI:               issuer + ".well-known/jwks.json",
		RevocationEndpoint:    issuer + "oauth/revoke",
		MFAChallengeEndpoint:  issuer + "mfa/challenge",
		EndSessionEndpoint:    issuer + "oidc/logout",
		Scopes:                []string{models.ScopeOpenID, models.ScopeProfile, models.ScopeEmail, models.ScopePhone, models.ScopeOfflineAccess},
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query", "fragment", "form_post"},
		GrantTypes: []string{
			models.GrantAuthorizationCode, models.GrantRefreshToken, models.GrantClientCredentials,
			models.GrantPassword, models.GrantPasswordRealm,
			models.GrantMFAOTP, models.GrantMFAOOB, models.GrantMFARecoveryCode,
		},
		CodeChallengeMethods:  []string{"S256"},
		SubjectTypes:          []string{"public"},
		IDTokenAlgs:           signingAlgs,
		TokenAuthMethods:      authMethods,
		TokenAuthAlgs:         assertionAlgs,
		RevocationAuthMethods: authMethods,
		RevocationAuthAlgs:    assertionAlgs,
		Claims: []string{
			"amr", "aud", "auth_time", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name", "nickname",
			"nonce", "org_id", "org_name", "phone_number", "phone_number_verified", "picture", "sid", "sub", "updated_at",
		},
		Prompts:                  []string{promptNone, promptLogin, promptConsent, promptSelectAccount},
		AuthorizationResponseIss: true,
	}
}
