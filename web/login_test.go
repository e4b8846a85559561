package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
	"github.com/google/go-cmp/cmp"
)

func TestLoginPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		client string
		params url.Values
		org    string
		change func(*world)
		status int
		texts  []string
		check  func(t *testing.T, a *answer)
	}{
		{
			name: "client's name and logo, tenant's name", client: "app", status: 200,
			texts: []string{"Sign in", "to continue to Notes", "Email address", "Globex"},
			check: func(t *testing.T, a *answer) {
				if imgs := a.all("img"); len(imgs) != 1 || attr(imgs[0], "src") != "https://cdn.example/notes.svg" {
					t.Errorf("the client's logo is missing: %s", a.body)
				}
			},
		},
		{
			name: "organization", client: "app", org: "org_1", status: 200,
			texts: []string{"Sign in to Acme Inc", "to continue to Notes"},
		},
		{
			name: "organization without a display name", client: "app", org: "org_1", status: 200,
			change: func(w *world) { w.orgs["org_1"].DisplayName = "" },
			texts:  []string{"Sign in to acme"},
		},
		{
			name: "login_hint is prefilled and the password focused", client: "app", params: url.Values{"login_hint": {"jane@example.com"}}, status: 200,
			check: func(t *testing.T, a *answer) {
				if got := attr(a.byID("username"), "value"); got != "jane@example.com" {
					t.Errorf("username is %q", got)
				}
				if !hasAttr(a.byID("password"), "autofocus") || hasAttr(a.byID("username"), "autofocus") {
					t.Error("the password is not what has the focus")
				}
			},
		},
		{
			name: "login_hint that is no identifier is left out", client: "app", params: url.Values{"login_hint": {strings.Repeat("x", 300)}}, status: 200,
			check: func(t *testing.T, a *answer) {
				if got := attr(a.byID("username"), "value"); got != "" {
					t.Errorf("username is %q", got)
				}
			},
		},
		{
			name: "connection with usernames", client: "app", params: url.Values{"connection": {"Staff"}}, status: 200,
			texts: []string{"Email address or username"},
		},
		{
			name: "client without a name is called by its id", client: "app", status: 200,
			change: func(w *world) { w.clients["app"].Name = "" },
			texts:  []string{"to continue to app"},
		},
		{
			name: "logo that is not https is left out", client: "app", status: 200,
			change: func(w *world) { w.clients["app"].LogoURI = "http://cdn.example/x.png" },
			check: func(t *testing.T, a *answer) {
				if len(a.all("img")) != 0 {
					t.Error("there is a picture")
				}
			},
		},
		{
			name: "unknown connection", client: "app", params: url.Values{"connection": {"Nowhere"}}, status: 400,
			texts: []string{"No connection is enabled for this sign-in."},
		},
		{
			name: "connection of other clients", client: "app", params: url.Values{"connection": {"Private"}}, status: 400,
			texts: []string{"No connection is enabled for this sign-in."},
		},
		{
			name: "connection that the organization has not enabled", client: "app", org: "org_2", params: url.Values{"connection": {"Users"}}, status: 400,
			texts: []string{"No connection is enabled for this sign-in."},
		},
		{
			name: "no connection at all", client: "app", status: 400,
			change: func(w *world) { w.tenant.DefaultDirectory = "" },
			texts:  []string{"No connection is enabled for this sign-in."},
		},
		{name: "client was deleted", client: "gone", status: 400, texts: []string{"This sign-in has expired"}},
		{name: "organization was deleted", client: "app", org: "org_9", status: 400, texts: []string{"This sign-in has expired"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if tt.change != nil {
				tt.change(s.world)
			}
			b := s.browser()
			id := b.begin(tt.client, tt.params)
			s.txs[id].OrganizationID = tt.org
			a := b.get(s.pages.LoginURL(id))
			a.want(t, tt.status, tt.texts...)
			if tt.check != nil {
				tt.check(t, a)
			}
		})
	}
}

