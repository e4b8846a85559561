package web_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/web"
	"github.com/gorilla/mux"
	"golang.org/x/net/html"
)

var testNow = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

const (
	goodPassword = "correct horse battery staple"
	testSecret   = "0123456789abcdef0123456789abcdef"
)

// world is everything that the pages depend on, in memory. Its members may be changed before a request.
type world struct {
	mu sync.Mutex

	tenant    models.Tenant
	clients   map[string]*models.Client
	apis      map[string]*models.ResourceServer
	conns     map[string]*models.Connection
	orgs      map[string]*models.Organization
	users     map[string]*models.User
	passwords map[string]string // by user id
	sessions  map[string]*models.Session
	txs       map[string]*models.LoginTransaction
	forms     map[string]*models.Form

	logs     []*models.LogEvent
	replaced []string
	asked    []string // connection and identifier of every call of Authenticate
	fail     map[string]error
}

func (f *world) Form(_ context.Context, id string) (*models.Form, error) { return find(f, f.forms, id) }

func (f *world) failure(method string) error { return f.fail[method] }

func (f *world) LoginTransaction(_ context.Context, id string, now time.Time) (*models.LoginTransaction, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("LoginTransaction"); err != nil {
		return nil, err
	}
	t, ok := f.txs[id]
	if !ok || !now.Before(t.ExpiresAt) {
		return nil, models.ErrNotFound
	}
	c := *t
	return &c, nil
}

func (f *world) AuthenticateLoginTransaction(_ context.Context, id, sessionID string, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("AuthenticateLoginTransaction"); err != nil {
		return err
	}
	f.txs[id].SessionID, f.txs[id].AuthenticatedAt = sessionID, at
	return nil
}

func (f *world) DecideLoginTransaction(_ context.Context, id string, consented bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("DecideLoginTransaction"); err != nil {
		return err
	}
	f.txs[id].Consented, f.txs[id].Declined = consented, !consented
	return nil
}

func (f *world) UpdateSuspendedLogin(_ context.Context, id string, change func(*models.SuspendedLogin) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("UpdateSuspendedLogin"); err != nil {
		return err
	}
	if t := f.txs[id]; t != nil && t.Suspended != nil {
		return change(t.Suspended)
	}
	return models.ErrNotFound
}

func (f *world) CreateSession(_ context.Context, s *models.Session, replaces string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("CreateSession"); err != nil {
		return err
	}
	delete(f.sessions, replaces)
	f.replaced = append(f.replaced, replaces)
	f.sessions[s.ID] = s
	return nil
}

func (f *world) SessionBySecret(_ context.Context, hash []byte, now time.Time) (*models.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("SessionBySecret"); err != nil {
		return nil, err
	}
	for _, s := range f.sessions {
		if bytes.Equal(s.SecretHash, hash) && s.Live(now) {
			return s, nil
		}
	}
	return nil, models.ErrNotFound
}

func (f *world) User(_ context.Context, id string) (*models.User, error) { return find(f, f.users, id) }
func (f *world) Tenant(context.Context) (*models.Tenant, error) {
	return &f.tenant, f.failure("Tenant")
}
func (f *world) Client(_ context.Context, id string) (*models.Client, error) {
	return find(f, f.clients, id)
}
func (f *world) ResourceServer(_ context.Context, id string) (*models.ResourceServer, error) {
	return find(f, f.apis, id)
}
func (f *world) Connection(_ context.Context, name string) (*models.Connection, error) {
	return find(f, f.conns, name)
}
func (f *world) Organization(_ context.Context, id string) (*models.Organization, error) {
	return find(f, f.orgs, id)
}

func find[T any](f *world, m map[string]*T, key string) (*T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := m[key]; ok {
		return v, nil
	}
	return nil, models.ErrNotFound
}

func (f *world) WriteLogs(_ context.Context, events ...*models.LogEvent) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.failure("WriteLogs"); err != nil {
		return err
	}
	f.logs = append(f.logs, events...)
	return nil
}

func (f *world) Authenticate(_ context.Context, connection, identifier, password string) (*models.User, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, connection+" "+identifier)
	if err := f.failure("Authenticate"); err != nil {
		return nil, err
	}
	for id, u := range f.users {
		if u.Email != identifier && u.Username != identifier {
			continue
		}
		switch {
		case f.passwords[id] != password:
			return u, models.ErrWrongPassword
		case u.Blocked:
			return u, models.ErrBlocked
		}
		return u, nil
	}
	return nil, models.ErrWrongUser
}

