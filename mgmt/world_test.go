package mgmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.com/keepsake/models"
)

const issuer = "http://127.0.0.1:8080/"

var clock = time.Date(2026, 8, 2, 8, 0, 0, 123_000_000, time.UTC)

// world is an API over a store with two users, a few tokens and a session, and its server log.
type world struct {
	store   *store
	handler http.Handler
	log     *bytes.Buffer
	now     time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{store: newStore(), log: &bytes.Buffer{}, now: clock}
	api := New(Options{
		Issuer: issuer, TenantName: "acme-dev",
		RefreshTokens: w.store, Sessions: w.store, Logs: w.store, Factors: w.store, Directory: w.store,
		Verifier: verifier{audience: issuer + "api/v2/"},
		Logger:   slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:      func() time.Time { return w.now },
	})
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	api.Routes(r)
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		origin := models.Origin{IP: "192.0.2.10", UserAgent: req.UserAgent(), Hostname: "127.0.0.1"}
		r.ServeHTTP(rw, req.WithContext(models.WithOrigin(req.Context(), origin)))
	})
	return w
}

func newStore() *store {
	device := models.Device{
		InitialIP: "13.33.86.47", InitialASN: "AS13335", InitialUserAgent: "curl/7.64.1",
		LastIP: "13.33.86.48", LastASN: "AS13336", LastUserAgent: "curl/8.0",
	}
	full := &models.RefreshToken{
		ID: "rt_full", UserID: "auth0|ann", ClientID: "cli_app", SessionID: "sess_1", Audience: "https://api.example.com",
		Connection: "users", Scopes: []string{"openid", "offline_access", "read:notes"}, Device: device, Rotating: true,
		CreatedAt: clock.Add(-24 * time.Hour), LastExchangedAt: clock, IdleExpiresAt: clock.Add(360 * time.Hour), ExpiresAt: clock.Add(720 * time.Hour),
		SecretHash: models.HashSecret("never shown"), Metadata: models.Metadata{"deviceName": "Auth0's <iPhone>"},
	}
	return &store{
		tokens: map[string]*models.RefreshToken{
			"rt_full":  full,
			"rt_plain": {ID: "rt_plain", UserID: "auth0|ann", ClientID: "cli_other", Scopes: []string{"openid", "offline_access"}, CreatedAt: clock},
			"rt_bob":   {ID: "rt_bob", UserID: "auth0|bob", ClientID: "cli_app", CreatedAt: clock},
		},
		session: map[string]*models.Session{
			"sess_1": {
				ID: "sess_1", UserID: "auth0|ann", SecretHash: models.HashSecret("cookie"), Device: device,
				CreatedAt: clock, UpdatedAt: clock, AuthenticatedAt: clock, LastInteractedAt: clock, ExpiresAt: clock.Add(168 * time.Hour), IdleExpiresAt: clock.Add(72 * time.Hour),
				Clients: []string{"cli_app"}, Methods: []models.AuthMethod{{Name: "pwd", Timestamp: clock}, {Name: "mfa", Timestamp: clock, Type: "otp"}},
				Cookie: models.CookieNonPersistent, Metadata: models.Metadata{"device": "kitchen"},
			},
			"sess_2": {ID: "sess_2", UserID: "auth0|ann", CreatedAt: clock},
			"sess_3": {ID: "sess_3", UserID: "auth0|bob", CreatedAt: clock},
		},
		users: map[string]*models.User{
			"auth0|ann": {ID: "auth0|ann", Email: "ann@example.com"},
			"auth0|bob": {ID: "auth0|bob"},
		},
		clients: map[string]*models.Client{
			"cli_app": {ID: "cli_app", Name: "App"}, "cli_other": {ID: "cli_other"}, "cli_admin": {ID: "cli_admin", Name: "Admin"},
		},
		apis: map[string]*models.ResourceServer{"https://api.example.com": {Identifier: "https://api.example.com"}},
	}
}

// token returns a bearer token with the scopes, as verifier has them.
func token(scopes ...string) string {
	return "t." + strings.Join(scopes, "+")
}

// everything has every scope that any route wants.
func everything() string {
	var all []string
	for _, rt := range routes() {
		all = append(all, rt.scopes...)
	}
	return token(all...)
}

// do sends one request with every scope; set adds or changes headers ("Name: value", or "Name:" to remove one).
func (w *world) do(method, path, body string, set ...string) *recorder {
	var r *http.Request
	if body == "" {
		r = httptest.NewRequest(method, path, nil)
	} else {
		r = httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+everything())
	r.Header.Set("User-Agent", "test/1")
	for _, h := range set {
		name, value, _ := strings.Cut(h, ":")
		r.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			r.Header.Set(name, value)
		}
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

type recorder = httptest.ResponseRecorder

// scenario is one request and everything that must, and must not, come of it.
type scenario struct {
	name         string
	method, path string
	body         string
	headers      []string
	prepare      func(*world)

	status   int
	want     string // the whole body; "" leaves it to the rest
	contains []string
	absent   []string
	schema   string // of testdata/schemas.json
	writes   int    // how many calls changed the store
	check    func(*testing.T, *world, *recorder)
}

func run(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if s.prepare != nil {
				s.prepare(w)
			}
			rec := w.do(s.method, s.path, s.body, s.headers...)
			got := rec.Body.String()
			if rec.Code != s.status {
				t.Fatalf("status %d, want %d\n%s", rec.Code, s.status, got)
			}
			if s.want != "" && got != s.want {
				t.Errorf("body (-want +got):\n%s", cmp.Diff(s.want, got))
			}
			for _, part := range s.contains {
				if !strings.Contains(got, part) {
					t.Errorf("body lacks %s\n%s", part, got)
				}
			}
			for _, part := range append(s.absent, "SecretHash", "secret", "10.0.0.7") {
				if strings.Contains(got, part) {
					t.Errorf("body must not contain %s\n%s", part, got)
				}
			}
			if s.schema != "" {
				validate(t, s.schema, rec.Body.Bytes())
			}
			if w.store.writes != s.writes {
				t.Errorf("%d writes, want %d", w.store.writes, s.writes)
			}
			h := rec.Header()
			if ct, cc := h.Get("Content-Type"), h.Get("Cache-Control"); cc != "no-store" || ct != "application/json; charset=utf-8" && s.status != http.StatusNoContent {
				t.Errorf("headers: %q %q", ct, cc)
			}
			if s.check != nil {
				s.check(t, w, rec)
			}
		})
	}
}

// failure is an error's body.
func failure(status int, message, code string) string {
	s := fmt.Sprintf(`{"statusCode":%d,"error":"%s","message":"%s"`, status, http.StatusText(status), message)
	if code != "" {
		s += fmt.Sprintf(`,"errorCode":"%s"`, code)
	}
	return s + "}"
}

// validate checks JSON against one of Auth0's published schemas.
func validate(t *testing.T, name string, b []byte) {
	t.Helper()
	f, err := os.Open("testdata/schemas.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schemas.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schemas.json#/components/schemas/" + name)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("%s: %v\n%s", name, err, b)
	}
}

// decode reads a body into a generic value.
func decode(t *testing.T, rec *recorder) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil {
		t.Fatalf("%v\n%s", err, rec.Body)
	}
	return m
}
