package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/web"
	"github.com/google/go-cmp/cmp"
)

// A stranger with a state parameter gets one and the same page, whatever is behind it.
func TestForeignAndUnknownTransactionsLookTheSame(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner, stranger, noCookies := s.browser(), s.browser(), s.browser()
	id, expired := owner.begin("app", nil), owner.begin("app", nil)
	s.txs[expired].ExpiresAt = testNow
	unbound := owner.begin("app", nil)
	s.txs[unbound].Browser = nil
	stranger.begin("app", nil)

	var pages []string
	for _, path := range []string{"/u/login", "/u/consent"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			for _, a := range []*answer{
				stranger.send(stranger.request(method, path+"?state="+id, nil)),
				noCookies.send(noCookies.request(method, path+"?state="+id, nil)),
				owner.send(owner.request(method, path+"?state="+expired, nil)),
				owner.send(owner.request(method, path+"?state="+unbound, nil)),
				owner.send(owner.request(method, path+"?state=unknown", nil)),
				owner.send(owner.request(method, path, nil)),
			} {
				a.want(t, http.StatusBadRequest, "This sign-in has expired")
				pages = append(pages, a.body)
			}
		}
	}
	for _, p := range pages {
		if diff := cmp.Diff(pages[0], p); diff != "" {
			t.Fatal(diff)
		}
	}
	if strings.Contains(pages[0], "Notes") {
		t.Error("the page tells whose transaction it is")
	}
}

func TestFormTokens(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		token func(s *site, b *browser, own string) string
	}{
		{"missing", func(*site, *browser, string) string { return "" }},
		{"not base64url", func(*site, *browser, string) string { return "%%%" }},
		{"changed", func(_ *site, _ *browser, own string) string {
			if own[0] == 'A' {
				return "B" + own[1:]
			}
			return "A" + own[1:]
		}},
		{"of another transaction", func(s *site, b *browser, _ string) string {
			_, form := b.get(s.pages.LoginURL(b.begin("app", nil))).form(s.t)
			return form.Get("csrf")
		}},
		{"of another browser", func(s *site, _ *browser, _ string) string {
			other := s.browser()
			_, form := other.get(s.pages.LoginURL(other.begin("app", nil))).form(s.t)
			return form.Get("csrf")
		}},
		{"of the consent page", func(s *site, b *browser, _ string) string {
			b.login()
			_, form := b.get(s.pages.ConsentURL(b.begin("third", nil))).form(s.t)
			return form.Get("csrf")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			id := b.begin("app", nil)
			page := b.get(s.pages.LoginURL(id))
			_, form := page.form(t)
			fill := credentials("jane@example.com", goodPassword)
			fill.Set("csrf", tt.token(s, b, form.Get("csrf")))
			b.submit(page, fill).want(t, http.StatusForbidden, "The form could not be verified.")
			if s.txs[id].SessionID != "" {
				t.Error("somebody was signed in")
			}
		})
	}
}

func TestFormTokenOfAPredecessorSecret(t *testing.T) {
	t.Parallel()
	before := newSite(t)
	b := before.browser()
	id := b.begin("app", nil)
	page := b.get(before.pages.LoginURL(id))

	after := newSite(t, func(o *web.Options) {
		k, err := models.NewKeyring([]byte(strings.Repeat("n", 32)), []byte(testSecret))
		if err != nil {
			t.Fatal(err)
		}
		o.Keyring = k
	})
	after.txs[id] = before.txs[id]
	b.s = after
	b.submit(page, credentials("jane@example.com", goodPassword)).wantRedirect(t, resume(id))
}

func TestFormsOfOtherSites(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		headers map[string]string
		refused bool
	}{
		{"our own page", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://example.com"}, false},
		{"no word of where it comes from", nil, false},
		{"our own origin, without Sec-Fetch-Site", map[string]string{"Origin": "http://example.com"}, false},
		{"the issuer's origin behind a proxy that changes the host", map[string]string{"Origin": "http://localhost:8080"}, false},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, true},
		{"a sibling domain", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.com"}, true},
		{"another origin, without Sec-Fetch-Site", map[string]string{"Origin": "https://evil.example"}, true},
		{"a sandboxed page", map[string]string{"Origin": "null"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			id := b.begin("app", nil)
			_, form := b.get(s.pages.LoginURL(id)).form(t)
			form.Set("username", "jane@example.com")
			form.Set("password", goodPassword)
			r := b.request(http.MethodPost, s.pages.LoginURL(id), form)
			for k, v := range tt.headers {
				r.Header.Set(k, v)
			}
			if a := b.send(r); tt.refused {
				a.want(t, http.StatusForbidden, "The form could not be verified.")
			} else {
				a.wantRedirect(t, resume(id))
			}
		})
	}
}

func TestLoginNeverRedirectsElsewhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	evil := "https://evil.example/"
	id := b.begin("app", url.Values{"redirect_uri": {evil}, "state": {evil}})
	_, form := b.get(s.pages.LoginURL(id)).form(t)
	for _, name := range []string{"redirect_uri", "returnTo", "next", "state"} {
		form.Set(name, evil)
	}
	form.Set("username", "jane@example.com")
	form.Set("password", goodPassword)
	b.post(s.pages.LoginURL(id)+"&returnTo="+url.QueryEscape(evil), form).wantRedirect(t, resume(id))
}

func TestForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	target := s.pages.LoginURL(b.begin("app", nil))
	form := func(body string) *http.Request {
		r := b.request(http.MethodPost, target, nil)
		n := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
		r.Body, r.ContentLength = n.Body, n.ContentLength
		return r
	}
	b.send(form("username="+strings.Repeat("a", 1<<17))).want(t, http.StatusRequestEntityTooLarge, "The form is too large.")
	b.send(form("password=sesame%zz")).want(t, http.StatusBadRequest, "The form could not be read.")
	if strings.Contains(s.log.String(), "zz") {
		t.Error("a part of the form was logged")
	}
	r := form("{}")
	r.Header.Set("Content-Type", "application/json")
	b.send(r).want(t, http.StatusForbidden)
}

func TestCookies(t *testing.T) {
	t.Parallel()
	expires := testNow.Add(models.DefaultSessionLifetimeHours * time.Hour)
	tests := []struct {
		name    string
		change  []func(*web.Options)
		session http.Cookie
		binding http.Cookie
	}{
		{
			name:    "http",
			session: http.Cookie{Name: "keepsake", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 168 * 3600, Expires: expires},
			binding: http.Cookie{Name: "keepsake_browser", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode},
		},
		{
			name: "https", change: []func(*web.Options){https},
			session: http.Cookie{Name: "__Host-keepsake", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 168 * 3600, Expires: expires},
			binding: http.Cookie{Name: "__Host-keepsake_browser", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, tt.change...)
			b := s.browser()
			w := httptest.NewRecorder()
			s.pages.Bind(w, b.request(http.MethodGet, "/authorize", nil))
			checkCookie(t, w.Result(), tt.binding)

			id := b.begin("app", nil)
			a := b.submit(b.get(s.pages.LoginURL(id)), credentials("jane@example.com", goodPassword))
			checkCookie(t, a.Response, tt.session)

			w = httptest.NewRecorder()
			s.pages.Forget(w, b.request(http.MethodGet, "/v2/logout", nil))
			gone := tt.session
			gone.MaxAge, gone.Expires = -1, time.Time{}
			checkCookie(t, w.Result(), gone)
		})
	}
}

func checkCookie(t *testing.T, res *http.Response, want http.Cookie) {
	t.Helper()
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	got := *cookies[0]
	if got.MaxAge >= 0 && len(got.Value) != 43 {
		t.Errorf("the value %q has not 256 bits", got.Value)
	}
	got.Value, got.Raw, got.RawExpires = "", "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBinding(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	w := httptest.NewRecorder()
	binding := s.pages.Bind(w, b.request(http.MethodGet, "/authorize", nil))
	b.keep(w.Result())
	again := httptest.NewRecorder()
	if !cmp.Equal(binding, s.pages.Bind(again, b.request(http.MethodGet, "/authorize", nil))) || len(again.Result().Cookies()) != 0 {
		t.Error("the browser did not keep its binding")
	}
	r := b.request(http.MethodGet, "/", nil)
	if !s.pages.Bound(r, binding) {
		t.Error("the browser is not bound")
	}
	for name, other := range map[string][]byte{"nil": nil, "empty": {}, "cut": binding[:31], "another": models.HashSecret("x")} {
		if s.pages.Bound(r, other) {
			t.Errorf("bound to %s", name)
		}
	}
	b.cookies["keepsake_browser"] = "short"
	if s.pages.Bound(b.request(http.MethodGet, "/", nil), models.HashSecret("short")) {
		t.Error("bound by a cookie that is not ours")
	}
}

func TestSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.login()
	got, err := s.pages.Session(b.request(http.MethodGet, "/", nil))
	if err != nil || got.UserID != "auth0|1" {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, cookie := range []string{"", "x", models.NewSecret(), strings.Repeat("!", 43)} {
		b.cookies["keepsake"] = cookie
		if _, err := s.pages.Session(b.request(http.MethodGet, "/", nil)); err == nil {
			t.Errorf("cookie %q has a session", cookie)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.login()
	login := s.pages.LoginURL(b.begin("app", nil))
	consent := s.pages.ConsentURL(b.begin("third", nil))
	for name, a := range map[string]*answer{
		"login":        b.get(login),
		"login failed": b.submit(b.get(login), credentials("jane@example.com", "guess")),
		"redirect":     b.submit(b.get(login), credentials("jane@example.com", goodPassword)),
		"consent":      b.get(consent),
		"error":        b.get("/u/login?state=unknown"),
		"home":         b.get("/"),
		"signed out":   signedOut(t, s),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			csp := a.Header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "style-src 'self'", "img-src 'self' data: https:", "base-uri 'none'", "frame-ancestors 'none'", "form-action "} {
				if !strings.Contains(csp, want) {
					t.Errorf("no %q in %q", want, csp)
				}
			}
			for header, want := range map[string]string{
				"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
			} {
				if got := a.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			if hasForm := len(a.all("form")) > 0; hasForm == strings.Contains(csp, "form-action 'none'") {
				t.Errorf("has a form: %t, but %s", hasForm, csp)
			}
		})
	}
}

func signedOut(t *testing.T, s *site) *answer {
	w := httptest.NewRecorder()
	s.pages.SignedOut(w, httptest.NewRequest(http.MethodGet, "/v2/logout", nil))
	return parse(t, w)
}

// Chrome applies form-action to the redirects after the POST too, so the callback's scheme must be in it.
func TestFormActionLetsTheCallbackThrough(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, redirectURI, want string }{
		{"web", "https://notes.example/callback", "form-action 'self' https:;"},
		{"development", "http://127.0.0.1:3000/callback", "form-action 'self' https: http:;"},
		{"native app", "com.example.app://callback", "form-action 'self' https: com.example.app:;"},
		{"native app, one slash", "com.example.app:/callback", "form-action 'self' https: com.example.app:;"},
		{"left out, so the client's first", "", "form-action 'self' https:;"},
		{"script", "javascript:alert(1)", "form-action 'self' https:;"},
		{"nothing can be smuggled in", "https:; script-src *", "form-action 'self' https:;"},
		{"not a URL", "http://[::1/x", "form-action 'self' https:;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, https)
			b := s.browser()
			csp := b.get(s.pages.LoginURL(b.begin("app", url.Values{"redirect_uri": {tt.redirectURI}}))).Header.Get("Content-Security-Policy")
			if !strings.Contains(csp, tt.want) || strings.Contains(csp, "script-src") {
				t.Errorf("no %q in %q", tt.want, csp)
			}
		})
	}
}

// On a server for development an Action may send the browser to another http address too.
func TestFormActionOfADevelopmentServer(t *testing.T) {
	t.Parallel()
	for _, callback := range []string{"https://notes.example/callback", "http://127.0.0.1:3000/callback"} {
		s := newSite(t)
		b := s.browser()
		csp := b.get(s.pages.LoginURL(b.begin("app", url.Values{"redirect_uri": {callback}}))).Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "form-action 'self' https: http:;") {
			t.Errorf("%s: %q", callback, csp)
		}
	}
}

func TestHostileTextsAreEscaped(t *testing.T) {
	t.Parallel()
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>' {{.}}`
	s := newSite(t)
	s.tenant.FriendlyName, s.tenant.SupportEmail = hostile, "x@example.com?"+hostile
	for _, c := range s.clients {
		c.Name, c.LogoURI = hostile, "javascript:alert(1)"
	}
	s.orgs["org_1"].DisplayName, s.orgs["org_1"].LogoURL = hostile, `https://x.example/"onerror="alert(1)`
	s.apis["https://api.example"].Name = hostile
	s.apis["https://api.example"].Scopes[0].Description = hostile
	s.users["auth0|1"].Email = hostile

	b := s.browser()
	params := url.Values{"login_hint": {hostile}, "scope": {"read:notes"}, "audience": {"https://api.example"}}
	id := b.begin("app", params)
	s.txs[id].OrganizationID = "org_1"
	login := b.get(s.pages.LoginURL(id))
	failed := b.submit(login, credentials(hostile+"x", "guess"))
	b.submit(login, credentials(hostile, goodPassword)).wantRedirect(t, resume(id))
	consent := b.get(s.pages.ConsentURL(b.begin("third", params)))
	consent.want(t, http.StatusOK, hostile)
	w := httptest.NewRecorder()
	s.pages.Error(w, b.request(http.MethodGet, "/authorize", nil), 400, hostile, hostile)
	for name, a := range map[string]*answer{
		"login": login, "failed login": failed, "consent": consent, "error": parse(t, w), "home": b.get("/"), "signed out": signedOut(t, s),
	} {
		checkHarmless(t, name, a)
		if !strings.Contains(a.text(), "<script>alert(1)</script>") {
			t.Errorf("%s: the text is not shown as text", name)
		}
	}
	if got := attr(login.byID("username"), "value"); got != hostile {
		t.Errorf("the hint became %q", got)
	}
}