// newWorld returns a tenant with a client, a third-party client, an API, an organization and a user.
func newWorld() *world {
	return &world{
		tenant: models.Tenant{ID: "demo", FriendlyName: "Globex", SupportEmail: "help@globex.example", DefaultDirectory: "Users"},
		clients: map[string]*models.Client{
			"app": {ID: "app", Name: "Notes", LogoURI: "https://cdn.example/notes.svg", FirstParty: true,
				GrantTypes: []string{models.GrantAuthorizationCode, models.GrantRefreshToken}, Callbacks: []string{"https://notes.example/callback"}},
			"third": {ID: "third", Name: "Printer", GrantTypes: []string{models.GrantAuthorizationCode, models.GrantRefreshToken},
				Callbacks: []string{"https://printer.example/callback"}},
		},
		apis: map[string]*models.ResourceServer{
			"https://api.example": {Identifier: "https://api.example", Name: "Notes API", AllowOfflineAccess: true,
				Scopes: []models.Scope{{Value: "read:notes", Description: "Read your notes"}, {Value: "write:notes"}, {Value: "delete:notes", Description: "Delete"}}},
		},
		conns: map[string]*models.Connection{
			"Users":   {ID: "con_1", Name: "Users", Strategy: models.StrategyDatabase},
			"Staff":   {ID: "con_2", Name: "Staff", Strategy: models.StrategyDatabase, RequiresUsername: true},
			"Private": {ID: "con_3", Name: "Private", Strategy: models.StrategyDatabase, EnabledClients: []string{"other"}},
		},
		orgs: map[string]*models.Organization{
			"org_1": {ID: "org_1", Name: "acme", DisplayName: "Acme Inc"},
			"org_2": {ID: "org_2", Name: "initech", DisplayName: "Initech", Connections: []string{"Staff"}},
		},
		users: map[string]*models.User{
			"auth0|1": {ID: "auth0|1", Email: "jane@example.com", Name: "Jane"},
			"auth0|2": {ID: "auth0|2", Email: "blocked@example.com", Blocked: true},
		},
		passwords: map[string]string{"auth0|1": goodPassword, "auth0|2": goodPassword},
		sessions:  map[string]*models.Session{},
		txs:       map[string]*models.LoginTransaction{},
		fail:      map[string]error{},
	}
}

// site is a server with a world behind it.
type site struct {
	*world
	t      *testing.T
	issuer string
	pages  *web.Pages
	router *mux.Router
	log    *bytes.Buffer
}

func newSite(t *testing.T, change ...func(*web.Options)) *site {
	t.Helper()
	s := &site{world: newWorld(), t: t, log: &bytes.Buffer{}}
	keyring, err := models.NewKeyring([]byte(testSecret))
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{
		Issuer: "http://localhost:8080/", Transactions: s, Sessions: s, Config: s, Logs: s, Authenticator: s, Keyring: keyring,
		Factors: noFactors{}, FactorTransactions: noFactors{},
		Logger: slog.New(slog.NewTextHandler(s.log, nil)), Now: func() time.Time { return testNow },
	}
	for _, f := range change {
		f(&o)
	}
	s.issuer = o.Issuer
	if s.pages, err = web.New(o); err != nil {
		t.Fatal(err)
	}
	s.router = mux.NewRouter().SkipClean(true).UseEncodedPath()
	s.pages.Routes(s.router)
	return s
}

// noFactors is for tests in which nobody needs a second factor: a call of it fails the test.
type noFactors struct {
	web.Factors
	web.FactorTransactions
}

func https(o *web.Options) { o.Issuer = "https://login.example/" }

// browser keeps cookies like one.
type browser struct {
	s       *site
	cookies map[string]string
}

func (s *site) browser() *browser { return &browser{s: s, cookies: map[string]string{}} }