func TestLoginGoesToTheRightConnection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, asked, org, want string
		orgConnections         []string
	}{
		{name: "the tenant's default directory", want: "Users"},
		{name: "the one that was asked for", asked: "Staff", want: "Staff"},
		{name: "the organization's", org: "org_2", want: "Staff"},
		{name: "the default directory where the organization has it too", org: "org_2", orgConnections: []string{"Staff", "Users"}, want: "Users"},
		{name: "the default directory where the organization names none", org: "org_1", want: "Users"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if tt.orgConnections != nil {
				s.orgs[tt.org].Connections = tt.orgConnections
			}
			b := s.browser()
			id := b.begin("app", url.Values{"connection": {tt.asked}})
			s.txs[id].OrganizationID = tt.org
			b.submit(b.get(s.pages.LoginURL(id)), credentials("  jane@example.com ", goodPassword)).wantRedirect(t, resume(id))
			if diff := cmp.Diff([]string{tt.want + " jane@example.com"}, s.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoginMakesASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.tenant.SessionLifetimeHours, s.tenant.IdleSessionLifetimeHours = 10, 0.5
	b := s.browser()
	id := b.begin("app", nil)
	a := b.submit(b.get(s.pages.LoginURL(id)), credentials("jane@example.com", goodPassword))
	a.wantRedirect(t, resume(id))

	tx := s.txs[id]
	session := s.sessions[tx.SessionID]
	if session == nil || !tx.AuthenticatedAt.Equal(testNow) {
		t.Fatalf("the transaction was not authenticated: %+v", tx)
	}
	if _, ok := models.ParseID(models.PrefixSession, session.ID); !ok {
		t.Errorf("session id %q", session.ID)
	}
	want := &models.Session{
		ID: session.ID, SecretHash: models.HashSecret(b.cookies["keepsake"]), UserID: "auth0|1", Connection: "Users",
		CreatedAt: testNow, UpdatedAt: testNow, AuthenticatedAt: testNow, LastInteractedAt: testNow,
		ExpiresAt: testNow.Add(10 * time.Hour), IdleExpiresAt: testNow.Add(30 * time.Minute),
		Device:  models.NewDevice(models.Origin{IP: "203.0.113.9", ASN: "AS64500", UserAgent: "test/1"}),
		Methods: []models.AuthMethod{{Name: "pwd", Timestamp: testNow}}, Cookie: models.CookiePersistent,
	}
	if diff := cmp.Diff(want, session); diff != "" {
		t.Error(diff)
	}
	if len(s.logs) != 0 {
		t.Errorf("the success is oauth's to log, not %+v", s.logs)
	}
}

func TestLoginSessionLifetimesByDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.browser().login()
	for _, session := range s.sessions {
		if !session.ExpiresAt.Equal(testNow.Add(168*time.Hour)) || !session.IdleExpiresAt.Equal(testNow.Add(72*time.Hour)) {
			t.Errorf("ends at %v, idle at %v", session.ExpiresAt, session.IdleExpiresAt)
		}
	}
}

func TestLoginReplacesTheBrowsersSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.login()
	before := b.cookies["keepsake"]
	var beforeID string
	for id := range s.sessions {
		beforeID = id
	}
	b.login()
	if b.cookies["keepsake"] == before {
		t.Error("the cookie did not change")
	}
	if diff := cmp.Diff([]string{"", beforeID}, s.replaced); diff != "" {
		t.Error(diff)
	}
	if len(s.sessions) != 1 {
		t.Errorf("%d sessions are live", len(s.sessions))
	}
}

func TestLoginIgnoresAPlantedSessionCookie(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	planted := models.NewSecret()
	b.cookies["keepsake"] = planted
	b.login()
	if b.cookies["keepsake"] == planted {
		t.Error("the planted secret became the session's")
	}
}

