package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// everyPage returns each page in each of its states.
func everyPage(t *testing.T) map[string]*answer {
	s := newSite(t)
	b := s.browser()
	b.login()
	id := b.begin("app", nil)
	login := b.get(s.pages.LoginURL(id))
	org := b.begin("app", url.Values{"login_hint": {"jane@example.com"}})
	s.txs[org].OrganizationID = "org_1"
	w := httptest.NewRecorder()
	s.pages.Error(w, b.request(http.MethodGet, "/authorize", nil), 400, "invalid_request", "Unknown client: x")
	return map[string]*answer{
		"login":              login,
		"login, wrong":       b.submit(login, credentials("jane@example.com", "guess")),
		"login, blocked":     b.submit(login, credentials("blocked@example.com", goodPassword)),
		"login, empty":       b.submit(login, credentials("", "")),
		"login, half":        b.submit(login, credentials("jane@example.com", "")),
		"login, organized":   b.get(s.pages.LoginURL(org)),
		"consent":            b.get(s.pages.ConsentURL(b.begin("third", url.Values{"scope": {"openid read:notes offline_access"}, "audience": {"https://api.example"}}))),
		"consent, no scopes": b.get(s.pages.ConsentURL(b.begin("third", nil))),
		"error":              parse(t, w),
		"signed out":         signedOut(t, s),
		"home":               b.get("/"),
	}
}

func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	for name, a := range everyPage(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.HasPrefix(a.body, "<!doctype html>") || a.Header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("not an HTML page: %s", a.body[:40])
			}
			if html := a.all("html"); attr(html[0], "lang") != "en" {
				t.Error("no language")
			}
			for _, tag := range []string{"title", "h1", "main"} {
				if found := a.all(tag); len(found) != 1 || text(found[0]) == "" {
					t.Errorf("%d of <%s>", len(found), tag)
				}
			}
			if !strings.Contains(a.body, `name="viewport" content="width=device-width, initial-scale=1"`) {
				t.Error("no viewport")
			}
			checkHarmless(t, name, a)
			checkIDs(t, a)
			checkControls(t, a)
		})
	}
}

func checkIDs(t *testing.T, a *answer) {
	t.Helper()
	seen := map[string]bool{}
	for _, tag := range []string{"input", "p", "div", "main", "label", "button"} {
		for _, n := range a.all(tag) {
			if id := attr(n, "id"); id != "" {
				if seen[id] {
					t.Errorf("two elements have the id %q", id)
				}
				seen[id] = true
			}
		}
	}
	for _, n := range append(a.all("input"), a.all("label")...) {
		for _, ref := range []string{"aria-describedby", "for"} {
			if id := attr(n, ref); id != "" && !seen[id] {
				t.Errorf("%s refers to %q, which is not there", ref, id)
			}
		}
	}
}

func checkControls(t *testing.T, a *answer) {
	t.Helper()
	labels := map[string]string{}
	for _, n := range a.all("label") {
		labels[attr(n, "for")] = text(n)
	}
	focused := 0
	for _, n := range a.all("input") {
		if attr(n, "type") == "hidden" {
			continue
		}
		if labels[attr(n, "id")] == "" {
			t.Errorf("the input %q has no label", attr(n, "name"))
		}
		if attr(n, "autocomplete") == "" {
			t.Errorf("the input %q has no autocomplete", attr(n, "name"))
		}
		if hasAttr(n, "autofocus") {
			focused++
		}
	}
	if focused > 1 {
		t.Errorf("%d inputs have the focus", focused)
	}
	for _, n := range a.all("svg") {
		if attr(n, "aria-hidden") != "true" {
			t.Error("a picture is not hidden from screen readers")
		}
	}
	for _, n := range a.all("img") {
		if !hasAttr(n, "alt") {
			t.Error("a picture has no alt")
		}
	}
}

func TestWrongPasswordIsAnnounced(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	a := b.submit(b.get(s.pages.LoginURL(b.begin("app", nil))), credentials("jane@example.com", "guess"))
	alert := a.byID("problem")
	if alert == nil || attr(alert, "role") != "alert" || text(alert) != "Wrong email or password." {
		t.Errorf("no alert: %s", a.body)
	}
	for _, id := range []string{"username", "password"} {
		if attr(a.byID(id), "aria-describedby") != "problem" {
			t.Errorf("%s is not tied to the alert", id)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	home := b.get("/")
	links := home.all("link")
	if len(links) != 2 {
		t.Fatalf("%d links", len(links))
	}
	for _, link := range links {
		target := attr(link, "href")
		a := b.get(target)
		if a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: status %d, %v", target, a.StatusCode, a.Header)
		}
		r := b.request(http.MethodGet, target, nil)
		r.Header.Set("If-None-Match", a.Header.Get("ETag"))
		if again := b.send(r); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: status %d", target, again.StatusCode)
		}
	}
	for _, target := range []string{"/u/static/", "/u/static/keepsake.css", "/u/static/..%2flogin.html", "/u/static/x"} {
		if a := b.get(target); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", target, a.StatusCode)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	target := s.pages.LoginURL(b.begin("app", nil))
	if a := b.send(b.request(http.MethodHead, target, nil)); a.StatusCode != http.StatusOK || a.body != "" {
		t.Errorf("HEAD: status %d, %q", a.StatusCode, a.body)
	}
	if a := b.send(b.request(http.MethodDelete, target, nil)); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: status %d", a.StatusCode)
	}
}

func TestPagesWithoutATenant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.fail["Tenant"] = errInternal("database is down")
	s.browser().get("/").want(t, http.StatusOK, "Keepsake")
	signedOut(t, s).want(t, http.StatusOK, "You are signed out", "Keepsake")
}
