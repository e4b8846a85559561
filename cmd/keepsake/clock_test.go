package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// clockServer is a server with the demo tenant and a manual clock.
type clockServer struct {
	*running
	t *testing.T
}

func startClockServer(t *testing.T) *clockServer {
	t.Helper()
	return &clockServer{startApp(t, mustOpenAppWith(t, t.TempDir(), map[string]string{"KEEPSAKE_CLOCK": "manual", "KEEPSAKE_LOG_LEVEL": "error"})), t}
}

func (s *clockServer) post(path, contentType, body string) (int, map[string]any) {
	s.t.Helper()
	resp, err := http.Post(s.issuer+path, contentType, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var answer map[string]any
	if err := json.Unmarshal(text, &answer); err != nil {
		s.t.Fatalf("POST %s: %d %s", path, resp.StatusCode, text)
	}
	return resp.StatusCode, answer
}

func (s *clockServer) token(pairs ...string) (int, map[string]any) {
	s.t.Helper()
	form := url.Values{"client_id": {demoWebClient}, "client_secret": {demoSecrets[demoWebClient]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return s.post("oauth/token", "application/x-www-form-urlencoded", form.Encode())
}

func (s *clockServer) login() map[string]any {
	s.t.Helper()
	status, answer := s.token("grant_type", "password", "username", "alice@example.com", "password", "alice-demo-password",
		"audience", demoAudience, "scope", "openid offline_access")
	if status != http.StatusOK {
		s.t.Fatalf("login: %d %v", status, answer)
	}
	return answer
}

func (s *clockServer) advance(d string) {
	s.t.Helper()
	if status, answer := s.post("keepsake/clock", "application/json", `{"advance":"`+d+`"}`); status != http.StatusOK {
		s.t.Fatalf("advance: %d %v", status, answer)
	}
}

// TestManualClock: what expires, expires by the clock; what is written, has its time.
func TestManualClock(t *testing.T) {
	t.Parallel()
	s := startClockServer(t)
	start := s.settings.Clock.Now()
	first := s.login()
	claims := claimsOf(first["access_token"].(string))
	if claims["iat"] != float64(start.Unix()) || claims["exp"] != float64(start.Add(time.Hour).Unix()) {
		t.Errorf("iat %v, exp %v at %d", claims["iat"], claims["exp"], start.Unix())
	}
	userinfo := func(token string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.issuer+"userinfo", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if status := userinfo(first["access_token"].(string)); status != http.StatusOK {
		t.Errorf("a fresh access token: %d", status)
	}

	s.advance("36h")
	if status := userinfo(first["access_token"].(string)); status != http.StatusUnauthorized {
		t.Errorf("an access token that has expired: %d", status)
	}
	status, second := s.token("grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string))
	if status != http.StatusOK {
		t.Fatalf("refresh after 36 hours: %d %v", status, second)
	}
	if iat := claimsOf(second["access_token"].(string))["iat"]; iat != float64(start.Add(36*time.Hour).Unix()) {
		t.Errorf("iat %v after 36 hours", iat)
	}

	s.advance("14d")
	status, third := s.token("grant_type", "refresh_token", "refresh_token", second["refresh_token"].(string))
	if status != http.StatusOK {
		t.Fatalf("within the idle lifetime: %d %v", status, third)
	}
	s.advance("15d")
	if status, answer := s.token("grant_type", "refresh_token", "refresh_token", third["refresh_token"].(string)); status != http.StatusForbidden || answer["error"] != "invalid_grant" {
		t.Errorf("after the idle lifetime: %d %v", status, answer)
	}
	if _, body := get(t, s.issuer+"keepsake/clock"); !strings.Contains(body, start.Add(36*time.Hour+29*24*time.Hour).Format("2006-01-02T15:04:05")) {
		t.Errorf("the clock says %s", body)
	}
}

func TestClockRefuses(t *testing.T) {
	t.Parallel()
	s := startClockServer(t)
	before := s.settings.Clock.Now()
	for name, body := range map[string]string{
		"a time that goes back": `{"advance":"-1h"}`, "no time": `{"advance":"0s"}`, "too far": `{"advance":"200000h"}`, "no length": `{"advance":"later"}`,
		"no advance": `{}`, "another member": `{"advance":"1h","x":1}`, "no JSON": `advance=1h`, "nothing": "",
	} {
		if status, answer := s.post("keepsake/clock", "application/json", body); status != http.StatusBadRequest || answer["error"] == "" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	for name, change := range map[string]func(*http.Request){
		"another machine":      func(r *http.Request) { r.RemoteAddr = "192.0.2.1:4711" },
		"a page in a browser":  func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") },
		"a name that is ours":  func(r *http.Request) { r.Host = "rebound.example.com" },
		"a proxy":              func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") },
		"an address of no one": func(r *http.Request) { r.RemoteAddr = "@" },
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080/keepsake/clock", strings.NewReader(`{"advance":"1h"}`))
		r.RemoteAddr = "127.0.0.1:4711"
		change(r)
		w := httptest.NewRecorder()
		(&clockRoutes{clock: s.settings.Clock, logger: s.logger}).serve(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if now := s.settings.Clock.Now(); !now.Equal(before) {
		t.Errorf("the clock went from %s to %s", before, now)
	}
}

func TestNoClockUnlessAsked(t *testing.T) {
	t.Parallel()
	r := startApp(t, mustOpenApp(t, t.TempDir()))
	if status, _ := get(t, r.issuer+"keepsake/clock"); status != http.StatusNotFound {
		t.Errorf("GET /keepsake/clock: %d", status)
	}
}

func TestCheckClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		flags  serveFlags
		manual bool
		want   string // in the problem
	}{
		{"real", serveFlags{Clock: "real", Listen: "0.0.0.0:80"}, false, ""},
		{"manual on loopback", serveFlags{Clock: "manual", Listen: "127.0.0.1:80", DatabaseURL: "sqlite:a.db"}, true, ""},
		{"manual for all the world", serveFlags{Clock: "manual", Listen: "0.0.0.0:80", DatabaseURL: "sqlite:a.db"}, true, "--clock"},
		{"manual with PostgreSQL", serveFlags{Clock: "manual", Listen: "[::1]:80", DatabaseURL: "postgres://a@b/c"}, true, "--force-manual-clock"},
		{"forced with PostgreSQL", serveFlags{Clock: "manual", Listen: "localhost:80", DatabaseURL: "postgres://a@b/c", ForceManualClock: true}, true, ""},
		{"another word", serveFlags{Clock: "sundial"}, false, `"sundial" is not one of real, manual`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &checker{}
			s := &settings{Listen: tt.flags.Listen}
			if tt.flags.DatabaseURL != "" {
				s.Database = checkDatabase(c, tt.flags.DatabaseURL)
			}
			manual := checkClock(c, s, tt.flags.Clock, tt.flags.ForceManualClock)
			problems := strings.Join(c.problems, "\n")
			if manual != tt.manual || (tt.want == "") != (problems == "") || !strings.Contains(problems, tt.want) {
				t.Errorf("manual %v, problems %q", manual, problems)
			}
		})
	}
}
