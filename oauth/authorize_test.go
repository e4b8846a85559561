package oauth

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

func decodeHeader(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAuthorizeErrors(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, cookie := s.session()
		for _, tt := range []struct {
			name        string
			change      []string // pairs; "" deletes
			page        string   // shown, not redirected
			code, descr string   // redirected
		}{
			{name: "unknown client", change: []string{"client_id", "nobody"}, page: "page: invalid_request: Unknown client: nobody"},
			{name: "callback mismatch", change: []string{"redirect_uri", "https://evil.example/"}, page: "page: invalid_request: Callback URL mismatch. https://evil.example/ is not in the list of allowed callback URLs"},
			{name: "callback with more path", change: []string{"redirect_uri", callback + "/more"}, page: "page: invalid_request: Callback URL mismatch. " + callback + "/more is not in the list of allowed callback URLs"},
			{name: "client without the grant", change: []string{"client_id", clientM2M}, page: "page: invalid_request: Callback URL mismatch. " + callback + " is not in the list of allowed callback URLs"},
			{name: "implicit", change: []string{"response_type", "token"}, code: "unsupported_response_type"},
			{name: "no response_type", change: []string{"response_type", ""}, code: "invalid_request", descr: "Missing required parameter: response_type"},
			{name: "unknown response_mode", change: []string{"response_mode", "pigeon"}, page: "page: unsupported_response_mode"},
			{name: "request object", change: []string{"request", "eyJ.eyJ.x"}, page: "page: invalid_request: The parameter request is not supported."},
			{name: "public client without PKCE", change: []string{"code_challenge", "", "code_challenge_method", ""}, code: "invalid_request", descr: "Missing required parameter: code_challenge"},
			{name: "PKCE plain", change: []string{"code_challenge_method", "plain"}, code: "invalid_request", descr: "The code_challenge_method must be S256."},
			{name: "PKCE without method", change: []string{"code_challenge_method", ""}, code: "invalid_request", descr: "The code_challenge_method must be S256."},
			{name: "unknown audience", change: []string{"audience", "https://nowhere.example"}, code: "access_denied", descr: "Service not found: https://nowhere.example"},
			{name: "prompt none with login", change: []string{"prompt", "none login"}, code: "invalid_request", descr: "prompt=none can't be combined with other values"},
			{name: "bad max_age", change: []string{"max_age", "soon"}, code: "invalid_request", descr: "max_age must be a number of seconds"},
			{name: "unknown organization", change: []string{"organization", "nowhere"}, code: "invalid_request", descr: "invalid organization: nowhere"},
			{name: "organization of others", change: []string{"organization", "other"}, code: "access_denied", descr: "user " + testUser + " is not part of the org_other organization"},
			{name: "client without organizations", change: []string{"client_id", clientWeb, "organization", "acme"}, code: "invalid_request", descr: "parameter organization is not allowed for this client"},
			{name: "unknown connection", change: []string{"connection", "nowhere"}, code: "invalid_request", descr: "the connection is not enabled"},
		} {
			v := authorizationForm()
			for i := 0; i < len(tt.change); i += 2 {
				if v.Set(tt.change[i], tt.change[i+1]); tt.change[i+1] == "" {
					v.Del(tt.change[i])
				}
			}
			a, u := s.authorizeWith(cookie, v)
			switch {
			case tt.page != "" && (a.status < 400 || !strings.HasPrefix(a.text, tt.page) || u.String() != ""):
				t.Errorf("%s: %d %q to %q, want the page %q", tt.name, a.status, a.text, u, tt.page)
			case tt.page != "":
			case u.Query().Get("error") != tt.code || (tt.descr != "" && u.Query().Get("error_description") != tt.descr):
				t.Errorf("%s: redirected to %q, want %s %q", tt.name, u, tt.code, tt.descr)
			case u.Query().Get("state") != "my-custom-state" || u.Query().Get("iss") != testIssuer || !strings.HasPrefix(u.String(), callback+"?"):
				t.Errorf("%s: redirected to %q", tt.name, u)
			}
		}
	})
}

func TestAuthorizeParametersOnlyOnce(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		a, u := s.get("/authorize?"+authorizationForm().Encode()+"&scope=openid", "")
		if a.status != http.StatusBadRequest || u.String() != "" {
			t.Errorf("%d %s to %s", a.status, a.text, u)
		}
	})
}