// begin starts a login transaction in the browser, as /authorize does, and returns its id.
func (b *browser) begin(clientID string, params url.Values) string {
	b.s.t.Helper()
	r := b.request(http.MethodGet, "/authorize", nil)
	w := httptest.NewRecorder()
	id := models.NewSecret()
	t := &models.LoginTransaction{
		ClientID: clientID, Params: params, Browser: b.s.pages.Bind(w, r),
		CreatedAt: testNow, ExpiresAt: testNow.Add(models.LoginTransactionLifetime),
	}
	b.keep(w.Result())
	b.s.mu.Lock()
	b.s.txs[id] = t
	b.s.mu.Unlock()
	return id
}

func (b *browser) request(method, target string, form url.Values) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	r = r.WithContext(models.WithOrigin(r.Context(), models.Origin{IP: "203.0.113.9", ASN: "AS64500", UserAgent: "test/1"}))
	return r
}

func (b *browser) keep(res *http.Response) {
	for _, c := range res.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
}

// answer is a response with its page parsed.
type answer struct {
	*http.Response
	body string
	doc  *html.Node
}

func (b *browser) send(r *http.Request) *answer {
	b.s.t.Helper()
	w := httptest.NewRecorder()
	b.s.router.ServeHTTP(w, r)
	b.keep(w.Result())
	return parse(b.s.t, w)
}

func parse(t *testing.T, w *httptest.ResponseRecorder) *answer {
	t.Helper()
	a := &answer{Response: w.Result(), body: w.Body.String()}
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	a.doc = doc
	return a
}

func (b *browser) get(target string) *answer {
	b.s.t.Helper()
	return b.send(b.request(http.MethodGet, target, nil))
}

func (b *browser) post(target string, form url.Values) *answer {
	b.s.t.Helper()
	return b.send(b.request(http.MethodPost, target, form))
}

// submit fills in the page's own form and posts it to where the form says.
func (b *browser) submit(page *answer, fill url.Values) *answer {
	b.s.t.Helper()
	action, form := page.form(b.s.t)
	maps.Copy(form, fill)
	return b.post(action, form)
}

// login signs Jane in to a transaction of the client "app" in this browser.
func (b *browser) login() {
	b.s.t.Helper()
	page := b.get(b.s.pages.LoginURL(b.begin("app", nil)))
	if a := b.submit(page, credentials("jane@example.com", goodPassword)); a.StatusCode != http.StatusSeeOther {
		b.s.t.Fatalf("login: status %d: %s", a.StatusCode, a.body)
	}
}

func credentials(identifier, password string) url.Values {
	return url.Values{"username": {identifier}, "password": {password}}
}

// form returns the action and the preset fields of the page's one form.
func (a *answer) form(t *testing.T) (string, url.Values) {
	t.Helper()
	forms := a.all("form")
	if len(forms) != 1 {
		t.Fatalf("the page has %d forms: status %d: %s", len(forms), a.StatusCode, a.body)
	}
	fields := url.Values{}
	walk(forms[0], func(n *html.Node) {
		choice := attr(n, "type") == "checkbox" || attr(n, "type") == "radio"
		if n.Data == "input" && attr(n, "name") != "" && (!choice || hasAttr(n, "checked")) {
			fields.Set(attr(n, "name"), attr(n, "value"))
		}
	})
	return attr(forms[0], "action"), fields
}

func walk(n *html.Node, f func(*html.Node)) {
	f(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

func (a *answer) all(tag string) []*html.Node {
	var out []*html.Node
	walk(a.doc, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == tag {
			out = append(out, n)
		}
	})
	return out
}

func (a *answer) byID(id string) *html.Node {
	var out *html.Node
	walk(a.doc, func(n *html.Node) {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			out = n
		}
	})
	return out
}

// text is what a person reads on the page.
func (a *answer) text() string { return text(a.doc) }

func text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func (a *answer) want(t *testing.T, status int, texts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, want %d", a.StatusCode, status)
	}
	for _, want := range texts {
		if !strings.Contains(a.text(), want) {
			t.Errorf("the page does not say %q: %s", want, a.text())
		}
	}
}

func (a *answer) wantRedirect(t *testing.T, target string) {
	t.Helper()
	if got := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || got != target {
		t.Errorf("status %d to %q, want 303 to %q: %s", a.StatusCode, got, target, a.text())
	}
}

func resume(id string) string { return "/authorize/resume?state=" + url.QueryEscape(id) }

func errInternal(what string) error { return fmt.Errorf("pq: %s at 10.0.0.7", what) }
