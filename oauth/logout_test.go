package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

const (
	logoutHome  = "https://app.example.com/"
	logoutQuery = "https://app.example.com/bye?from=id&x=%20"
)

// logoutBrowser is a browser that is, or is not, signed in, and shows pages as text.
type logoutBrowser struct {
	Browser
	session *models.Session
	err     error
}

func (b *logoutBrowser) Session(*http.Request) (*models.Session, error) {
	if b.err != nil {
		return nil, b.err
	}
	if b.session == nil {
		return nil, fmt.Errorf("cookie: %w", models.ErrNotFound)
	}
	return b.session, nil
}

func (b *logoutBrowser) Forget(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "keepsake", MaxAge: -1})
}

func (b *logoutBrowser) Error(w http.ResponseWriter, _ *http.Request, status int, code, description string) {
	w.WriteHeader(status)
	_, _ = w.Write([]byte(code + ": " + description))
}

func (b *logoutBrowser) SignedOut(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("signed out"))
}

func adasSession() *models.Session {
	return &models.Session{ID: "sess_1", UserID: "auth0|1", Connection: "users", Metadata: models.Metadata{"device": "kiosk"}}
}

// logoutServer is a server at which Ada is signed in.
func logoutServer() (*Server, *fewPeople, *logoutBrowser) {
	c := withKeys(rsaTestKey(), ecTestKey())
	c.clients = map[string]*models.Client{
		"app":   {ID: "app", Name: "The App", AllowedLogoutURLs: []string{logoutHome, logoutQuery}},
		"other": {ID: "other", Name: "Another", AllowedLogoutURLs: []string{"https://other.example.com/"}},
	}
	c.connections = map[string]*models.Connection{"users": {ID: "con_1", Name: "users", Strategy: models.StrategyDatabase}}
	s := keyServer(c)
	people, browser := &fewPeople{users: map[string]*models.User{"auth0|1": ada()}}, &logoutBrowser{session: adasSession()}
	s.people, s.browser = people, browser
	return s, people, browser
}

type logoutRow struct {
	name   string
	params url.Values
	status int
	// to is the Location, body the page.
	to, body string
}

// check asserts the whole answer, and that a refused request ended nothing.
func (row logoutRow) check(t *testing.T, w *httptest.ResponseRecorder, people *fewPeople) {
	t.Helper()
	if w.Code != row.status || w.Header().Get("Location") != row.to || w.Body.String() != row.body {
		t.Errorf("%d to %q: %q, want %d to %q: %q", w.Code, w.Header().Get("Location"), w.Body, row.status, row.to, row.body)
	}
	var want []string
	cookie := ""
	if row.status < 400 {
		want, cookie = []string{"sess_1"}, "keepsake=; Max-Age=0"
	}
	if diff := cmp.Diff(want, people.ended); diff != "" {
		t.Errorf("sessions ended: %s", diff)
	}
	if len(people.logs) != len(want) {
		t.Errorf("%d log events", len(people.logs))
	}
	if got := w.Header().Get("Set-Cookie"); got != cookie {
		t.Errorf("Set-Cookie %q, want %q", got, cookie)
	}
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	refused := func(u string) string {
		return `invalid_request: The "returnTo" querystring parameter "` + u + `" is not defined as a valid URL in "Allowed Logout URLs".`
	}
	for _, row := range []logoutRow{
		{"nothing asked for", nil, http.StatusOK, "", "signed out"},
		{"a client, no returnTo", url.Values{"client_id": {"app"}}, http.StatusOK, "", "signed out"},
		{"a registered returnTo", url.Values{"client_id": {"app"}, "returnTo": {logoutHome}}, http.StatusFound, logoutHome, ""},
		{"a registered returnTo with a query", url.Values{"client_id": {"app"}, "returnTo": {logoutQuery}}, http.StatusFound, logoutQuery, ""},
		{"federated has no effect", url.Values{"client_id": {"app"}, "returnTo": {logoutHome}, "federated": {""}}, http.StatusFound, logoutHome, ""},
		{"another address", url.Values{"client_id": {"app"}, "returnTo": {"https://evil.example.com/"}}, http.StatusBadRequest, "",
			refused("https://evil.example.com/")},
		{"a registered address and more", url.Values{"client_id": {"app"}, "returnTo": {logoutHome + "@evil.example.com"}}, http.StatusBadRequest, "",
			refused(logoutHome + "@evil.example.com")},
		{"another client's address", url.Values{"client_id": {"other"}, "returnTo": {logoutHome}}, http.StatusBadRequest, "", refused(logoutHome)},
		{"no client", url.Values{"returnTo": {logoutHome}}, http.StatusBadRequest, "", refused(logoutHome)},
		{"an unknown client", url.Values{"client_id": {"ghost"}}, http.StatusBadRequest, "", "invalid_request: Unknown client: ghost"},
		{"returnTo twice", url.Values{"client_id": {"app"}, "returnTo": {logoutHome, "https://evil.example.com/"}}, http.StatusBadRequest, "",
			"invalid_request: Parameter 'returnTo' was included more than once."},
		{"a header in the address", url.Values{"client_id": {"app"}, "returnTo": {logoutHome + "\r\nX: y"}}, http.StatusBadRequest, "",
			refused(logoutHome + "  X: y")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, people, _ := logoutServer()
			w := httptest.NewRecorder()
			s.serveLogout(w, httptest.NewRequest(http.MethodGet, "/v2/logout?"+row.params.Encode(), nil))
			row.check(t, w, people)
		})
	}
}

