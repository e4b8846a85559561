package oauth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

const (
	bodyUnauthorized  = `{"error":"access_denied","error_description":"Unauthorized"}`
	bodyInvalidClient = `{"error":"invalid_client","error_description":"Client authentication failed"}`
)

func TestClientAuthentication(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		basic := func(id, secret string) []string {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.SetBasicAuth(id, secret)
			return []string{"Authorization", r.Header.Get("Authorization")}
		}
		for _, tt := range []struct {
			name   string
			form   []string
			header []string
			status int
			body   string
		}{
			{name: "secret in the body", form: []string{"client_id", clientM2M, "client_secret", testSecret}, status: 200},
			{name: "secret in the header", header: basic(clientM2M, testSecret), status: 200},
			{name: "header and the same client_id", form: []string{"client_id", clientM2M}, header: basic(clientM2M, testSecret), status: 200},
			{name: "header and another client_id", form: []string{"client_id", clientWeb}, header: basic(clientM2M, testSecret), status: 400, body: "The client_id in the body is not the one in the Authorization header."},
			{name: "both at once", form: []string{"client_id", clientM2M, "client_secret", testSecret}, header: basic(clientM2M, testSecret), status: 400, body: "More than one method of client authentication was used."},
			{name: "assertion and secret at once", form: []string{"client_id", clientM2M, "client_secret", testSecret, "client_assertion", "x"}, status: 400, body: "More than one method of client authentication was used."},
			{name: "wrong secret", form: []string{"client_id", clientM2M, "client_secret", "nope"}, status: 401, body: bodyUnauthorized},
			{name: "wrong secret in the header", header: basic(clientM2M, "nope"), status: 401, body: bodyUnauthorized},
			{name: "no secret", form: []string{"client_id", clientM2M}, status: 401, body: bodyUnauthorized},
			{name: "unknown client", form: []string{"client_id", "nobody", "client_secret", testSecret}, status: 401, body: bodyUnauthorized},
			{name: "no client", status: 401, body: bodyUnauthorized},
			{name: "a secret for a public client", form: []string{"client_id", clientSPA, "client_secret", testSecret}, status: 401, body: bodyUnauthorized},
			{name: "a public client", form: []string{"client_id", clientSPA}, status: 403, body: "Grant type 'client_credentials' not allowed for the client."},
			{name: "an unknown kind of assertion", form: []string{"client_id", clientM2M, "client_assertion_type", "saml", "client_assertion", "x"}, status: 400, body: "invalid_request"},
			{name: "a secret client with an assertion", form: []string{"client_id", clientM2M, "client_assertion_type", assertionType, "client_assertion", "e30.e30.x"}, status: 401, body: bodyUnauthorized},
		} {
			a := s.post("/oauth/token", form(append([]string{"grant_type", "client_credentials", "audience", testAPI}, tt.form...)...), tt.header...)
			if a.status != tt.status || !strings.Contains(a.text, tt.body) {
				t.Errorf("%s: %d %s, want %d %s", tt.name, a.status, a.text, tt.status, tt.body)
			}
			if got := a.header.Get("WWW-Authenticate"); (got != "") != (a.status == 401) {
				t.Errorf("%s: %d with WWW-Authenticate %q", tt.name, a.status, got)
			}
		}
	})
}

// Time must not tell which client ids exist: whoever is named, one comparison is made, with the hash of some secret.
func TestUnknownClientsCostWhatKnownOnesDo(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		compared := 0
		s.secretMatches = func(hash []byte, secret string) bool {
			compared++
			if len(hash) != len(models.HashSecret("")) {
				t.Errorf("compared with %d bytes", len(hash))
			}
			return secretMatches(hash, secret)
		}
		for _, id := range []string{clientM2M, clientSPA, "nobody"} {
			compared = 0
			s.wantBody(s.token("grant_type", "client_credentials", "client_id", id, "client_secret", "nope"), 401, bodyUnauthorized)
			if compared != 1 {
				t.Errorf("%s: %d comparisons, want 1", id, compared)
			}
		}
	})
}

