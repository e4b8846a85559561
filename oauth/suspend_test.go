package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// parts is a hook with both of its parts.
type parts struct {
	name           string
	login, resumed func(e *hooks.Event, api *hooks.API) error
}

func (h parts) Info() hooks.Info {
	return hooks.Info{ID: "act_" + h.name, Name: h.name, BindingID: "bind_" + h.name}
}

func (h parts) PostLogin(_ context.Context, e *hooks.Event, api *hooks.API) error {
	if h.login == nil {
		return nil
	}
	return h.login(e, api)
}

func (h parts) ContinuePostLogin(_ context.Context, e *hooks.Event, api *hooks.API) error {
	if h.resumed == nil {
		return hooks.ErrNotHandled
	}
	return h.resumed(e, api)
}

func sendAway(_ *hooks.Event, api *hooks.API) error {
	return api.Redirect.SendUserTo("https://terms.example/accept?lang=en")
}

// away begins an authorization that its hooks send to another site, and returns the state to come back with.
func (s *server) away(cookie string, values url.Values) string {
	s.t.Helper()
	a, u := s.authorizeWith(cookie, values)
	state := u.Query().Get("state")
	if a.status != http.StatusSeeOther || u.Host != "terms.example" || u.Query().Get("lang") != "en" || state == "" {
		s.t.Fatalf("the browser was not sent away: %d %s %s", a.status, u, a.text)
	}
	return state
}

// back returns from the other site.
func (s *server) back(cookie, state string, more ...string) (answer, *url.URL) {
	s.t.Helper()
	v := form(append([]string{"state", state}, more...)...)
	return s.get("/continue?"+v.Encode(), cookie)
}

func TestLoginThatWaitsForTheBrowser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st)
		var before, after *hooks.Event
		s.hooks = []hooks.Hook{
			parts{name: "before", login: func(e *hooks.Event, api *hooks.API) error {
				before = e
				if err := api.RefreshToken.SetMetadata("before", "1"); err != nil {
					return err
				}
				if err := api.User.SetAppMetadata("seen", true); err != nil {
					return err
				}
				if err := api.Session.SetMetadata("place", "Bern"); err != nil {
					return err
				}
				return api.Transaction.SetMetadata("n", 1)
			}},
			parts{name: "terms", login: sendAway, resumed: func(e *hooks.Event, api *hooks.API) error {
				return api.IDToken.SetCustomClaim("terms", e.Request.Query["terms"])
			}},
			parts{name: "after", login: func(e *hooks.Event, api *hooks.API) error {
				after = e
				return api.RefreshToken.SetMetadata("after", "2")
			}},
		}
		session, cookie := s.session()
		state := s.away(cookie, authorizationForm())
		if len(s.logged(models.LogLogin)) != 0 {
			t.Error("a login that waits is in the log")
		}
		user, err := st.User(t.Context(), testUser)
		if err != nil || user.AppMetadata["seen"] != nil {
			t.Errorf("a login that waits changed the user: %v, %v", user.AppMetadata, err)
		}

		s.clock.advance(10 * time.Minute)
		a, u := s.back(cookie, state, "terms", "2026-11", "token", "kept", "code", "kept")
		code := u.Query().Get("code")
		if code == "" || u.Query().Get("state") != "my-custom-state" {
			t.Fatalf("no code: %d %s %s", a.status, u, a.text)
		}
		tokens := s.exchange(code)
		if got := s.claims(tokens.str("id_token"))["terms"]; got != "2026-11" {
			t.Errorf("claim %v", got)
		}
		want := models.Metadata{"before": "1", "after": "2"}
		if diff := cmp.Diff(want, s.stored(tokens.str("refresh_token_id")).Token.Metadata); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
		if before.Transaction.ID == "" || before.Transaction.ID != after.Transaction.ID || after.Transaction.Metadata["n"] != 1.0 || after.Transaction.State != "my-custom-state" {
			t.Errorf("transaction before %+v, after %+v", before.Transaction, after.Transaction)
		}
		if diff := cmp.Diff(map[string]any{"state": state, "terms": "2026-11", "token": "kept", "code": "kept"}, after.Request.Query); diff != "" {
			t.Errorf("event.request.query (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(models.Metadata{"place": "Bern"}, after.Session.Metadata); diff != "" {
			t.Errorf("event.session.metadata (-want +got):\n%s", diff)
		}
		stored, err := st.Session(t.Context(), session.ID)
		if err != nil || stored.Metadata["place"] != "Bern" {
			t.Errorf("session metadata %v, %v", stored.Metadata, err)
		}
		s.oneLogin(before.Transaction.ID, "before", "terms", "terms", "after")
	})
}