func TestAuthorizeStoresNoLongQueries(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		a, u := s.authorizeWith("", authorizationForm("ext-more", strings.Repeat("x", maxQuery)))
		if a.status != http.StatusBadRequest || u.String() != "" || !strings.Contains(a.text, "The parameters are too long.") {
			t.Errorf("%d %s to %s", a.status, a.text, u)
		}
	})
}

func TestAuthorizeAnswers(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, cookie := s.session()
		for mode, separator := range map[string]string{"": "?", "query": "?", "fragment": "#"} {
			v := authorizationForm("response_mode", mode)
			if mode == "" {
				v.Del("response_mode")
			}
			a, u := s.authorizeWith(cookie, v)
			if a.status != http.StatusSeeOther || !strings.HasPrefix(u.String(), callback+separator) {
				t.Errorf("%q: %d %s", mode, a.status, u)
			}
		}
		a, _ := s.authorizeWith(cookie, authorizationForm("response_mode", "form_post", "state", `"><script>`))
		if a.status != http.StatusOK || !strings.Contains(a.text, `action="`+callback+`"`) || !strings.Contains(a.text, `name="iss"`) || strings.Contains(a.text, `"><script>`) {
			t.Errorf("form_post: %d %s", a.status, a.text)
		}
		// Neither state nor redirect_uri is needed (contract 5.1); an answer without a state has none.
		v := authorizationForm("scope", "read:notes")
		v.Del("state")
		v.Del("redirect_uri")
		_, u := s.authorizeWith(cookie, v)
		if u.Query().Get("code") == "" || u.Query().Has("state") {
			t.Errorf("without state and redirect_uri: %s", u)
		}
		if a := s.token("grant_type", "authorization_code", "client_id", clientSPA, "code", u.Query().Get("code"), "code_verifier", verifier); a.status != http.StatusOK {
			t.Errorf("and its exchange: %d %s", a.status, a.text)
		}
	})
}

func TestLoginIsAskedForWhenNeeded(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, cookie := s.session()
		s.clock.advance(time.Minute)
		for _, tt := range []struct {
			name   string
			cookie string
			form   url.Values
			login  bool
			code   string
		}{
			{"no session", "", authorizationForm(), true, ""},
			{"no session, silently", "", authorizationForm("prompt", "none"), false, "login_required"},
			{"a session", cookie, authorizationForm(), false, ""},
			{"a session, silently", cookie, authorizationForm("prompt", "none"), false, ""},
			{"a login on purpose", cookie, authorizationForm("prompt", "login"), true, ""},
			{"too old", cookie, authorizationForm("max_age", "59"), true, ""},
			{"too old, silently", cookie, authorizationForm("max_age", "59", "prompt", "none"), false, "login_required"},
			{"not too old", cookie, authorizationForm("max_age", "60"), false, ""},
			{"consent, silently", cookie, authorizationForm("client_id", clientThird, "prompt", "none"), false, "consent_required"},
		} {
			_, u := s.authorizeWith(tt.cookie, tt.form)
			if got := strings.HasPrefix(u.String(), "/u/login?state="); got != tt.login || u.Query().Get("error") != tt.code {
				t.Errorf("%s: %s", tt.name, u)
			}
		}
		if ok, failed := len(s.logged(models.LogSilentAuth)), len(s.logged(models.LogFailedSilentAuth)); ok != 1 || failed != 3 {
			t.Errorf("%d ssa, %d fsa; want 1, 3", ok, failed)
		}
	})
}

// login plays the login page: it signs in within the transaction and returns the session's cookie.
func (s *server) login(transaction string) string {
	s.t.Helper()
	session, cookie := s.session()
	if err := s.store.AuthenticateLoginTransaction(s.t.Context(), transaction, session.ID, s.clock.Now()); err != nil {
		s.t.Fatal(err)
	}
	return cookie
}