func checkHarmless(t *testing.T, name string, a *answer) {
	t.Helper()
	for _, tag := range []string{"script", "style", "iframe", "object", "base"} {
		if len(a.all(tag)) != 0 {
			t.Errorf("%s: there is a <%s>", name, tag)
		}
	}
	for _, tag := range []string{"html", "img", "a", "input", "form", "bdi", "p", "li", "main"} {
		for _, n := range a.all(tag) {
			for _, at := range n.Attr {
				if strings.HasPrefix(at.Key, "on") || at.Key == "style" || strings.HasPrefix(strings.ToLower(at.Val), "javascript:") {
					t.Errorf("%s: <%s %s=%q>", name, tag, at.Key, at.Val)
				}
			}
		}
	}
}

func TestInternalErrorsTellNothing(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"LoginTransaction", "SessionBySecret", "CreateSession", "Authenticate", "AuthenticateLoginTransaction", "Tenant"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			b.login()
			id := b.begin("app", nil)
			page := b.get(s.pages.LoginURL(id))
			s.fail[method] = errInternal(method)
			a := b.submit(page, credentials("jane@example.com", goodPassword))
			a.want(t, http.StatusInternalServerError, "Something went wrong", "server_error")
			if strings.Contains(a.body, "10.0.0.7") {
				t.Error("the error is shown")
			}
			if !strings.Contains(s.log.String(), "10.0.0.7") {
				t.Error("the error is not logged")
			}
			for _, secret := range []string{goodPassword, id, b.cookies["keepsake"], b.cookies["keepsake_browser"]} {
				if strings.Contains(s.log.String(), secret) {
					t.Errorf("%q is logged", secret)
				}
			}
		})
	}
}

func TestErrorPage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name              string
		status            int
		code, description string
		texts             []string
	}{
		{"callback mismatch", 400, "invalid_request", "Callback URL mismatch.", []string{"This request can’t be completed", "Callback URL mismatch.", "Error code: invalid_request", "help@globex.example"}},
		{"server error", 503, "temporarily_unavailable", "", []string{"Something went wrong", "temporarily_unavailable"}},
		{"long text is cut", 400, "", strings.Repeat("é", 5000), []string{strings.Repeat("é", 300) + "…"}},
		{"broken UTF-8", 400, "", "a\xffb", []string{"a�b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			w := httptest.NewRecorder()
			s.pages.Error(w, httptest.NewRequest(http.MethodPost, "/authorize", nil), tt.status, tt.code, tt.description)
			a := parse(t, w)
			a.want(t, tt.status, tt.texts...)
			if len(a.body) > 8000 {
				t.Errorf("the page has %d bytes", len(a.body))
			}
		})
	}
}

func TestPagesUnderAPath(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Issuer = "https://example.com/auth/" })
	for _, got := range []string{s.pages.LoginURL("a b&c"), s.pages.ConsentURL("a b&c")} {
		if !strings.HasPrefix(got, "/auth/u/") || !strings.HasSuffix(got, "?state=a+b%26c") {
			t.Errorf("URL %q", got)
		}
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"", "/", "ftp://x/", "http://", "http://a b/", "https://%zz/"} {
		s := newWorld()
		k, _ := models.NewKeyring([]byte(testSecret))
		if _, err := web.New(web.Options{Issuer: issuer, Transactions: s, Sessions: s, Config: s, Logs: s, Authenticator: s, Factors: noFactors{}, FactorTransactions: noFactors{}, Keyring: k, Logger: nil}); err == nil {
			t.Errorf("issuer %q and no logger were taken", issuer)
		}
	}
	_, err := web.New(web.Options{Issuer: "https://x/"})
	for _, want := range []string{"Transactions", "Sessions", "Config", "Logs", "Authenticator", "Factors", "FactorTransactions", "Keyring", "Logger"} {
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%s is missing", want)) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