// oneLogin checks that there is one s event, with the executions of all parts of the login.
func (s *server) oneLogin(transaction string, actions ...string) {
	s.t.Helper()
	logged := s.logged(models.LogLogin)
	if len(logged) != 1 || len(s.logged(models.LogFailedLogin)) != 0 {
		s.t.Fatalf("%d s events, %d f events", len(logged), len(s.logged(models.LogFailedLogin)))
	}
	event, err := s.store.Log(s.t.Context(), logged[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	if event.Details["transaction_id"] != transaction || event.Details["elapsedTime"] != float64(10*time.Minute/time.Millisecond) && event.Details["elapsedTime"] != int64(10*time.Minute/time.Millisecond) {
		s.t.Errorf("details %v", event.Details)
	}
	var ran []string
	for _, r := range event.Execution.Results {
		ran = append(ran, r.ActionName)
	}
	if diff := cmp.Diff(actions, ran); diff != "" || event.Execution.ID != event.ID {
		s.t.Errorf("execution %s of %s (-want +got):\n%s", event.Execution.ID, event.ID, diff)
	}
	if age := s.clock.Now().Sub(event.Date); age > time.Minute {
		s.t.Errorf("the event is of %s ago", age)
	}
}

func TestContinueByPost(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	var got hooks.Request
	s.hooks = []hooks.Hook{parts{name: "away", login: sendAway, resumed: func(e *hooks.Event, _ *hooks.API) error {
		got = e.Request
		return nil
	}}}
	for name, target := range map[string]func(state string) (string, url.Values){
		"state in the body":  func(state string) (string, url.Values) { return "/continue?a=1", form("state", state, "answer", "yes") },
		"state in the query": func(state string) (string, url.Values) { return "/continue?a=1&state=" + state, form("answer", "yes") },
	} {
		_, cookie := s.session()
		state := s.away(cookie, authorizationForm())
		path, body := target(state)
		// Another site's POST has no cookies: neither the browser's nor the session's.
		a := s.post(path, body, "X-Foreign", "1")
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "?state="+url.QueryEscape(state) {
			t.Fatalf("%s: %d %s %s", name, a.status, a.header, a.text)
		}
		if a, u := s.get("/continue"+a.header.Get("Location"), cookie); u.Query().Get("code") == "" {
			t.Fatalf("%s: no code: %d %s", name, a.status, a.text)
		}
		if got.Method != http.MethodPost || got.Query["a"] != "1" || got.Body["answer"] != "yes" {
			t.Errorf("%s: event.request is %s %v %v", name, got.Method, got.Query, got.Body)
		}
	}
	for name, a := range map[string]answer{
		"an unknown state": s.post("/continue", form("state", "unknown")),
		"no state":         s.post("/continue", form("a", "b")),
		"a large body":     s.post("/continue", form("a", strings.Repeat("x", maxReturn))),
	} {
		if a.status != http.StatusBadRequest || !strings.HasPrefix(a.text, "page: invalid_request") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

// TestStateIsGoodOnce is about who may go on with a login, and how often.
func TestStateIsGoodOnce(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		back func(s *server, cookie, state string) (answer, *url.URL)
	}{
		{"a second return", func(s *server, cookie, state string) (answer, *url.URL) {
			if _, u := s.back(cookie, state); u.Query().Get("code") == "" {
				s.t.Fatal("the first return got no code")
			}
			return s.back(cookie, state)
		}},
		{"a wrong state", func(s *server, cookie, state string) (answer, *url.URL) { return s.back(cookie, state+"x") }},
		{"no state", func(s *server, cookie, _ string) (answer, *url.URL) { return s.get("/continue", cookie) }},
		{"an expired state", func(s *server, cookie, state string) (answer, *url.URL) {
			s.clock.advance(models.LoginTransactionLifetime)
			return s.back(cookie, state)
		}},
		{"another browser", func(s *server, _, state string) (answer, *url.URL) {
			s.browser.foreign = true
			return s.back("", state)
		}},
		{"a browser that has signed out", func(s *server, _, state string) (answer, *url.URL) { return s.back("", state) }},
		{"a browser that has signed in again", func(s *server, _, state string) (answer, *url.URL) {
			_, cookie := s.session()
			return s.back(cookie, state)
		}},
		{"the page's way back", func(s *server, cookie, state string) (answer, *url.URL) {
			return s.get("/authorize/resume?state="+url.QueryEscape(state), cookie)
		}},
		{"a login that does not wait", func(s *server, cookie, _ string) (answer, *url.URL) {
			_, u := s.authorizeWith("", authorizationForm())
			return s.back(cookie, u.Query().Get("state"))
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t))
			s.hooks = []hooks.Hook{parts{name: "away", login: sendAway}}
			_, cookie := s.session()
			a, u := row.back(s, cookie, s.away(cookie, authorizationForm()))
			if a.status != http.StatusBadRequest || u.String() != "" || !strings.HasPrefix(a.text, "page: invalid_request: This login") {
				t.Errorf("%d %s %s", a.status, u, a.text)
			}
		})
	}
}

func TestSuspendedLoginThatEndsBadly(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		resumed func(api *hooks.API) error
		failed  int // actions_execution_failed
	}{
		{"denied", func(api *hooks.API) error { api.Access.Deny("not accepted"); return nil }, 0},
		{"failed", func(*hooks.API) error { return errors.New("not accepted") }, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t))
			s.hooks = []hooks.Hook{parts{name: "away", login: sendAway, resumed: func(_ *hooks.Event, api *hooks.API) error { return row.resumed(api) }}}
			_, cookie := s.session()
			_, u := s.back(cookie, s.away(cookie, authorizationForm()))
			q := u.Query()
			if q.Get("error") != "access_denied" || q.Get("error_description") != "not accepted" || q.Get("state") != "my-custom-state" {
				t.Errorf("callback %s", u)
			}
			logged := s.logged(models.LogFailedLogin)
			if len(logged) != 1 || len(s.logged(models.LogActionFailed)) != row.failed || len(s.logged(models.LogLogin)) != 0 {
				t.Errorf("%d f events, %d failures", len(logged), len(s.logged(models.LogActionFailed)))
			}
		})
	}
}