func TestResume(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, u := s.authorizeWith("", authorizationForm("prompt", "login"))
		id := u.Query().Get("state")
		resume := resumePath + "?state=" + url.QueryEscape(id)
		_, other := s.session()
		if _, u := s.get(resume, other); !strings.HasPrefix(u.String(), "/u/login") {
			t.Errorf("a session of before does for prompt=login: %s", u)
		}
		cookie := s.login(id)
		if _, u := s.get(resume, other); !strings.HasPrefix(u.String(), "/u/login") {
			t.Errorf("another session finished the login: %s", u)
		}
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, resume, nil)
		r.Header.Set("X-Foreign", "yes")
		r.AddCookie(&http.Cookie{Name: testCookie, Value: cookie})
		if a := s.do(r); a.status != http.StatusBadRequest {
			t.Errorf("another browser finished the login: %d %s", a.status, a.text)
		}
		_, u = s.get(resume, cookie)
		if u.Query().Get("code") == "" {
			t.Fatalf("no code: %s", u)
		}
		if a, u := s.get(resume, cookie); a.status != http.StatusBadRequest || u.String() != "" {
			t.Errorf("a login finished twice: %d %s", a.status, u)
		}
	})
}

func TestConsent(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, cookie := s.session()
		v := authorizationForm("client_id", clientThird)
		ask := func(v url.Values) string {
			t.Helper()
			_, u := s.authorizeWith(cookie, v)
			if !strings.HasPrefix(u.String(), "/u/consent?state=") {
				t.Fatalf("not asked: %s", u)
			}
			return u.Query().Get("state")
		}
		decide := func(id string, yes bool) *url.URL {
			t.Helper()
			if err := s.store.DecideLoginTransaction(t.Context(), id, yes); err != nil {
				t.Fatal(err)
			}
			_, u := s.get(resumePath+"?state="+url.QueryEscape(id), cookie)
			return u
		}
		if u := decide(ask(v), false); u.Query().Get("error") != "access_denied" || u.Query().Get("error_description") != "User did not authorize the request" {
			t.Errorf("declined: %s", u)
		}
		if u := decide(ask(v), true); u.Query().Get("code") == "" {
			t.Errorf("accepted: %s", u)
		}
		if _, u := s.authorizeWith(cookie, v); u.Query().Get("code") == "" {
			t.Errorf("asked again for the same: %s", u)
		}
		v.Set("scope", "openid read:notes write:notes")
		ask(v)
		ask(authorizationForm("prompt", "consent"))
	})
}

func TestHookFailureGoesToTheCallback(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		_, cookie := s.session()
		s.hook(func(_ *hooks.Event, api *hooks.API) error { return api.RefreshToken.SetMetadata("not allowed", "x") })
		_, u := s.authorizeWith(cookie, authorizationForm())
		const message = "Failed to set refresh token metadata: Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens"
		want := url.Values{"error": {"access_denied"}, "error_description": {message}, "state": {"my-custom-state"}, "iss": {testIssuer}}
		if d := cmp.Diff(want, u.Query()); d != "" {
			t.Errorf("callback (-want +got):\n%s", d)
		}
		logs := s.logged(models.LogFailedLogin)
		if len(logs) != 1 || logs[0].Description != message {
			t.Fatalf("f: %+v", logs)
		}
		sample := map[string]any{"error": "access_denied", "error_description": message, "state": "my-custom-state"}
		if d := cmp.Diff(sample, logs[0].Details["response"]); d != "" {
			t.Errorf("f, details.response (-want +got):\n%s", d)
		}
		failed := s.logged(models.LogActionFailed)
		if len(failed) != 1 {
			t.Fatalf("%d actions_execution_failed events, want 1", len(failed))
		}
		// All of these are required by Auth0's schema of the event.
		details := map[string]any{
			"action_id": "", "action_name": "test", "binding_id": "", "version_id": "0", "trigger_id": "post-login", "execution_id": logs[0].ID,
			"error_class": "action_error", "action_error": map[string]any{"name": "Error", "message": message, "code": "", "stack": ""},
		}
		if d := cmp.Diff(details, failed[0].Details); d != "" {
			t.Errorf("actions_execution_failed, details (-want +got):\n%s", d)
		}
		s.hook(func(*hooks.Event, *hooks.API) error { return errors.New("line one\nline two") })
		if _, u := s.authorizeWith(cookie, authorizationForm()); u.Query().Get("error_description") != "line one line two" {
			t.Errorf("control characters: %s", u)
		}
	})
}
