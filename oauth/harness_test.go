package oauth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/mfa"
	"example.com/keepsake/models/password"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// The tenant of the tests.
const (
	testIssuer  = "https://keepsake.test/"
	testAPI     = "https://api.example.com"
	clientSPA   = "spa-client"
	clientWeb   = "web-client"
	clientKeep  = "keeping-client" // does not rotate
	clientM2M   = "m2m-client"
	clientThird = "third-party-client"
	testSecret  = "a-secret-of-the-test-client-0123456789"
	testUser    = "auth0|507f1f77bcf86cd799439020"
	testEmail   = "alice@example.com"
	testPass    = "correct horse battery staple"
	testOrg     = "org_acme"
	callback    = "https://app.example.com/callback"
	verifier    = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

var testKeys = sync.OnceValue(func() []models.SigningKey {
	var keys []models.SigningKey
	for _, alg := range []string{models.RS256, models.ES256} {
		k, err := GenerateSigningKey(alg, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			panic(err)
		}
		keys = append(keys, k)
	}
	return keys
})

var testHash = sync.OnceValue(func() string {
	h, err := testHasher().Hash(context.Background(), testPass)
	if err != nil {
		panic(err)
	}
	return h
})

// testHasher is a cheap one.
func testHasher() *password.Hasher {
	return password.NewHasher(password.Options{Cost: password.Cost{Memory: 8, Passes: 1, Lanes: 1}})
}

// tenantConfig is a fresh copy of the tests' tenant. Tests change it before they start a server.
func tenantConfig() *models.TenantConfig {
	user := []string{models.GrantAuthorizationCode, models.GrantRefreshToken, models.GrantPassword, models.GrantPasswordRealm}
	policy := models.RefreshTokenPolicy{
		Rotating: true, Expiring: true, Lifetime: models.DefaultTokenLifetime, IdleLifetime: models.DefaultIdleTokenLifetime,
	}
	keeping := policy
	keeping.Rotating = false
	return &models.TenantConfig{
		HasTenant: true,
		Tenant:    models.Tenant{ID: "test", DefaultDirectory: "Users", OAuthErrors: models.OAuthErrorsAuth0},
		Clients: []models.Client{
			{ID: clientSPA, Name: "SPA", TokenEndpointAuthMethod: models.AuthMethodNone, GrantTypes: user, Callbacks: []string{callback, "http://127.0.0.1/callback"}, FirstParty: true, OrganizationUsage: "allow", RefreshToken: policy, Metadata: map[string]string{models.MetadataTokenID: "true"}},
			{ID: clientWeb, Name: "Web", TokenEndpointAuthMethod: models.AuthMethodSecretPost, SecretHash: models.HashSecret(testSecret), GrantTypes: user, Callbacks: []string{callback}, AllowedLogoutURLs: []string{"https://app.example.com/bye"}, FirstParty: true, RefreshToken: policy},
			{ID: clientKeep, Name: "Keep", TokenEndpointAuthMethod: models.AuthMethodSecretPost, SecretHash: models.HashSecret(testSecret), GrantTypes: user, Callbacks: []string{callback}, FirstParty: true, RefreshToken: keeping},
			{ID: clientM2M, Name: "Machine", TokenEndpointAuthMethod: models.AuthMethodSecretPost, SecretHash: models.HashSecret(testSecret), GrantTypes: []string{models.GrantClientCredentials}, FirstParty: true, RefreshToken: policy},
			{ID: clientThird, Name: "Third", TokenEndpointAuthMethod: models.AuthMethodSecretPost, SecretHash: models.HashSecret(testSecret), GrantTypes: user, Callbacks: []string{callback}, RefreshToken: policy},
		},
		ResourceServers: []models.ResourceServer{
			{Identifier: testAPI, Name: "API", SigningAlg: models.ES256, AllowOfflineAccess: true, TokenLifetime: time.Hour, TokenDialect: models.DialectAccessToken, Scopes: []models.Scope{{Value: "read:notes"}, {Value: "write:notes"}}},
			{Identifier: "https://online.example.com", Name: "Online", SigningAlg: models.PS256, TokenDialect: models.DialectRFC9068, Scopes: []models.Scope{{Value: "read:live"}}},
			{Identifier: testIssuer + "api/v2/", Name: "Management", System: true, SigningAlg: models.RS256, Scopes: []models.Scope{{Value: "read:refresh_tokens"}}},
		},
		ClientGrants:  []models.ClientGrant{{ClientID: clientM2M, Audience: testAPI, Scopes: []string{"read:notes"}}},
		Connections:   []models.Connection{{Name: "Users", Strategy: models.StrategyDatabase}},
		Organizations: []models.Organization{{ID: testOrg, Name: "acme", DisplayName: "Acme Corp"}, {ID: "org_other", Name: "other"}},
		Roles:         []models.Role{{ID: "rol_reader", Name: "reader", Permissions: []models.Permission{{Audience: testAPI, Name: "read:notes"}}}, {ID: "rol_member", Name: "member"}},
		Users: []models.User{{
			ID: testUser, Connection: "Users", Email: testEmail, EmailVerified: true, Name: "Alice", Nickname: "alice", PasswordHash: testHash(), RoleIDs: []string{"rol_reader"},
		}},
		Members: []models.Membership{{OrganizationID: testOrg, UserID: testUser, RoleIDs: []string{"rol_member"}}},
	}
}

// server is a Server on a real store, with hooks, a clock and a browser that the test controls.
type server struct {
	*Server
	t       *testing.T
	store   *store.Store
	handler http.Handler
	// origin is where requests come from, with the request's own User-Agent unless it has one.
	origin  models.Origin
	clock   *clock
	hooks   []hooks.Hook
	browser *testBrowser
	sent    []models.Message
}

// newServer starts a server on a store. mutate, if any, changes the tenant first.
func newServer(t *testing.T, s *store.Store, mutate ...func(*models.TenantConfig)) *server {
	t.Helper()
	config := tenantConfig()
	for _, m := range mutate {
		m(config)
	}
	ctx := t.Context()
	if _, err := s.Apply(ctx, config); err != nil {
		t.Fatalf("apply tenant: %v", err)
	}
	if err := s.CreateSigningKeys(ctx, testKeys()); err != nil {
		t.Fatalf("create keys: %v", err)
	}
	keyring, err := models.NewKeyring(bytes.Repeat([]byte("k"), 32))
	if err != nil {
		t.Fatal(err)
	}
	srv := &server{t: t, store: s, clock: &clock{now: time.Now().UTC().Truncate(time.Millisecond)}}
	srv.browser = &testBrowser{store: s, clock: srv.clock}
	srv.Server, err = New(Options{
		Issuer: testIssuer, Config: s, Grants: s, People: s, Logs: s,
		Authenticator: password.NewAuthenticator(s, testHasher()),
		Factors:       mfa.New(mfa.Options{Store: s, Keyring: keyring, Sender: srv, Now: srv.clock.Now}), FactorTransactions: s,
		PostLogin: srv, Browser: srv.browser, Keyring: keyring, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: srv.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter()
	srv.Routes(r)
	srv.origin = models.Origin{IP: "192.0.2.10", ASN: "AS64496", Hostname: "keepsake.test", Geo: &models.Geo{CountryCode: "US"}}
	srv.handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		o := srv.origin
		if o.UserAgent == "" {
			o.UserAgent = req.UserAgent()
		}
		r.ServeHTTP(w, req.WithContext(models.WithOrigin(req.Context(), o)))
	})
	return srv
}

// Send keeps a message.
func (s *server) Send(_ context.Context, m models.Message) error {
	s.sent = append(s.sent, m)
	return nil
}

// Chain is the hooks that the test has set.
func (s *server) Chain(context.Context) (*hooks.Chain, error) {
	return &hooks.Chain{Hooks: s.hooks, Now: s.clock.Now}, nil
}

// hook sets the one hook of the chain.
func (s *server) hook(f func(e *hooks.Event, api *hooks.API) error) {
	s.hooks = []hooks.Hook{hooks.Func("test", func(_ context.Context, e *hooks.Event, api *hooks.API) error { return f(e, api) })}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testBrowser stands for the pages: the cookie is the session's secret itself.
type testBrowser struct {
	store *store.Store
	clock *clock
	// foreign has every request come from another browser.
	foreign bool
	// remembers is whether the browser need not give a second factor.
	remembers bool
}

const testCookie = "session"

func (b *testBrowser) Session(r *http.Request) (*models.Session, error) {
	c, err := r.Cookie(testCookie)
	if err != nil {
		return nil, models.ErrNotFound
	}
	return b.store.SessionBySecret(r.Context(), models.HashSecret(c.Value), b.clock.Now())
}
func (b *testBrowser) Bind(http.ResponseWriter, *http.Request) []byte { return []byte("browser") }
func (b *testBrowser) Bound(r *http.Request, binding []byte) bool {
	return !b.foreign && r.Header.Get("X-Foreign") == "" && string(binding) == "browser"
}
func (b *testBrowser) LoginURL(id string) string   { return "/u/login?state=" + url.QueryEscape(id) }
func (b *testBrowser) ConsentURL(id string) string { return "/u/consent?state=" + url.QueryEscape(id) }
func (b *testBrowser) FactorURL(id string) string {
	return "/u/mfa-challenge?state=" + url.QueryEscape(id)
}
func (b *testBrowser) Remembered(*http.Request, string) (bool, error) { return b.remembers, nil }
func (b *testBrowser) FormURL(id string) string                       { return "/u/form?state=" + url.QueryEscape(id) }
func (b *testBrowser) Keep(w http.ResponseWriter, _ *http.Request, s *models.Session) {
	http.SetCookie(w, &http.Cookie{Name: testCookie, Value: string(s.Cookie), Expires: s.ExpiresAt})
}
func (b *testBrowser) Forget(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: testCookie, MaxAge: -1})
}
func (b *testBrowser) Error(w http.ResponseWriter, _ *http.Request, status int, code, description string) {
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "page: "+code+": "+description)
}
func (b *testBrowser) SignedOut(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "page: signed out")
}

