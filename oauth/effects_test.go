package oauth

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// tokensOf signs in through the browser with a session, and returns the answer to the code's exchange.
func (s *server) tokensOf(cookie string) answer {
	s.t.Helper()
	a, u := s.authorizeWith(cookie, authorizationForm())
	if u.Query().Get("code") == "" {
		s.t.Fatalf("no code: %d %s %s", a.status, u, a.text)
	}
	tokens := s.exchange(u.Query().Get("code"))
	if tokens.status != http.StatusOK {
		s.t.Fatalf("exchange: %d %s", tokens.status, tokens.text)
	}
	return tokens
}

func TestSessionExpiriesOnlyShorten(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for _, row := range []struct {
			name           string
			absolute, idle time.Duration // from now; zero: not set
			wantAbsolute   time.Duration
			wantIdle       time.Duration
			warned         int
		}{
			{"both shorter", 2 * time.Hour, time.Hour, 2 * time.Hour, time.Hour, 0},
			{"both longer", 1000 * time.Hour, 1000 * time.Hour, 24 * time.Hour, models.DefaultIdleSessionLifetimeHours * time.Hour, 1},
			{"one of each", time.Hour, 1000 * time.Hour, time.Hour, models.DefaultIdleSessionLifetimeHours * time.Hour, 1},
		} {
			t.Run(row.name, func(t *testing.T) {
				s := newServer(t, st)
				session, cookie := s.session()
				warned := len(s.logged(models.LogWarning))
				now := s.clock.Now()
				s.hook(func(_ *hooks.Event, api *hooks.API) error {
					if err := api.Session.SetExpiresAt(float64(now.Add(row.absolute).UnixMilli())); err != nil {
						return err
					}
					return api.Session.SetIdleExpiresAt(float64(now.Add(row.idle).UnixMilli()))
				})
				s.tokensOf(cookie)
				got, err := st.Session(t.Context(), session.ID)
				if err != nil {
					t.Fatal(err)
				}
				if want := now.Add(row.wantAbsolute); !got.ExpiresAt.Equal(want) {
					t.Errorf("ends at %v, want %v", got.ExpiresAt, want)
				}
				if want := now.Add(row.wantIdle); !got.IdleExpiresAt.Equal(want) {
					t.Errorf("ends idle at %v, want %v", got.IdleExpiresAt, want)
				}
				if n := len(s.logged(models.LogWarning)) - warned; n != row.warned {
					t.Errorf("%d warnings, want %d", n, row.warned)
				}
			})
		}
	})
}

func TestSessionShortenedAtAnExchange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st)
		session, cookie := s.session()
		tokens := s.tokensOf(cookie)
		s.hook(func(_ *hooks.Event, api *hooks.API) error {
			if err := api.Session.SetCookieMode("non-persistent"); err != nil {
				return err
			}
			return api.Session.SetExpiresAt(float64(s.clock.Now().Add(time.Minute).UnixMilli()))
		})
		if a := s.refresh(tokens.str("refresh_token")); a.status != http.StatusOK {
			t.Fatalf("refresh: %d %s", a.status, a.text)
		}
		got, err := st.Session(t.Context(), session.ID)
		if err != nil || got.Cookie != models.CookieNonPersistent || !got.ExpiresAt.Equal(s.clock.Now().Add(time.Minute)) {
			t.Errorf("session %+v, error %v", got, err)
		}
	})
}

func TestCookieModeReachesTheBrowser(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	session, cookie := s.session()
	s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Session.SetCookieMode("non-persistent") })
	a, _ := s.authorizeWith(cookie, authorizationForm())
	if got := a.header.Get("Set-Cookie"); !strings.HasPrefix(got, testCookie+"=non-persistent") {
		t.Errorf("cookie %q", got)
	}
	if got, err := s.store.Session(t.Context(), session.ID); err != nil || got.Cookie != models.CookieNonPersistent {
		t.Errorf("session %+v, error %v", got, err)
	}
	var seen models.CookieMode
	s.hook(func(e *hooks.Event, _ *hooks.API) error { seen = e.Session.CookieMode; return nil })
	if a, _ := s.authorizeWith(cookie, authorizationForm()); seen != models.CookieNonPersistent || a.header.Get("Set-Cookie") != "" {
		t.Errorf("the next login sees %q and sets %q", seen, a.header.Get("Set-Cookie"))
	}
}

func TestSessionRevokedAtALogin(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for _, preserve := range []bool{false, true} {
			s := newServer(t, st)
			session, cookie := s.session()
			tokens := s.tokensOf(cookie)
			s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Session.Revoke("too risky", preserve) })
			a, u := s.authorizeWith(cookie, authorizationForm())
			if u.Query().Get("error") != "access_denied" || u.Query().Get("error_description") != "too risky" {
				t.Fatalf("preserve %t: %d %s", preserve, a.status, u)
			}
			if !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
				t.Errorf("preserve %t: the browser keeps its cookie: %q", preserve, a.header.Get("Set-Cookie"))
			}
			if _, err := st.Session(t.Context(), session.ID); err == nil {
				t.Errorf("preserve %t: the session lives", preserve)
			}
			s.hooks = nil
			if a := s.refresh(tokens.str("refresh_token")); (a.status == http.StatusOK) != preserve {
				t.Errorf("preserve %t: refresh: %d %s", preserve, a.status, a.text)
			}
		}
	})
}

