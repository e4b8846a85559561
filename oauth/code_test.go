package oauth

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

const (
	bodyCode     = `{"error":"invalid_grant","error_description":"Invalid authorization code"}`
	bodyVerifier = `{"error":"invalid_grant","error_description":"Failed to verify code verifier"}`
)

func TestCodeExchange(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.hook(func(e *hooks.Event, api *hooks.API) error {
			if e.RefreshToken != nil || e.Transaction.Protocol != hooks.ProtocolCode || e.Session == nil {
				t.Errorf("event of a login: %+v", e)
			}
			if e.Session != nil && e.Session.Metadata != nil {
				t.Errorf("metadata of a new session: %v, want none", e.Session.Metadata)
			}
			if err := api.IDToken.SetCustomClaim("https://example.com/tier", "gold"); err != nil {
				return err
			}
			if err := api.AccessToken.SetCustomClaim("tier", "gold"); err != nil {
				return err
			}
			return api.RefreshToken.SetMetadata("k", "v")
		})
		a := s.exchange(s.code(authorizationForm("max_age", "3600")))
		s.wantToken(a)
		id := s.claims(a.str("id_token"))
		want := map[string]any{
			"iss": testIssuer, "sub": testUser, "aud": clientSPA, "nonce": "n-0S6", "sid": id["sid"], "auth_time": id["auth_time"], "iat": id["iat"], "exp": id["exp"],
			"name": "Alice", "nickname": "alice", "email": testEmail, "email_verified": true, "updated_at": id["updated_at"], "https://example.com/tier": "gold",
		}
		if d := cmp.Diff(want, id); d != "" {
			t.Errorf("ID token (-want +got):\n%s", d)
		}
		access := s.claims(a.str("access_token"))
		if access["tier"] != "gold" || access["gty"] != nil || access["scope"] != "openid profile email offline_access read:notes" {
			t.Errorf("access token: %v", access)
		}
		row := s.stored(a.str("refresh_token_id")).Token
		if row.Metadata["k"] != "v" || row.SessionID != id["sid"] || row.Device.InitialUserAgent != "test/1" || row.Device.InitialASN != "AS64496" {
			t.Errorf("row: %+v", row)
		}
		for _, typ := range []models.LogType{models.LogLogin, models.LogCodeExchange} {
			if n := len(s.logged(typ)); n != 1 {
				t.Errorf("%d %s events, want 1", n, typ)
			}
		}
	})
}

func TestUserinfoAnswersWithTheCustomClaims(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.IDToken.SetCustomClaim("tier", "gold") })
		v := authorizationForm("scope", "openid email")
		v.Del("audience")
		a := s.exchange(s.code(v))
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/userinfo", nil)
		r.Header.Set("Authorization", "Bearer "+a.str("access_token"))
		got := s.do(r)
		if d := cmp.Diff(map[string]any{"sub": testUser, "email": testEmail, "email_verified": true, "tier": "gold"}, got.body); d != "" {
			t.Errorf("%d (-want +got):\n%s", got.status, d)
		}
	})
}

func TestPKCECannotBeDropped(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		web := func(code string, more ...string) answer {
			return s.token(append([]string{"grant_type", "authorization_code", "client_id", clientWeb, "client_secret", testSecret, "code", code, "redirect_uri", callback}, more...)...)
		}
		// A confidential client may do without PKCE, but once it has used it a wrong verifier does not clear the way for none.
		code := s.code(authorizationForm("client_id", clientWeb))
		s.wantBody(web(code, "code_verifier", strings.Repeat("x", 43)), http.StatusForbidden, bodyVerifier)
		s.wantBody(web(code), http.StatusForbidden, bodyVerifier)
		if a := web(code, "code_verifier", verifier); a.status != http.StatusOK {
			t.Errorf("the right verifier: %d %s", a.status, a.text)
		}
		// And a verifier for a code without a challenge is refused (RFC 9700 4.8.2).
		v := authorizationForm("client_id", clientWeb)
		v.Del("code_challenge")
		v.Del("code_challenge_method")
		code = s.code(v)
		s.wantBody(web(code, "code_verifier", verifier), http.StatusForbidden, bodyVerifier)
		if a := web(code); a.status != http.StatusOK {
			t.Errorf("without PKCE: %d %s", a.status, a.text)
		}
	})
}

func TestCodeUsedTwiceTakesItsTokensAlong(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		code := s.code(authorizationForm())
		token := s.wantToken(s.exchange(code))
		token = s.wantToken(s.refresh(token))
		s.wantBody(s.exchange(code), http.StatusForbidden, bodyCode)
		s.wantBody(s.refresh(token), http.StatusForbidden, bodyInvalid)
	})
}