// answer is a response with its JSON body.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

func (s *server) do(r *http.Request) answer {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header(), text: w.Body.String()}
	_ = json.Unmarshal(w.Body.Bytes(), &a.body)
	return a
}

func (a answer) str(name string) string {
	v, _ := a.body[name].(string)
	return v
}

// form builds url.Values of pairs.
func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// post sends a form.
func (s *server) post(path string, values url.Values, header ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", "test/1")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return s.do(r)
}

// token sends a form to /oauth/token.
func (s *server) token(pairs ...string) answer {
	s.t.Helper()
	return s.post("/oauth/token", form(pairs...))
}

// refresh exchanges a token for the public client.
func (s *server) refresh(token string, more ...string) answer {
	s.t.Helper()
	return s.token(append([]string{"grant_type", "refresh_token", "client_id", clientSPA, "refresh_token", token}, more...)...)
}

// passwordLogin signs the user in with the password grant and demands success.
func (s *server) passwordLogin(clientID string, more ...string) answer {
	s.t.Helper()
	v := form("grant_type", "password", "client_id", clientID, "username", testEmail, "password", testPass,
		"audience", testAPI, "scope", "openid profile email offline_access read:notes write:notes")
	if clientID != clientSPA {
		v.Set("client_secret", testSecret)
	}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	a := s.post("/oauth/token", v)
	if a.status != http.StatusOK {
		s.t.Fatalf("password login: %d %s", a.status, a.text)
	}
	return a
}

