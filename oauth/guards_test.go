package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// A browser runs of the form_post page what its policy names, and that must be what submits the form.
func TestFormPostPageMayRunItsScript(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		a, _ := s.authorizeWith("", authorizationForm("response_mode", "form_post", "prompt", "none"))
		scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(a.text, -1)
		if a.status != http.StatusOK || len(scripts) != 1 || regexp.MustCompile(`\son\w+=`).MatchString(a.text) {
			t.Fatalf("want one script and no handlers: %d %s", a.status, a.text)
		}
		sum := sha256.Sum256([]byte(scripts[0][1]))
		source := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"
		if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, source) || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("policy %q does not name the script (%s)", policy, source)
		}
		if !strings.Contains(a.text, `<button type="submit">`) {
			t.Errorf("no button for browsers without JavaScript: %s", a.text)
		}
	})
}

func TestSingleSignOnEndsWhereTheConnectionDoes(t *testing.T) {
	for name, change := range map[string]func(*models.TenantConfig){
		"not enabled for the client":       func(c *models.TenantConfig) { c.Connections[0].EnabledClients = []string{clientWeb} },
		"not enabled for the organization": func(c *models.TenantConfig) { c.Organizations[0].Connections = []string{"Staff"} },
		"another one was asked for":        func(c *models.TenantConfig) {},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *server) {
				config := tenantConfig()
				config.Connections = append(config.Connections, models.Connection{Name: "Staff", Strategy: models.StrategyDatabase})
				change(config)
				if _, err := s.store.Apply(t.Context(), config); err != nil {
					t.Fatal(err)
				}
				_, cookie := s.session()
				v := authorizationForm("organization", "acme")
				if name == "another one was asked for" {
					v.Set("connection", "Staff")
				}
				if _, u := s.authorizeWith(cookie, v); u.Path != "/u/login" {
					t.Errorf("got to %s, want the login page", u)
				}
				v.Set("prompt", "none")
				if _, u := s.authorizeWith(cookie, v); u.Query().Get("error") != "login_required" {
					t.Errorf("silently got to %s, want login_required", u)
				}
			})
		})
	}
}

func TestPasswordGrantKeepsToTheOrganizationsConnections(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		config := tenantConfig()
		config.Organizations[0].Connections = []string{"Staff"}
		if _, err := s.store.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		a := s.token("grant_type", "password", "client_id", clientSPA, "username", testEmail, "password", testPass, "organization", "acme")
		s.wantBody(a, http.StatusBadRequest, `{"error":"invalid_request","error_description":"the connection is not enabled"}`)
	})
}

func TestNobodyConsentsForTheNext(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		resume := func(id, cookie string) *url.URL {
			t.Helper()
			if err := s.store.DecideLoginTransaction(t.Context(), id, true); err != nil {
				t.Fatal(err)
			}
			session, next := s.session()
			if cookie != "" {
				next = cookie
			} else if err := s.store.AuthenticateLoginTransaction(t.Context(), id, session.ID, s.clock.Now()); err != nil {
				t.Fatal(err)
			}
			_, u := s.get(resumePath+"?state="+url.QueryEscape(id), next)
			return u
		}
		v := authorizationForm("client_id", clientThird)
		_, cookie := s.session()
		_, u := s.authorizeWith(cookie, v)
		if u := resume(u.Query().Get("state"), ""); u.Path != "/u/consent" {
			t.Errorf("signed in after somebody consented: got to %s, want the consent page", u)
		}
		_, u = s.authorizeWith("", v)
		if u := resume(u.Query().Get("state"), cookie); u.Path != "/u/consent" {
			t.Errorf("consented while nobody had signed in: got to %s, want the consent page", u)
		}
	})
}

func TestLoginTransactionKeepsNoSecret(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, u := s.authorizeWith("", authorizationForm("client_secret", testSecret, "id_token_hint", "eyJ", "ext-color", "blue"))
		stored, err := s.store.LoginTransaction(t.Context(), u.Query().Get("state"), s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if p := stored.Params; p.Has("client_secret") || p.Has("id_token_hint") || p.Get("ext-color") != "blue" || p.Get("code_challenge") == "" {
			t.Errorf("stored %v", p)
		}
	})
}

func TestHooksGiveUsersNoManagementScopes(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.hook(func(_ *hooks.Event, api *hooks.API) error {
			if err := api.AccessToken.AddScope("read:refresh_tokens"); err != nil {
				return err
			}
			return api.AccessToken.AddScope("email")
		})
		if a := s.passwordLogin(clientSPA, "audience", testIssuer+"api/v2/", "scope", "openid"); a.str("scope") != "openid email" {
			t.Errorf("Management API: scope %q", a.str("scope"))
		}
		if a := s.passwordLogin(clientSPA, "scope", "openid"); a.str("scope") != "openid read:refresh_tokens email" {
			t.Errorf("the tenant's own API: scope %q", a.str("scope"))
		}
	})
}

func TestHookCannotWriteIntoTheConfiguration(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		config := tenantConfig()
		config.Organizations[0].Metadata = map[string]string{"plan": "free"}
		config.Connections[0].Metadata = map[string]string{"region": "eu"}
		if _, err := s.store.Apply(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		s.hook(func(e *hooks.Event, _ *hooks.API) error {
			for name, m := range map[string]map[string]string{"client": e.Client.Metadata, "organization": e.Organization.Metadata, "connection": e.Connection.Metadata} {
				if m["planted"] != "" {
					t.Errorf("%s.metadata has what an earlier run wrote", name)
				}
				m["planted"] = "yes"
			}
			return nil
		})
		for range 2 {
			s.passwordLogin(clientSPA, "organization", "acme")
		}
	})
}

// overtaken is a store in which somebody else exchanges the code right after it was read.
type overtaken struct {
	Grants
	meanwhile func()
}

func (g overtaken) CodeGrant(ctx context.Context, hash []byte) (*models.CodeGrant, error) {
	grant, err := g.Grants.CodeGrant(ctx, hash)
	g.meanwhile()
	return grant, err
}

func TestLosingTheRaceForACodeIsUsingItTwice(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		code, grants := s.code(authorizationForm()), s.grants
		var token string
		s.grants = overtaken{grants, func() {
			s.grants = grants
			token = s.wantToken(s.exchange(code))
		}}
		s.wantBody(s.exchange(code), http.StatusForbidden, bodyCode)
		s.wantBody(s.refresh(token), http.StatusForbidden, bodyInvalid)
	})
}