func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                 string
		identifier, password string
		status               int
		text                 string
		want                 *models.LogEvent // the members that differ
	}{
		{
			name: "wrong password", identifier: "jane@example.com", password: "guess", status: 400, text: "Wrong email or password.",
			want: &models.LogEvent{Type: "fp", Description: "Wrong email or password.", UserID: "auth0|1", UserName: "jane@example.com",
				Details: map[string]any{"error": map[string]any{"message": "Wrong email or password."}}},
		},
		{
			name: "unknown user", identifier: "nobody@example.com", password: "guess", status: 400, text: "Wrong email or password.",
			want: &models.LogEvent{Type: "fu", Description: "Wrong email or password.", UserName: "nobody@example.com",
				Details: map[string]any{"error": map[string]any{"message": "Wrong email or password."}}},
		},
		{
			name: "blocked user with the right password", identifier: "blocked@example.com", password: goodPassword, status: 403, text: "Your account is blocked.",
			want: &models.LogEvent{Type: "f", Description: "user is blocked", UserID: "auth0|2", UserName: "blocked@example.com",
				Details: map[string]any{"error": map[string]any{"message": "user is blocked", "oauthError": "unauthorized"}}},
		},
		{
			name: "blocked user with a wrong password", identifier: "blocked@example.com", password: "guess", status: 400, text: "Wrong email or password.",
			want: &models.LogEvent{Type: "fp", Description: "Wrong email or password.", UserID: "auth0|2", UserName: "blocked@example.com",
				Details: map[string]any{"error": map[string]any{"message": "Wrong email or password."}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			id := b.begin("app", url.Values{"audience": {"https://api.example"}})
			s.txs[id].OrganizationID = "org_1"
			a := b.submit(b.get(s.pages.LoginURL(id)), credentials(tt.identifier, tt.password))
			a.want(t, tt.status, tt.text)
			if len(s.sessions) != 0 || b.cookies["keepsake"] != "" || s.txs[id].SessionID != "" {
				t.Error("somebody was signed in")
			}
			if got := attr(a.byID("username"), "value"); got != tt.identifier {
				t.Errorf("the identifier became %q", got)
			}
			if got := attr(a.byID("password"), "value"); got != "" {
				t.Error("the password is in the page")
			}
			if len(s.logs) != 1 {
				t.Fatalf("%d log events", len(s.logs))
			}
			want := *tt.want
			want.ID, want.Date = s.logs[0].ID, testNow
			want.ConnectionID, want.Connection, want.Strategy, want.StrategyType = "con_1", "Users", "auth0", "database"
			want.OrganizationID, want.OrganizationName = "org_1", "acme"
			want.ClientID, want.ClientName, want.Audience = "app", "Notes", "https://api.example"
			want.Origin = models.Origin{IP: "203.0.113.9", ASN: "AS64500", UserAgent: "test/1"}
			if diff := cmp.Diff(&want, s.logs[0]); diff != "" {
				t.Error(diff)
			}
			// The form that was shown again works.
			b.submit(a, credentials("jane@example.com", goodPassword)).wantRedirect(t, resume(id))
		})
	}
}

func TestUnknownUserAndWrongPasswordLookTheSame(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	page := b.get(s.pages.LoginURL(b.begin("app", nil)))
	wrongUser := b.submit(page, credentials("none@example.com", "guess"))
	wrongPassword := b.submit(page, credentials("jane@example.com", "guess"))
	same := strings.ReplaceAll(wrongUser.body, "none@example.com", "jane@example.com")
	if diff := cmp.Diff(wrongPassword.body, same); diff != "" {
		t.Error(diff)
	}
}

func TestIncompleteLogin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                 string
		identifier, password string
		field, problem       string
	}{
		{"nothing entered", "", "", "username", "Enter your email address."},
		{"only spaces", "   ", "x", "username", "Enter your email address."},
		{"no password", "jane@example.com", "", "password", "Enter your password."},
		{"zero byte", "jane\x00@example.com", "x", "username", "This contains characters that no email address or username has."},
		{"broken UTF-8", "jane\xff", "x", "username", "This contains characters that no email address or username has."},
		{"too long", strings.Repeat("a", 257), "x", "username", "This is too long for an email address or username."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			a := b.submit(b.get(s.pages.LoginURL(b.begin("app", nil))), credentials(tt.identifier, tt.password))
			a.want(t, http.StatusBadRequest)
			field := a.byID(tt.field)
			described := a.byID(attr(field, "aria-describedby"))
			if described == nil || text(described) != tt.problem || attr(field, "aria-invalid") != "true" {
				t.Errorf("the field does not say %q: %s", tt.problem, a.text())
			}
			if !hasAttr(field, "autofocus") {
				t.Error("the field does not have the focus")
			}
			if title := text(a.all("title")[0]); !strings.HasPrefix(title, "Error: ") {
				t.Errorf("title %q", title)
			}
			if len(s.asked) != 0 || len(s.logs) != 0 {
				t.Errorf("a password was checked: %v, %v", s.asked, s.logs)
			}
		})
	}
}

func TestLoginOfATransactionThatEndsMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fail["AuthenticateLoginTransaction"] = models.ErrNotFound
	b := s.browser()
	a := b.submit(b.get(s.pages.LoginURL(b.begin("app", nil))), credentials("jane@example.com", goodPassword))
	a.want(t, http.StatusBadRequest, "This sign-in has expired")
}

func TestRefusalIsShownEvenIfItCannotBeLogged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fail["WriteLogs"] = errInternal("disk full")
	b := s.browser()
	a := b.submit(b.get(s.pages.LoginURL(b.begin("app", nil))), credentials("jane@example.com", "guess"))
	a.want(t, http.StatusBadRequest, "Wrong email or password.")
	if !strings.Contains(s.log.String(), "disk full") {
		t.Error("nobody learns that the log is not written")
	}
}
