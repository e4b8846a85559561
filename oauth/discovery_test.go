package oauth

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"
)

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(ecTestKey()))
	w := getDocument(s, "/.well-known/openid-configuration", nil)
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	list := func(text string) []any {
		var out []any
		for _, v := range strings.Fields(text) {
			out = append(out, v)
		}
		return out
	}
	want := map[string]any{
		"issuer":                   keyIssuer,
		"authorization_endpoint":   keyIssuer + "authorize",
		"token_endpoint":           keyIssuer + "oauth/token",
		"userinfo_endpoint":        keyIssuer + "userinfo",
		"jwks_uri":                 keyIssuer + ".well-known/jwks.json",
		"revocation_endpoint":      keyIssuer + "oauth/revoke",
		"mfa_challenge_endpoint":   keyIssuer + "mfa/challenge",
		"end_session_endpoint":     keyIssuer + "oidc/logout",
		"scopes_supported":         list("openid profile email phone offline_access"),
		"response_types_supported": list("code"),
		"response_modes_supported": list("query fragment form_post"),
		"grant_types_supported": list("authorization_code refresh_token client_credentials password http://auth0.com/oauth/grant-type/password-realm " +
			"http://auth0.com/oauth/grant-type/mfa-otp http://auth0.com/oauth/grant-type/mfa-oob http://auth0.com/oauth/grant-type/mfa-recovery-code"),
		"code_challenge_methods_supported":                      list("S256"),
		"subject_types_supported":                               list("public"),
		"id_token_signing_alg_values_supported":                 list("RS256 ES256 PS256"),
		"token_endpoint_auth_methods_supported":                 list("none client_secret_post client_secret_basic private_key_jwt"),
		"token_endpoint_auth_signing_alg_values_supported":      list("RS256 PS256 ES256"),
		"revocation_endpoint_auth_methods_supported":            list("none client_secret_post client_secret_basic private_key_jwt"),
		"revocation_endpoint_auth_signing_alg_values_supported": list("RS256 PS256 ES256"),
		"claims_supported": list("amr aud auth_time email email_verified exp family_name given_name iat iss name nickname nonce org_id org_name " +
			"phone_number phone_number_verified picture sid sub updated_at"),
		"prompt_values_supported":                        list("none login consent select_account"),
		"claims_parameter_supported":                     false,
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if other := getDocument(s, "/.well-known/oauth-authorization-server", nil); other.Body.String() != w.Body.String() {
		t.Errorf("RFC 8414's document is another one: %s", other.Body)
	}
}

// Every endpoint that the document names has a route.
func TestDiscoveredEndpointsAreRouted(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(ecTestKey()))
	router := mux.NewRouter().SkipClean(true).UseEncodedPath()
	s.Routes(router)
	document, err := json.Marshal(newMetadata(s.issuer))
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(document, &members); err != nil {
		t.Fatal(err)
	}
	endpoints := 0
	for name, value := range members {
		if !strings.HasSuffix(name, "_endpoint") && name != "jwks_uri" {
			continue
		}
		endpoints++
		u, err := url.Parse(value.(string))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc([]string{http.MethodGet, http.MethodPost}, func(method string) bool {
			return router.Match(httptest.NewRequest(method, u.Path, nil), &mux.RouteMatch{})
		}) {
			t.Errorf("%s: nothing answers at %s", name, u.Path)
		}
	}
	if endpoints != 7 {
		t.Errorf("%d endpoints in the document", endpoints)
	}
}