func TestCodeIsBound(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		code := s.code(authorizationForm())
		s.wantBody(s.exchange(code, "redirect_uri", "https://app.example.com/other"), http.StatusForbidden, bodyCode)
		s.wantBody(s.token("grant_type", "authorization_code", "client_id", clientWeb, "client_secret", testSecret, "code", code, "redirect_uri", callback, "code_verifier", verifier), http.StatusForbidden, bodyCode)
		s.wantBody(s.exchange("unknown"), http.StatusForbidden, bodyCode)
		s.wantToken(s.exchange(code)) // none of these consumed it
		late := s.code(authorizationForm())
		s.clock.advance(models.AuthorizationCodeLifetime)
		s.wantBody(s.exchange(late), http.StatusForbidden, bodyCode)
	})
}

func TestCodeEndsWithItsSession(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		session, cookie := s.session()
		_, u := s.authorizeWith(cookie, authorizationForm())
		if err := s.store.RevokeSession(t.Context(), session.ID, s.clock.Now()); err != nil {
			t.Fatal(err)
		}
		s.wantBody(s.exchange(u.Query().Get("code")), http.StatusForbidden, bodyCode)
	})
}

func TestConcurrentExchangesOfOneCode(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		code := s.code(authorizationForm())
		const racers = 16
		answers := make([]answer, racers)
		var wg sync.WaitGroup
		for i := range racers {
			wg.Go(func() { answers[i] = s.exchange(code) })
		}
		wg.Wait()
		won := 0
		for _, a := range answers {
			if a.status == http.StatusOK {
				won++
			} else if a.status != http.StatusForbidden || strings.TrimSpace(a.text) != bodyCode {
				t.Errorf("%d %s", a.status, a.text)
			}
		}
		if won != 1 {
			t.Errorf("%d exchanges won, want 1", won)
		}
	})
}

func TestOrganization(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		for _, idOrName := range []string{testOrg, "acme"} {
			a := s.exchange(s.code(authorizationForm("organization", idOrName)))
			for _, token := range []string{a.str("access_token"), a.str("id_token")} {
				if c := s.claims(token); c["org_id"] != testOrg || c["org_name"] != "acme" {
					t.Errorf("claims: %v", c)
				}
			}
			seen := ""
			s.hook(func(e *hooks.Event, _ *hooks.API) error {
				seen = e.Organization.DisplayName
				if d := cmp.Diff([]string{"reader", "member"}, e.Authorization.Roles); d != "" {
					t.Errorf("roles at the refresh (-want +got):\n%s", d)
				}
				return nil
			})
			a = s.refresh(s.wantToken(a))
			if c := s.claims(a.str("access_token")); c["org_id"] != testOrg || seen != "Acme Corp" {
				t.Errorf("refreshed: %v, event.organization %q", c, seen)
			}
			s.hooks = nil
		}
	})
}

func TestClientCredentials(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.hook(func(*hooks.Event, *hooks.API) error { t.Error("post-login ran for client_credentials"); return nil })
		m2m := func(more ...string) answer {
			return s.token(append([]string{"grant_type", "client_credentials", "client_id", clientM2M, "client_secret", testSecret}, more...)...)
		}
		a := m2m("audience", testAPI)
		if c := s.claims(a.str("access_token")); c["sub"] != clientM2M+"@clients" || c["gty"] != "client-credentials" || c["scope"] != "read:notes" || c["aud"] != testAPI {
			t.Errorf("claims: %v", c)
		}
		if a.body["refresh_token"] != nil || a.body["id_token"] != nil {
			t.Errorf("response: %s", a.text)
		}
		s.wantBody(m2m("audience", "https://nowhere.example"), http.StatusForbidden, `{"error":"access_denied","error_description":"Service not found: https://nowhere.example"}`)
		s.wantBody(m2m("audience", "https://online.example.com"), http.StatusForbidden,
			`{"error":"access_denied","error_description":"Client is not authorized to access \"https://online.example.com\". You need to create a \"client-grant\" associated to this API."}`)
		s.wantBody(m2m(), http.StatusBadRequest, `{"error":"invalid_request","error_description":"Missing required parameter: audience"}`)
	})
}

func TestPasswordGrant(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		login := func(more ...string) answer {
			return s.token(append([]string{"client_id", clientSPA, "username", testEmail, "password", testPass, "audience", testAPI}, more...)...)
		}
		a := login("grant_type", "password")
		if a.str("scope") != "read:notes write:notes" || a.body["refresh_token"] != nil {
			t.Errorf("without scope all of the API's: %s", a.text)
		}
		if c := s.claims(a.str("access_token")); c["gty"] != "password" {
			t.Errorf("claims: %v", c)
		}
		if a := login("grant_type", models.GrantPasswordRealm, "realm", "Users", "scope", "openid"); a.status != http.StatusOK {
			t.Errorf("realm: %d %s", a.status, a.text)
		}
		wrong := `{"error":"invalid_grant","error_description":"Wrong email or password."}`
		s.wantBody(login("grant_type", "password", "password", "nope"), http.StatusForbidden, wrong)
		s.wantBody(login("grant_type", "password", "username", "nobody@example.com"), http.StatusForbidden, wrong)
		s.wantBody(login("grant_type", models.GrantPasswordRealm), http.StatusBadRequest, `{"error":"invalid_request","error_description":"Missing required parameter: realm"}`)
		s.wantBody(login("grant_type", models.GrantPasswordRealm, "realm", "nowhere"), http.StatusBadRequest, `{"error":"invalid_request","error_description":"Unknown or invalid realm"}`)
		s.wantBody(login("grant_type", "password", "organization", "other"), http.StatusForbidden,
			`{"error":"access_denied","error_description":"user `+testUser+` is not part of the org_other organization"}`)
		if u := s.stored(s.passwordLogin(clientSPA).str("refresh_token_id")).User; u.LoginsCount != 3 || u.LastIP != "192.0.2.10" {
			t.Errorf("logins_count %d, last_ip %q", u.LoginsCount, u.LastIP)
		}
		if ok, failed := len(s.logged(models.LogPasswordExchange)), len(s.logged(models.LogFailedPasswordExchange)); ok != 3 || failed != 5 {
			t.Errorf("%d sepft, %d fepft; want 3, 5", ok, failed)
		}
	})
}