// session makes a browser session and returns its cookie.
func (s *server) session() (*models.Session, string) {
	s.t.Helper()
	now, secret := s.clock.Now(), models.NewSecret()
	session := &models.Session{
		ID: models.NewID(models.PrefixSession, now), SecretHash: models.HashSecret(secret), UserID: testUser, Connection: "Users",
		CreatedAt: now, UpdatedAt: now, AuthenticatedAt: now, LastInteractedAt: now, ExpiresAt: now.Add(24 * time.Hour), IdleExpiresAt: now.Add(12 * time.Hour),
		Methods: []models.AuthMethod{{Name: "pwd", Timestamp: now}}, Cookie: models.CookiePersistent,
	}
	if err := s.store.CreateSession(s.t.Context(), session, ""); err != nil {
		s.t.Fatalf("create session: %v", err)
	}
	return session, secret
}

// authorize sends a request to /authorize with a session cookie ("" for none) and returns the answer and where it redirects to.
func (s *server) authorizeWith(cookie string, values url.Values) (answer, *url.URL) {
	s.t.Helper()
	return s.get("/authorize?"+values.Encode(), cookie)
}

func (s *server) get(target, cookie string) (answer, *url.URL) {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, target, nil)
	r.Header.Set("User-Agent", "test/1")
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: testCookie, Value: cookie})
	}
	a := s.do(r)
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		s.t.Fatalf("location: %v", err)
	}
	return a, u
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// authorization is a good request to /authorize of the public client.
func authorizationForm(more ...string) url.Values {
	v := form("response_type", "code", "client_id", clientSPA, "redirect_uri", callback, "audience", testAPI, "state", "my-custom-state", "nonce", "n-0S6",
		"scope", "openid profile email offline_access read:notes", "code_challenge", challenge(verifier), "code_challenge_method", "S256")
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// code signs in through the browser and returns the code.
func (s *server) code(values url.Values) string {
	s.t.Helper()
	_, cookie := s.session()
	a, u := s.authorizeWith(cookie, values)
	if u.Query().Get("code") == "" {
		s.t.Fatalf("no code: %d %s %s", a.status, u, a.text)
	}
	return u.Query().Get("code")
}

// exchange turns a code into tokens for the public client.
func (s *server) exchange(code string, more ...string) answer {
	s.t.Helper()
	return s.token(append([]string{"grant_type", "authorization_code", "client_id", clientSPA, "code", code, "redirect_uri", callback, "code_verifier", verifier}, more...)...)
}

// claims returns the payload of a token, after checking its signature with the server's own keys.
func (s *server) claims(token string) map[string]any {
	s.t.Helper()
	_, payload, err := s.keys.verify(s.t.Context(), token)
	if err != nil {
		s.t.Fatalf("verify %q: %v", token, err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		s.t.Fatal(err)
	}
	return claims
}

// logged returns the newest log events of a type, newest first.
func (s *server) logged(typ models.LogType) []models.LogEvent {
	s.t.Helper()
	events, err := s.store.Logs(s.t.Context(), models.LogFilter{Type: typ}, 0, 100, false)
	if err != nil {
		s.t.Fatalf("read logs: %v", err)
	}
	return events
}

// stored returns the refresh token's row.
func (s *server) stored(id string) *models.RefreshGrant {
	s.t.Helper()
	g, err := s.store.RefreshGrant(s.t.Context(), id, models.GrantForHooks)
	if err != nil {
		s.t.Fatalf("read refresh token %s: %v", id, err)
	}
	return g
}
