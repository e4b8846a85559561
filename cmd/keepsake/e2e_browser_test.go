package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"example.com/keepsake/web/pageform"
)

// browser is a person with a browser that keeps cookies and runs no scripts.
type browser struct {
	*visit
	email, password string
	consents        int // how many consent pages were accepted
}

func (p *process) browser(from place, email, password string) *browser {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	b := &browser{visit: p.visit(from), email: email, password: password}
	b.client.Jar = jar
	p.Vault.add("the user's password", password)
	return b
}

// open follows an address until a redirect leaves for the callback, filling in the forms on the way, and returns the
// callback's parameters.
func (b *browser) open(t testing.TB, address string) url.Values {
	t.Helper()
	r := b.get(address)
	for range 8 { // login page, its form, consent page, its form, /authorize/resume
		switch {
		case strings.HasPrefix(r.location, e2eCallback):
			u, err := url.Parse(r.location)
			if err != nil {
				t.Fatal(err)
			}
			b.keepCookies()
			b.p.Vault.add("an authorization code", u.Query().Get("code"))
			return u.Query()
		case r.location != "":
			b.note(t, r.location)
			r = b.get(r.location)
		default:
			r = b.submit(t, r)
		}
	}
	t.Fatalf("the browser never came to the callback: %d %s", r.status, r.text)
	return nil
}

// note remembers the name of a login transaction, with which anybody could go on with it.
func (b *browser) note(t testing.TB, location string) {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	b.p.Vault.add("a login transaction", u.Query().Get("state"))
}

func (b *browser) keepCookies() {
	u, err := url.Parse(b.p.Issuer)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(u) {
		b.p.Vault.add("the cookie "+cookie.Name, cookie.Value)
	}
}

// submit fills in the form of a page and sends it.
func (b *browser) submit(t testing.TB, page reply) reply {
	t.Helper()
	if page.status != http.StatusOK {
		t.Fatalf("the browser got a page with status %d: %s", page.status, page.text)
	}
	action, fields, err := pageform.Read([]byte(page.text))
	if err != nil {
		t.Fatalf("%v:\n%s", err, page.text)
	}
	b.p.Vault.add("a form's token", fields.Get("csrf"))
	if fields.Has("username") {
		fields.Set("username", b.email)
		fields.Set("password", b.password)
	}
	if fields.Has("decision") {
		b.consents++
	}
	return b.post(action, fields)
}