func TestSessionRevokedAtAnExchange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for name, row := range map[string]struct {
			preserve, over bool // over: the session has ended before
			wantToken      bool // the refresh token lives on
		}{
			"with its tokens":    {false, false, false},
			"without its tokens": {true, false, true},
			"that has ended":     {false, true, false},
		} {
			s := newServer(t, st)
			session, cookie := s.session()
			token := s.tokensOf(cookie).str("refresh_token")
			if row.over {
				if err := st.EndSession(t.Context(), session.ID); err != nil {
					t.Fatal(err)
				}
			}
			before := len(s.logged(models.LogRefreshTokenRevoked))
			s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Session.Revoke("bye", row.preserve) })
			if a := s.refresh(token); a.status != http.StatusForbidden || a.str("error") != "access_denied" || a.str("error_description") != "bye" {
				t.Fatalf("%s: %d %s", name, a.status, a.text)
			}
			if _, err := st.Session(t.Context(), session.ID); err == nil {
				t.Errorf("%s: the session lives", name)
			}
			revoked := s.logged(models.LogRefreshTokenRevoked)
			if got := len(revoked) - before; (got == 0) != row.wantToken {
				t.Errorf("%s: %d srrt events", name, got)
			} else if got > 0 && revoked[0].Details["session_id"] != session.ID {
				t.Errorf("%s: srrt says %v", name, revoked[0].Details)
			}
			s.hooks = nil
			if a := s.refresh(token); (a.status == http.StatusOK) != row.wantToken {
				t.Errorf("%s: refresh: %d %s", name, a.status, a.text)
			}
		}
	})
}

func TestSessionRevokedWithoutASession(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	token := s.passwordLogin(clientSPA).str("refresh_token")
	s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Session.Revoke("bye", false) })
	if a := s.refresh(token); a.status != http.StatusForbidden || a.str("error_description") != "bye" {
		t.Fatalf("%d %s", a.status, a.text)
	}
	s.hooks = nil
	if a := s.refresh(token); a.status != http.StatusOK {
		t.Errorf("a token that is bound to no session was revoked with one: %d %s", a.status, a.text)
	}
}

func TestValidationErrorHasItsOwnCode(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	for code, want := range map[string]string{"terms_not_accepted": "terms_not_accepted", "": "access_denied", "a\"b\nü": "a_b__"} {
		s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Validation.Error(code, "Accept the terms.") })
		a := s.token("grant_type", "password", "client_id", clientSPA, "username", testEmail, "password", testPass)
		if a.status != http.StatusForbidden || a.str("error") != want || a.str("error_description") != "Accept the terms." {
			t.Errorf("%q: %d %s", code, a.status, a.text)
		}
		_, cookie := s.session()
		if _, u := s.authorizeWith(cookie, authorizationForm()); u.Query().Get("error") != want || u.Query().Get("error_description") != "Accept the terms." {
			t.Errorf("%q: callback %s", code, u)
		}
	}
}

// other is a second user, for api.authentication.setPrimaryUser.
const other = "auth0|primary"

func withOther(change ...func(*models.User)) func(*models.TenantConfig) {
	return func(c *models.TenantConfig) {
		u := models.User{ID: other, Connection: "Users", Email: "alice@work.example", EmailVerified: true, Name: "Alice at work", Groups: []string{"engineering"}}
		for _, f := range change {
			f(&u)
		}
		c.Users = append(c.Users, u)
	}
}

func TestPrimaryUser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withOther())
		session, cookie := s.session()
		s.hooks = []hooks.Hook{
			hooks.Func("link", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
				return api.Authentication.SetPrimaryUser(other)
			}),
			hooks.Func("after", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
				return api.User.SetAppMetadata("linked", true)
			}),
		}
		tokens := s.tokensOf(cookie)
		if got := s.claims(tokens.str("id_token")); got["sub"] != other || got["email"] != "alice@work.example" {
			t.Errorf("ID token %v", got)
		}
		if got := s.claims(tokens.str("access_token"))["sub"]; got != other {
			t.Errorf("access token is for %v", got)
		}
		if got, err := st.Session(t.Context(), session.ID); err != nil || got.UserID != other {
			t.Errorf("session %+v, error %v", got, err)
		}
		user, err := st.User(t.Context(), other)
		if err != nil || user.AppMetadata["linked"] != true {
			t.Errorf("user %+v, error %v", user, err)
		}
		if got := s.logged(models.LogLogin); len(got) != 1 || got[0].UserID != other {
			t.Errorf("events %+v", got)
		}
		// The exchange is the primary user's, who may be named again, and nobody else.
		a := s.refresh(tokens.str("refresh_token"))
		if a.status != http.StatusOK || s.claims(a.str("access_token"))["sub"] != other {
			t.Fatalf("refresh: %d %s", a.status, a.text)
		}
		s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Authentication.SetPrimaryUser(testUser) })
		a = s.refresh(a.str("refresh_token"))
		if a.status != http.StatusForbidden || a.str("error_description") != "The primary user can not be changed when a refresh token is exchanged." {
			t.Errorf("refresh as another: %d %s", a.status, a.text)
		}
	})
}

