package oauth

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// atFactor begins an authorization that waits for a factor, and returns its transaction's id.
func (s *server) atFactor(cookie string, values url.Values) string {
	s.t.Helper()
	a, u := s.authorizeWith(cookie, values)
	if a.status != http.StatusSeeOther || u.Path != "/u/mfa-challenge" {
		s.t.Fatalf("no factor is asked for: %d %s %s", a.status, u, a.text)
	}
	return u.Query().Get("state")
}

// give does what the page does once a factor was proved.
func (s *server) give(id string, kind models.FactorType) {
	s.t.Helper()
	err := s.store.UpdateSuspendedLogin(s.t.Context(), id, func(l *models.SuspendedLogin) error {
		l.Factors = l.Factors[1:]
		l.Methods = append(l.Methods, models.MFAMethod(kind, s.clock.Now()))
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) resume(id, cookie string) (answer, *url.URL) {
	s.t.Helper()
	return s.get(resumePath+"?state="+url.QueryEscape(id), cookie)
}

// open are the requests that a login waits with.
func (s *server) open(id string) []models.FactorRequest {
	s.t.Helper()
	t, err := s.store.LoginTransaction(s.t.Context(), id, s.clock.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return t.Suspended.Factors
}

func TestLoginWithASecondFactor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{enable(hooks.ProviderAny), claims("last")}
		_, cookie := s.session()
		id := s.atFactor(cookie, authorizationForm())
		want := []models.FactorRequest{{Mode: models.FactorChallenge, Any: true, AllowRemember: true, Factors: []models.Factor{{Type: "otp"}, {Type: "recovery-code"}}}}
		if diff := cmp.Diff(want, s.open(id)); diff != "" {
			t.Error(diff)
		}
		// Whoever tries to go on without is sent back.
		if _, u := s.resume(id, cookie); u.Path != "/u/mfa-challenge" {
			t.Errorf("without a factor: %s", u)
		}
		s.give(id, models.FactorOTP)
		_, u := s.resume(id, cookie)
		if u.Query().Get("code") == "" {
			t.Fatalf("no code: %s", u)
		}
		tokens := s.exchange(u.Query().Get("code"))
		claims := s.claims(tokens.str("id_token"))
		if diff := cmp.Diff([]any{"mfa"}, claims["amr"]); diff != "" {
			t.Error(diff)
		}
		if row := s.stored(tokens.str("refresh_token_id")).Token; !hasMFA(row.AuthMethods) {
			t.Errorf("methods of the refresh token: %+v", row.AuthMethods)
		}
		if a, _ := s.resume(id, cookie); a.status != http.StatusBadRequest {
			t.Errorf("again: %d", a.status)
		}
		if n := len(s.logged(models.LogMFARequired)); n != 1 {
			t.Errorf("%d events mfar", n)
		}
	})
}

func TestFactorsBetweenHooks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{
			claims("first"), requests("ask", models.FactorEnroll, "phone"), claims("after"), enable(hooks.ProviderAny),
		}
		_, cookie := s.session()
		id := s.atFactor(cookie, authorizationForm())
		var modes []models.FactorMode
		for _, r := range s.open(id) {
			modes = append(modes, r.Mode)
		}
		if diff := cmp.Diff([]models.FactorMode{models.FactorChallenge, models.FactorEnroll}, modes); diff != "" {
			t.Fatal(diff)
		}
		s.give(id, models.FactorOTP)
		if _, u := s.resume(id, cookie); u.Path != "/u/mfa-challenge" {
			t.Errorf("after the first: %s", u)
		}
		s.give(id, models.FactorPhone)
		_, u := s.resume(id, cookie) // enable is satisfied by what was given
		claims := s.claims(s.exchange(u.Query().Get("code")).str("id_token"))
		for name, want := range map[string][]any{"first": {"pwd"}, "after": {"pwd", "mfa otp", "mfa phone"}} {
			if diff := cmp.Diff(want, claims["https://example.com/"+name]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func TestAFactorAndThenAnotherSite(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withApp)
	s.hooks = []hooks.Hook{parts{name: "both", login: func(e *hooks.Event, api *hooks.API) error {
		if err := api.Authentication.RequestFactors(models.FactorRequest{Mode: models.FactorChallenge, Factors: []models.Factor{{Type: "otp"}}}); err != nil {
			return err
		}
		return sendAway(e, api)
	}}}
	_, cookie := s.session()
	id := s.atFactor(cookie, authorizationForm())
	s.give(id, models.FactorOTP)
	_, u := s.resume(id, cookie)
	if u.Host != "terms.example" {
		t.Fatalf("the other site is not next: %s", u)
	}
	_, u = s.back(cookie, u.Query().Get("state"))
	if claims := s.claims(s.exchange(u.Query().Get("code")).str("id_token")); claims["amr"] == nil {
		t.Errorf("the factor is forgotten: %v", claims)
	}
}

// TestAPageOfSomebodyElse has the user sign out, or in again, while the login waits at a page: the page sends whoever comes to /authorize/resume,
// which must not send them back.
func TestAPageOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for name, cookieOf := range map[string]func(s *server) string{
		"signed out": func(*server) string { return "" },
		"signed in again": func(s *server) string {
			_, cookie := s.session()
			return cookie
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t), withMFA, withApp)
			s.hooks = []hooks.Hook{enable(hooks.ProviderAny)}
			_, cookie := s.session()
			id := s.atFactor(cookie, authorizationForm())
			if a, u := s.resume(id, cookieOf(s)); a.status != http.StatusBadRequest || u.Path != "" {
				t.Errorf("%d %s %s", a.status, u, a.text)
			}
			if a, _ := s.resume(id, cookie); a.status != http.StatusBadRequest {
				t.Errorf("the login has not ended: %d", a.status)
			}
		})
	}
}

func TestLoginsWithoutAFactor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		hook   hooks.Hook
		tenant func(*models.TenantConfig)
		params []string
		known  bool
		want   string // the error; "" for a code
	}{
		{"the browser is remembered", enable(hooks.ProviderAny), withApp, nil, true, ""},
		{"a remembered browser does not help an Action's own request", requests("ask", models.FactorChallenge, "otp"), withApp, []string{"prompt", "none"}, true, "interaction_required"},
		{"prompt=none", enable(hooks.ProviderAny), withApp, []string{"prompt", "none"}, false, "interaction_required"},
		{"prompt=none in a remembered browser", enable(hooks.ProviderAny), withApp, []string{"prompt", "none"}, true, ""},
		{"none is available", requests("ask", models.FactorChallenge, "push-notification"), withApp, nil, false, "access_denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t), withMFA, tt.tenant)
			s.hooks, s.browser.remembers = []hooks.Hook{tt.hook}, tt.known
			_, cookie := s.session()
			_, u := s.authorizeWith(cookie, authorizationForm(tt.params...))
			if got := u.Query().Get("error"); got != tt.want || (got == "") != (u.Query().Get("code") != "") {
				t.Errorf("%s", u)
			}
		})
	}
}