func TestOfflineAccess(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, func(c *models.TenantConfig) {
			c.Clients[1].GrantTypes = []string{models.GrantAuthorizationCode, models.GrantPassword}
		})
		for name, a := range map[string]answer{
			"an API that forbids it":       s.passwordLogin(clientSPA, "audience", "https://online.example.com"),
			"a client without the grant":   s.passwordLogin(clientWeb),
			"a login that does not ask it": s.passwordLogin(clientSPA, "scope", "openid"),
		} {
			if a.body["refresh_token"] != nil || a.body["refresh_token_id"] != nil || strings.Contains(a.str("scope"), "offline_access") {
				t.Errorf("%s: %s", name, a.text)
			}
		}
		v := s.passwordLogin(clientSPA, "audience", "", "scope", "openid offline_access")
		s.wantToken(v)
	})
}

func TestUsersGetNoManagementScopes(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		a := s.passwordLogin(clientSPA, "audience", testIssuer+"api/v2/", "scope", "openid read:refresh_tokens")
		if a.str("scope") != "openid" {
			t.Errorf("scope %q", a.str("scope"))
		}
	})
}

func TestSigningAlgorithms(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		for audience, want := range map[string]string{
			testAPI: `"alg":"ES256"`, "https://online.example.com": `"alg":"PS256"`, testIssuer + "api/v2/": `"alg":"RS256"`, "": `"alg":"RS256"`,
		} {
			token := s.passwordLogin(clientSPA, "audience", audience).str("access_token")
			s.claims(token)
			if header := decodeHeader(t, token); !strings.Contains(header, want) {
				t.Errorf("%s: header %s, want %s", audience, header, want)
			}
		}
		token := s.passwordLogin(clientSPA, "audience", "https://online.example.com").str("access_token")
		if c := s.claims(token); c["client_id"] != clientSPA || !strings.Contains(decodeHeader(t, token), `"typ":"at+jwt"`) {
			t.Errorf("rfc9068_profile: %v", c)
		}
	})
}

// Auth0's SDKs ask for the Management API of a plain-http server with https.
func TestManagementAudienceOfThePlainServer(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.issuer = "http://127.0.0.1:9101/"
		config := tenantConfig()
		config.ResourceServers = append(config.ResourceServers, models.ResourceServer{Identifier: "http://127.0.0.1:9101/api/v2/", Name: "Plain", System: true})
		config.ClientGrants = append(config.ClientGrants, models.ClientGrant{ClientID: clientM2M, Audience: "http://127.0.0.1:9101/api/v2/", Scopes: []string{"read:logs"}})
		if _, err := s.store.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		a := s.token("grant_type", "client_credentials", "client_id", clientM2M, "client_secret", testSecret, "audience", "https://127.0.0.1:9101/api/v2/")
		if c := s.claims(a.str("access_token")); c["aud"] != "http://127.0.0.1:9101/api/v2/" || c["scope"] != "read:logs" {
			t.Errorf("%d %s: %v", a.status, a.text, c)
		}
		s.wantBody(s.token("grant_type", "client_credentials", "client_id", clientM2M, "client_secret", testSecret, "audience", "https://127.0.0.1:9102/api/v2/"), 403,
			`{"error":"access_denied","error_description":"Service not found: https://127.0.0.1:9102/api/v2/"}`)
	})
}

// busy is an authenticator that has more to do than it can.
type busy struct{}

func (busy) Authenticate(context.Context, string, string, string) (*models.User, error) {
	return nil, fmt.Errorf("check: %w", models.ErrBusy)
}

func TestTooManyLogins(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.authenticator = busy{}
		a := s.token("grant_type", "password", "client_id", clientSPA, "username", testEmail, "password", testPass)
		s.wantBody(a, http.StatusServiceUnavailable, `{"error":"temporarily_unavailable","error_description":"The server is too busy. Try again soon."}`)
		if a.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
		if n := len(s.logged(models.LogFailedPasswordExchange)); n != 0 {
			t.Errorf("%d fepft events for what was shed, want none", n)
		}
	})
}