func TestOIDCLogout(t *testing.T) {
	t.Parallel()
	s, _, _ := logoutServer()
	hint := func(changes map[string]any) string {
		claims := map[string]any{
			"iss": keyIssuer, "sub": "auth0|1", "aud": "app", "sid": "sess_1", "iat": keyTime.Unix(), "exp": keyTime.Add(time.Hour).Unix(),
		}
		for name, v := range changes {
			claims[name] = v
		}
		return mustSign(t, s.keys, models.RS256, typJWT, claims)
	}
	good := hint(nil)
	refused := func(u string) string {
		return `invalid_request: The "post_logout_redirect_uri" parameter "` + u + `" is not defined as a valid URL in "Allowed Logout URLs".`
	}
	params := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	const uri, token = "post_logout_redirect_uri", "id_token_hint"
	const evil = "https://evil.example.com/"
	for _, row := range []logoutRow{
		{"nothing asked for", nil, http.StatusOK, "", "signed out"},
		{"a hint", params(token, good), http.StatusOK, "", "signed out"},
		{"a hint and an address", params(token, good, uri, logoutHome), http.StatusFound, logoutHome, ""},
		{"an expired hint", params(token, hint(map[string]any{"exp": 1, "iat": 0}), uri, logoutHome), http.StatusFound, logoutHome, ""},
		{"a hint without sid", params(token, hint(map[string]any{"sid": ""}), uri, logoutHome), http.StatusFound, logoutHome, ""},
		{"state comes back", params(token, good, uri, logoutHome, "state", "a b&c=d"), http.StatusFound, logoutHome + "?state=a+b%26c%3Dd", ""},
		{"state behind a query", params(token, good, uri, logoutQuery, "state", "s"), http.StatusFound, logoutQuery + "&state=s", ""},
		{"a client and its address", params("client_id", "app", uri, logoutHome, "state", "s"), http.StatusFound, logoutHome + "?state=s", ""},
		{"a hint and its client", params("client_id", "app", token, good, uri, logoutHome), http.StatusFound, logoutHome, ""},
		{"logout_hint is not needed", params("client_id", "app", "logout_hint", "sess_9", uri, logoutHome), http.StatusFound, logoutHome, ""},

		{"an address that nobody vouches for", params(uri, logoutHome, "state", "s"), http.StatusOK, "", "signed out"},
		{"a hint that is no token", params(token, "garbage", uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a hint of another server", params(token, hint(map[string]any{"iss": evil}), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a hint about another user", params(token, hint(map[string]any{"sub": "auth0|2"}), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a hint about another session", params(token, hint(map[string]any{"sid": "sess_9"}), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a hint for two audiences", params(token, hint(map[string]any{"aud": []string{"app", "other"}}), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a hint that another key signed", params(token, good[:strings.LastIndex(good, ".")+1]+strings.Repeat("A", 342), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"an access token as a hint", params(token, mustSign(t, s.keys, models.RS256, typJWT, accessClaims(nil)), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a token for one API as a hint", params(token, hint(map[string]any{"aud": keyAudience}), uri, logoutHome), http.StatusOK, "", "signed out"},
		{"a hint in vain, but a client", params(token, "garbage", "client_id", "app", uri, logoutHome), http.StatusFound, logoutHome, ""},

		{"another address", params(token, good, uri, evil), http.StatusBadRequest, "", refused(evil)},
		{"another address of a client", params("client_id", "app", uri, evil), http.StatusBadRequest, "", refused(evil)},
		{"another client's address", params(token, good, uri, "https://other.example.com/"), http.StatusBadRequest, "", refused("https://other.example.com/")},
		{"a hint of another client", params("client_id", "other", token, good, uri, "https://other.example.com/"), http.StatusBadRequest, "",
			"invalid_request: The id_token_hint was not issued to the client of client_id."},
		{"an unknown client", params("client_id", "ghost", uri, logoutHome), http.StatusBadRequest, "", "invalid_request: Unknown client: ghost"},
		{"state twice", params(token, good, uri, logoutHome, "state", "a", "state", "b"), http.StatusBadRequest, "",
			"invalid_request: Parameter 'state' was included more than once."},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, people, _ := logoutServer()
			w := httptest.NewRecorder()
			s.serveOIDCLogout(w, httptest.NewRequest(http.MethodGet, "/oidc/logout?"+row.params.Encode(), nil))
			row.check(t, w, people)

			s, people, _ = logoutServer()
			r := httptest.NewRequest(http.MethodPost, "/oidc/logout", strings.NewReader(row.params.Encode()))
			r.Header.Set("Content-Type", typeForm)
			w = httptest.NewRecorder()
			s.serveOIDCLogout(w, r)
			if row.status == http.StatusFound {
				row.status = http.StatusSeeOther
			}
			row.check(t, w, people)
		})
	}
}

func TestLogoutWithoutSession(t *testing.T) {
	t.Parallel()
	s, people, browser := logoutServer()
	browser.session = nil
	hint := mustSign(t, s.keys, models.RS256, typJWT, map[string]any{"iss": keyIssuer, "sub": "auth0|1", "aud": "app", "sid": "sess_0"})
	params := url.Values{"post_logout_redirect_uri": {logoutHome}, "id_token_hint": {hint}}
	w := httptest.NewRecorder()
	s.serveOIDCLogout(w, httptest.NewRequest(http.MethodGet, "/oidc/logout?"+params.Encode(), nil))
	if w.Code != http.StatusFound || w.Header().Get("Location") != logoutHome {
		t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	w = httptest.NewRecorder()
	s.serveLogout(w, httptest.NewRequest(http.MethodGet, "/v2/logout", nil))
	if w.Code != http.StatusOK || w.Body.String() != "signed out" {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if len(people.ended) > 0 || len(people.logs) > 0 {
		t.Errorf("ended %q, logged %d events", people.ended, len(people.logs))
	}
}

func TestLogoutLog(t *testing.T) {
	t.Parallel()
	origin := models.Origin{IP: "203.0.113.7", UserAgent: "test", Hostname: "id.example.com"}
	named := models.LogEvent{
		Date: keyTime, Type: "slo", Description: "User successfully logged out", ClientID: "app", ClientName: "The App",
		UserID: "auth0|1", UserName: "ada@example.com", Connection: "users", ConnectionID: "con_1", Strategy: "auth0", StrategyType: "database",
		Origin: origin, Details: map[string]any{
			"session_id": "sess_1", "initiated_by": "rp-logout", "return_to": logoutHome,
			"allowed_logout_url": []string{logoutHome, logoutQuery}, "session_metadata": models.Metadata{"device": "kiosk"},
		},
	}
	bare := models.LogEvent{
		Date: keyTime, Type: "slo", Description: "User successfully logged out", UserID: "auth0|1", Origin: origin,
		Details: map[string]any{"session_id": "sess_1", "initiated_by": "rp-logout"},
	}
	for _, row := range []struct {
		name   string
		target string
		change func(*Server, *fewPeople, *logoutBrowser)
		want   models.LogEvent
	}{
		{"everything known", "/v2/logout?client_id=app&returnTo=" + url.QueryEscape(logoutHome), func(*Server, *fewPeople, *logoutBrowser) {}, named},
		{"user and connection deleted, no client", "/v2/logout", func(s *Server, p *fewPeople, b *logoutBrowser) {
			p.users, s.config.(*keyConfig).connections, b.session.Metadata = nil, nil, nil
		}, bare},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, people, browser := logoutServer()
			row.change(s, people, browser)
			r := httptest.NewRequest(http.MethodGet, row.target, nil)
			s.serveLogout(httptest.NewRecorder(), r.WithContext(models.WithOrigin(r.Context(), origin)))
			if len(people.logs) != 1 {
				t.Fatalf("%d log events", len(people.logs))
			}
			got := *people.logs[0]
			if len(got.ID) != 55 {
				t.Errorf("log_id %q", got.ID)
			}
			row.want.ID = got.ID
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLogoutFailures(t *testing.T) {
	t.Parallel()
	down := errors.New("dial tcp 10.0.0.7")
	for _, row := range []struct {
		name   string
		change func(*Server, *fewPeople, *logoutBrowser)
		status int
	}{
		{"the session can't be read", func(_ *Server, _ *fewPeople, b *logoutBrowser) { b.err = down }, http.StatusInternalServerError},
		{"the client can't be read", func(s *Server, _ *fewPeople, _ *logoutBrowser) { s.config.(*keyConfig).err = down }, http.StatusInternalServerError},
		{"the user can't be read", func(_ *Server, p *fewPeople, _ *logoutBrowser) { p.err = down }, http.StatusInternalServerError},
		{"the session can't be ended", func(_ *Server, p *fewPeople, _ *logoutBrowser) { p.endErr = down }, http.StatusInternalServerError},
		{"the session ended in the meantime", func(_ *Server, p *fewPeople, _ *logoutBrowser) { p.endErr = models.ErrNotFound }, http.StatusFound},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/v2/logout?client_id=app&returnTo=", "/oidc/logout?client_id=app&post_logout_redirect_uri="} {
				s, people, browser := logoutServer()
				row.change(s, people, browser)
				serve := s.serveLogout
				if strings.HasPrefix(path, "/oidc") {
					serve = s.serveOIDCLogout
				}
				w := httptest.NewRecorder()
				serve(w, httptest.NewRequest(http.MethodGet, path+url.QueryEscape(logoutHome), nil))
				if w.Code != row.status || strings.Contains(w.Body.String(), "10.0.0.7") {
					t.Errorf("%s: %d %s, want %d", path, w.Code, w.Body, row.status)
				}
				// A browser that is still signed in must not look as if it were not.
				if forgotten := w.Header().Get("Set-Cookie") != ""; forgotten != (row.status < 400) {
					t.Errorf("%s: cookie removed: %v", path, forgotten)
				}
			}
		})
	}
}