func TestErrorStyleOfRFC6749(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, func(c *models.TenantConfig) { c.Tenant.OAuthErrors = models.OAuthErrorsRFC6749 })
		s.wantBody(s.refresh("garbage"), http.StatusBadRequest, bodyInvalid)
		s.wantBody(s.exchange("garbage"), http.StatusBadRequest, bodyCode)
		a := s.token("grant_type", "client_credentials", "client_id", clientM2M, "client_secret", "nope")
		s.wantBody(a, http.StatusUnauthorized, bodyInvalidClient)
		if !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("WWW-Authenticate %q", a.header.Get("WWW-Authenticate"))
		}
	})
}

func TestTokenRequestErrors(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		unauthorized := `{"error":"unauthorized_client","error_description":"Grant type 'authorization_code' not allowed for the client.","error_uri":"https://auth0.com/docs/clients/client-grant-types"}`
		s.wantBody(s.token("client_id", clientSPA), 400, `{"error":"invalid_request","error_description":"Missing required parameter: grant_type"}`)
		s.wantBody(s.token("grant_type", "magic"), 400, `{"error":"unsupported_grant_type","error_description":"Unsupported grant type: magic"}`)
		s.wantBody(s.token("grant_type", "authorization_code", "client_id", clientM2M, "client_secret", testSecret), 403, unauthorized)
		s.wantBody(s.token("grant_type", "authorization_code", "client_id", clientSPA), 400, `{"error":"invalid_request","error_description":"Missing required parameter: code"}`)
		s.wantBody(s.token("grant_type", "refresh_token", "client_id", clientSPA), 400, `{"error":"invalid_request","error_description":"Missing required parameter: refresh_token"}`)
		s.wantBody(s.token("grant_type", "password", "client_id", clientSPA), 400, `{"error":"invalid_request","error_description":"Missing required parameter: username"}`)

		v := form("grant_type", "refresh_token", "client_id", clientSPA, "refresh_token", "x")
		v.Add("refresh_token", "y")
		if a := s.post("/oauth/token", v); a.status != 400 || a.str("error") != "invalid_request" {
			t.Errorf("a parameter twice: %d %s", a.status, a.text)
		}
		if a := s.post("/oauth/token?grant_type=password", form("client_id", clientSPA)); a.status != 400 {
			t.Errorf("a parameter in the query string: %d %s", a.status, a.text)
		}
	})
}

func TestJSONBody(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		body, err := json.Marshal(map[string]any{"grant_type": "client_credentials", "client_id": clientM2M, "client_secret": testSecret, "audience": testAPI})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/oauth/token", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		if a := s.do(r); a.status != 200 || a.str("scope") != "read:notes" {
			t.Errorf("%d %s", a.status, a.text)
		}
	})
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func TestPrivateKeyJWT(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1"}, {Key: curve.Public(), KeyID: "k2"}}})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, func(c *models.TenantConfig) {
			c.Clients[3].TokenEndpointAuthMethod, c.Clients[3].SecretHash, c.Clients[3].PublicKeys = models.AuthMethodPrivateKeyJWT, nil, set
		})
		signWith := func(alg jose.SignatureAlgorithm, key any, change func(*jwt.Claims)) string {
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, nil)
			if err != nil {
				t.Fatal(err)
			}
			claims := jwt.Claims{
				Issuer: clientM2M, Subject: clientM2M, Audience: jwt.Audience{testIssuer}, ID: models.NewSecret(),
				Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute)), IssuedAt: jwt.NewNumericDate(time.Now()),
			}
			change(&claims)
			text, err := jwt.Signed(signer).Claims(claims).Serialize()
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		rsaKey, ecKey := jose.JSONWebKey{Key: key, KeyID: "k1"}, jose.JSONWebKey{Key: curve, KeyID: "k2"}
		sign := func(change func(*jwt.Claims)) string { return signWith(jose.RS256, rsaKey, change) }
		present := func(assertion string) answer {
			return s.token("grant_type", "client_credentials", "audience", testAPI, "client_assertion_type", assertionType, "client_assertion", assertion)
		}
		good := sign(func(*jwt.Claims) {})
		if a := present(good); a.status != 200 {
			t.Errorf("good assertion: %d %s", a.status, a.text)
		}
		s.wantBody(present(good), 401, bodyUnauthorized) // its jti is used up
		if a := present(sign(func(c *jwt.Claims) { c.Audience = jwt.Audience{testIssuer + "oauth/token"} })); a.status != 200 {
			t.Errorf("token endpoint as audience: %d %s", a.status, a.text)
		}
		for _, good := range []string{signWith(jose.PS256, rsaKey, func(*jwt.Claims) {}), signWith(jose.ES256, ecKey, func(*jwt.Claims) {})} {
			if a := present(good); a.status != 200 {
				t.Errorf("%s: %d %s", decodeHeader(t, good), a.status, a.text)
			}
		}
		// A public key is no shared secret.
		public, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		s.wantBody(present(signWith(jose.HS256, public, func(*jwt.Claims) {})), 401, bodyUnauthorized)
		s.wantBody(present(signWith(jose.RS512, rsaKey, func(*jwt.Claims) {})), 401, bodyUnauthorized)
		for name, change := range map[string]func(*jwt.Claims){
			"another audience": func(c *jwt.Claims) { c.Audience = jwt.Audience{"https://elsewhere.example/"} },
			"expired":          func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(-time.Minute)) },
			"for ever":         func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(24 * time.Hour)) },
			"without a jti":    func(c *jwt.Claims) { c.ID = "" },
			"another issuer":   func(c *jwt.Claims) { c.Issuer = clientWeb },
			"another client":   func(c *jwt.Claims) { c.Issuer, c.Subject = clientWeb, clientWeb },
		} {
			if a := present(sign(change)); a.status != 401 || strings.TrimSpace(a.text) != bodyUnauthorized {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
		s.wantBody(present(good[:len(good)-8]+"AAAAAAAA"), 401, bodyUnauthorized)
		s.wantBody(s.token("grant_type", "client_credentials", "client_id", clientM2M, "client_secret", testSecret, "audience", testAPI), 401, bodyUnauthorized)
	})
}