func TestSeveralSuspensions(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), func(c *models.TenantConfig) { c.Forms = []models.Form{{ID: "ap_1", Name: "Profile"}} })
	again := false
	var prompt *hooks.Prompt
	s.hooks = []hooks.Hook{
		parts{name: "twice", login: sendAway, resumed: func(e *hooks.Event, api *hooks.API) error {
			if again {
				return nil
			}
			again = true
			return sendAway(e, api)
		}},
		parts{name: "form", login: func(_ *hooks.Event, api *hooks.API) error {
			return api.Prompt.Render("ap_1", nil, map[string]any{"step": 1})
		}, resumed: func(e *hooks.Event, _ *hooks.API) error {
			prompt = e.Prompt
			return nil
		}},
	}
	_, cookie := s.session()
	first := s.away(cookie, authorizationForm())
	_, u := s.back(cookie, first)
	second := u.Query().Get("state")
	if u.Host != "terms.example" || second == first {
		t.Fatalf("the second redirect goes to %s", u)
	}
	if a, _ := s.back(cookie, first); a.status != http.StatusBadRequest {
		t.Errorf("the first state is good again: %d", a.status)
	}
	_, u = s.back(cookie, second)
	third := u.Query().Get("state")
	if u.Path != "/u/form" || third == second {
		t.Fatalf("the form is at %s", u)
	}
	resume := "/authorize/resume?state=" + url.QueryEscape(third)
	if _, u := s.get(resume, cookie); u.Path != "/u/form" {
		t.Errorf("a form without an answer leads to %s", u)
	}
	err := s.store.UpdateSuspendedLogin(t.Context(), third, func(l *models.SuspendedLogin) error {
		l.Form.Answered, l.Form.Answer = true, map[string]any{"city": "Bern"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, u := s.get(resume, cookie); u.Query().Get("code") == "" {
		t.Fatalf("no code: %d %s", a.status, a.text)
	}
	want := &hooks.Prompt{ID: "ap_1", Fields: map[string]any{"city": "Bern"}, Vars: map[string]any{"step": 1.0}}
	if diff := cmp.Diff(want, prompt); diff != "" {
		t.Errorf("event.prompt (-want +got):\n%s", diff)
	}
}

func TestFormThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	s.hooks = []hooks.Hook{parts{name: "form", login: func(_ *hooks.Event, api *hooks.API) error { return api.Prompt.Render("ap_none", nil, nil) }}}
	_, cookie := s.session()
	_, u := s.authorizeWith(cookie, authorizationForm())
	if q := u.Query(); q.Get("error") != "access_denied" || q.Get("error_description") != `The form "ap_none" does not exist.` {
		t.Errorf("callback %s", u)
	}
	failures := s.logged(models.LogActionFailed)
	if len(failures) != 1 || failures[0].Details["action_name"] != "form" {
		t.Errorf("failures %v", failures)
	}
}

// TestNoBrowserToSendAway has a redirect where there is no browser, or where it must not be bothered.
func TestNoBrowserToSendAway(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	tokens := s.passwordLogin(clientSPA)
	s.hooks = []hooks.Hook{parts{name: "away", login: func(e *hooks.Event, api *hooks.API) error {
		if api.Redirect.CanRedirect() {
			t.Errorf("canRedirect is true for %s, %v", e.Transaction.Protocol, e.Request.Query)
		}
		return sendAway(e, api)
	}}}
	_, cookie := s.session()
	_, u := s.authorizeWith(cookie, authorizationForm("prompt", "none"))
	if q := u.Query(); q.Get("error") != "interaction_required" || q.Get("error_description") != "External interaction required" || q.Get("state") != "my-custom-state" {
		t.Errorf("silent: %s", u)
	}
	if len(s.logged(models.LogFailedSilentAuth)) != 1 {
		t.Error("no fsa event")
	}
	a := s.refresh(tokens.str("refresh_token"))
	if a.status != http.StatusForbidden || a.str("error") != "interaction_required" {
		t.Errorf("refresh: %d %s", a.status, a.text)
	}
	a = s.token("grant_type", "password", "client_id", clientSPA, "username", testEmail, "password", testPass)
	if a.status != http.StatusForbidden || a.str("error") != "interaction_required" {
		t.Errorf("password: %d %s", a.status, a.text)
	}
	s.hooks = nil
	if a := s.refresh(tokens.str("refresh_token")); a.status != http.StatusOK {
		t.Errorf("the refused exchange consumed the token: %d %s", a.status, a.text)
	}
}

// TestConsentBeforeARedirect has a third party's consent page come first, and not again after the redirect.
func TestConsentBeforeARedirect(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	s.hooks = []hooks.Hook{parts{name: "away", login: sendAway}}
	_, cookie := s.session()
	_, u := s.authorizeWith(cookie, authorizationForm("client_id", clientThird, "prompt", "consent"))
	id := u.Query().Get("state")
	if u.Path != "/u/consent" {
		t.Fatalf("no consent page: %s", u)
	}
	if err := s.store.DecideLoginTransaction(t.Context(), id, true); err != nil {
		t.Fatal(err)
	}
	_, u = s.get("/authorize/resume?state="+url.QueryEscape(id), cookie)
	if u.Host != "terms.example" {
		t.Fatalf("not sent away: %s", u)
	}
	if a, u := s.back(cookie, u.Query().Get("state")); u.Query().Get("code") == "" {
		t.Errorf("no code: %d %s %s", a.status, u, a.text)
	}
}

// TestAnyReplicaGoesOn has one server begin a login and another one, on the same database, go on.
func TestAnyReplicaGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		one, two := newServer(t, st), newServer(t, st)
		var claim any
		for _, s := range []*server{one, two} {
			s.hooks = []hooks.Hook{parts{name: "away", login: sendAway, resumed: func(e *hooks.Event, api *hooks.API) error {
				return api.IDToken.SetCustomClaim("answer", e.Request.Query["answer"])
			}}}
		}
		_, cookie := one.session()
		a, u := two.back(cookie, one.away(cookie, authorizationForm()), "answer", "yes")
		code := u.Query().Get("code")
		if code == "" {
			t.Fatalf("no code: %d %s", a.status, a.text)
		}
		if claim = one.claims(one.exchange(code).str("id_token"))["answer"]; claim != "yes" {
			t.Errorf("claim %v", claim)
		}
	})
}

// TestActionUnboundWhileTheLoginWaited shows that a login does not hang on an Action that is gone.
func TestActionUnboundWhileTheLoginWaited(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	s.hooks = []hooks.Hook{parts{name: "away", login: sendAway}}
	_, cookie := s.session()
	state := s.away(cookie, authorizationForm())
	s.hooks = nil
	if a, u := s.back(cookie, state); u.Query().Get("code") == "" {
		t.Errorf("no code: %d %s %s", a.status, u, a.text)
	}
}
