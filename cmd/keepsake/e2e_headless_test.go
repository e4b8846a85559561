package main

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// TestLoginInABrowser has a person sign in, wrong password first.
func TestLoginInABrowser(t *testing.T) {
	eachBrowser(t, func(t *testing.T, o processOptions, who person) {
		p := startProcess(t, withE2ETenant(t, o))
		app := callbackSite(t)
		who.Open(p.signInAt(e2eNative, app))
		who.Fill("username", e2eEmail)
		who.Fill("password", "wrong")
		who.Press("Continue")
		if !strings.Contains(who.Text(), "Wrong email or password.") {
			t.Errorf("the page says %s", who.Text())
		}
		signIn(who)
		if at := who.Address(); at.Query().Get("code") == "" || at.Query().Get("state") != "a-state" || !strings.HasPrefix(at.String(), app) {
			t.Errorf("the browser came to %s: %s", at, who.Text())
		}
	})
}

// signIn fills in and sends the login page.
func signIn(who person) {
	who.Fill("username", e2eEmail)
	who.Fill("password", e2ePassword)
	who.Press("Continue")
}

// signInAt is the address of /authorize for a client whose callback is at an address of its own.
func (p *process) signInAt(clientID, callback string, more ...string) string {
	verifier := oauth2.GenerateVerifier()
	values := url.Values{
		"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {callback}, "state": {"a-state"}, "scope": {"openid profile email"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	return p.url("authorize?" + values.Encode())
}