func TestRevoke(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := s.passwordLogin(clientSPA)
		used := s.wantToken(login)
		token := s.wantToken(s.refresh(used))
		revoke := func(pairs ...string) answer { return s.post("/oauth/revoke", form(pairs...)) }
		for name, a := range map[string]answer{
			"garbage":      revoke("client_id", clientSPA, "token", "garbage"),
			"forged":       revoke("client_id", clientSPA, "token", token[:len(token)-4]+"AAAA"),
			"other family": revoke("client_id", clientSPA, "token", token[:8]+"BBBB"+token[12:]),
		} {
			if a.status != 200 || a.text != "" {
				t.Errorf("%s: %d %q", name, a.status, a.text)
			}
		}
		s.wantBody(revoke("client_id", clientWeb, "client_secret", testSecret, "token", token), 403, `{"error":"invalid_grant","error_description":"The token was not issued to this client."}`)
		s.wantBody(revoke("client_id", clientWeb, "client_secret", "nope", "token", token), 401, bodyUnauthorized)
		s.wantBody(revoke("client_id", clientSPA), 400, `{"error":"invalid_request","error_description":"Missing required parameter: token"}`)
		if a := revoke("client_id", clientSPA, "token", login.str("access_token")); a.status != 400 || a.str("error") != "unsupported_token_type" {
			t.Errorf("access token: %d %s", a.status, a.text)
		}
		token = s.wantToken(s.refresh(token)) // nothing of that touched it
		if a := revoke("client_id", clientSPA, "token", token, "token_type_hint", "refresh_token"); a.status != 200 || a.text != "" {
			t.Errorf("revoke: %d %q", a.status, a.text)
		}
		s.wantBody(s.refresh(token), 403, bodyInvalid)
		if a := revoke("client_id", clientSPA, "token", token); a.status != 200 {
			t.Errorf("revoked before: %d", a.status)
		}
		logs := s.logged(models.LogRefreshTokenRevoked)
		if len(logs) != 1 {
			t.Fatalf("%d srrt events, want 1", len(logs))
		}
		want := map[string]any{"credential_id": login.str("refresh_token_id"), "audience": testAPI, "refresh_token": map[string]any{"access": "offline"}}
		if d := cmp.Diff(want, logs[0].Details); d != "" || logs[0].Audience != testAPI || logs[0].Connection != "Users" {
			t.Errorf("srrt %+v, details (-want +got):\n%s", logs[0], d)
		}
	})
}