func TestPrimaryUserThatCanNotBe(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		id, want string
		change   func(*models.User)
		more     []string
	}{
		"unknown":      {"auth0|nobody", "The primary user does not exist.", func(*models.User) {}, nil},
		"blocked":      {other, "user is blocked", func(u *models.User) { u.Blocked = true }, nil},
		"not a member": {other, "user auth0|primary is not part of the org_acme organization", func(*models.User) {}, []string{"organization", testOrg}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t), withOther(row.change))
			s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Authentication.SetPrimaryUser(row.id) })
			_, cookie := s.session()
			if _, u := s.authorizeWith(cookie, authorizationForm(row.more...)); u.Query().Get("error_description") != row.want {
				t.Errorf("callback %s", u)
			}
		})
	}
}

// The scopes are granted to the primary user: another's roles permit nothing.
func TestPrimaryUserHasOwnScopes(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withOther(), func(c *models.TenantConfig) { c.ResourceServers[0].EnforcePolicies = true })
	if got := s.claims(s.passwordLogin(clientSPA).str("access_token"))["scope"]; !strings.Contains(got.(string), "read:notes") {
		t.Fatalf("alice may not read notes: %v", got)
	}
	s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.Authentication.SetPrimaryUser(other) })
	if got := s.claims(s.passwordLogin(clientSPA).str("access_token"))["scope"]; strings.Contains(got.(string), "read:notes") {
		t.Errorf("scopes %v", got)
	}
}

func TestRecordedMethodIsRemembered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st)
		s.hooks = []hooks.Hook{parts{name: "idv", login: sendAway, resumed: func(_ *hooks.Event, api *hooks.API) error {
			return api.Authentication.RecordMethod("https://idv.example/passport")
		}}}
		_, cookie := s.session()
		_, u := s.back(cookie, s.away(cookie, authorizationForm()))
		tokens := s.exchange(u.Query().Get("code"))
		names := func(list []models.AuthMethod) string {
			var out []string
			for _, m := range list {
				out = append(out, m.Name)
			}
			return strings.Join(out, " ")
		}
		const want = "pwd https://idv.example/passport"
		if got := names(s.stored(tokens.str("refresh_token_id")).Token.AuthMethods); got != want {
			t.Errorf("the refresh token has the methods %s", got)
		}
		var seen string
		s.hook(func(e *hooks.Event, _ *hooks.API) error { seen = names(e.Authentication.Methods); return nil })
		if s.tokensOf(cookie); seen != want {
			t.Errorf("the next login sees %s", seen)
		}
	})
}

func TestGroupsAndRolesOfTheUser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, func(c *models.TenantConfig) { c.Users[0].Groups = []string{"engineering", "oncall"} })
		var groups, roles []string
		s.hook(func(_ *hooks.Event, api *hooks.API) error {
			list, _, err := api.Groups.UserGroups(hooks.Paging{})
			for _, g := range list {
				groups = append(groups, g.Name)
			}
			assigned, _, rerr := api.Roles.EffectiveRoles(hooks.Paging{})
			for _, r := range assigned {
				roles = append(roles, r.ID)
			}
			if err == nil {
				err = rerr
			}
			return err
		})
		s.passwordLogin(clientSPA, "organization", testOrg)
		if diff := cmp.Diff([]string{"engineering", "oncall"}, groups); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"rol_reader", "rol_member"}, roles); diff != "" {
			t.Errorf("roles (-want +got):\n%s", diff)
		}
	})
}

// What one part of a login decided shows in the next one.
func TestCookieModeAndMethodsSurviveASuspension(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	var seen *hooks.Event
	s.hooks = []hooks.Hook{
		parts{name: "cookie", login: func(_ *hooks.Event, api *hooks.API) error { return api.Session.SetCookieMode("non-persistent") }},
		parts{name: "first", login: sendAway, resumed: func(_ *hooks.Event, api *hooks.API) error {
			return api.Authentication.RecordMethod("https://idv.example/passport")
		}},
		parts{name: "second", login: sendAway},
		parts{name: "last", login: func(e *hooks.Event, _ *hooks.API) error { seen = e; return nil }},
	}
	session, cookie := s.session()
	_, u := s.back(cookie, s.away(cookie, authorizationForm()))
	if _, u = s.back(cookie, u.Query().Get("state")); u.Query().Get("code") == "" {
		t.Fatalf("no code: %s", u)
	}
	if seen.Session.CookieMode != models.CookieNonPersistent || len(seen.Authentication.Methods) != 2 {
		t.Errorf("the last part sees %s, %v", seen.Session.CookieMode, seen.Authentication.Methods)
	}
	stored, err := s.store.Session(t.Context(), session.ID)
	if err != nil || stored.Cookie != models.CookieNonPersistent || len(stored.Methods) != 2 {
		t.Errorf("session %+v, error %v", stored, err)
	}
}
