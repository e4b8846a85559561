package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/models/mfa"
)

// What the tests of second factors add to the tenant of testdata/e2e.
const (
	e2eFactorAction = `
exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://e2e.example.com/factors', event.user.enrolledFactors.map((f) => f.type));
  api.multifactor.enable('any', { allowRememberBrowser: true });
};
`
)

// factorTenant is the tenant of testdata/e2e with an Action that wants a second factor of everybody, and with clients that may bring one.
func factorTenant(t *testing.T, o processOptions) processOptions {
	t.Helper()
	o = withE2ETenant(t, o)
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(o.Tenant)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "tenant.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	document := string(text)
	for old, changed := range map[string]string{
		"grant_types: [authorization_code, refresh_token, password]": "grant_types: [authorization_code, refresh_token, password, 'http://auth0.com/oauth/grant-type/mfa-otp', 'http://auth0.com/oauth/grant-type/mfa-recovery-code']",
		"\ntriggers:\n":                     "  - name: factor\n    code: ./actions/factor.js\n    deployed: true\n    supported_triggers: [{ id: post-login, version: v3 }]\n\ntriggers:\n",
		"      display_name: Do as asked\n": "      display_name: Do as asked\n    - action_name: factor\n      display_name: Factor\n",
	} {
		if strings.Count(document, old) != 1 {
			t.Fatalf("%q is not once in the tenant.yaml", old)
		}
		document = strings.Replace(document, old, changed, 1)
	}
	write(t, filepath.Join(folder, "tenant.yaml"), document)
	write(t, filepath.Join(folder, "actions", "factor.js"), e2eFactorAction)
	o.Tenant = folder
	return o
}

// oneTimeCode is what an authenticator app with that key shows steps of 30 seconds from now.
func oneTimeCode(t *testing.T, key string, steps int) string {
	t.Helper()
	code, err := mfa.Code(strings.ReplaceAll(key, " ", ""), time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// TestSecondFactorInABrowser has somebody enrol an authenticator app at one login and give its code at the next, use the recovery code at a third, and
// have the browser remembered; then a client asks for the factor over the API.
func TestSecondFactorInABrowser(t *testing.T) {
	eachBrowser(t, func(t *testing.T, o processOptions, who person) {
		p := startProcess(t, factorTenant(t, o))
		app := callbackSite(t)
		done := func() {
			t.Helper()
			if at := who.Address(); at.Query().Get("code") == "" || !strings.HasPrefix(at.String(), app) {
				t.Fatalf("the browser came to %s: %s", at, who.Text())
			}
		}

		// 1. There is no factor: one is set up.
		who.Open(p.signInAt(e2eNative, app))
		signIn(who)
		if text := who.Text(); !strings.Contains(text, "Set up a second step") || !strings.Contains(text, "Scan this") {
			t.Fatalf("the page says %s", text)
		}
		if src := who.Attribute("img", "src"); !strings.HasPrefix(src, "data:image/png;base64,") {
			t.Errorf("the QR code is %.40q", src)
		}
		key := who.Attribute("#key", "data-key")
		p.Vault.add("the key of an authenticator app", strings.ReplaceAll(key, " ", ""))
		who.Fill("code", "000000")
		who.Press("Continue")
		if !strings.Contains(who.Text(), "That code is wrong") {
			t.Fatalf("the page says %s", who.Text())
		}
		who.Fill("code", oneTimeCode(t, key, -1))
		who.Press("Continue")
		recovery := who.Attribute("#recovery-code", "data-code")
		if !strings.Contains(who.Text(), "Save your recovery code") || len(recovery) != 24 {
			t.Fatalf("the page says %s", who.Text())
		}
		p.Vault.add("a recovery code", recovery)
		who.Follow("I have saved it")
		done()

		// 2. The next login wants its code, even of somebody who is signed in.
		who.Open(p.signInAt(e2eNative, app))
		if !strings.Contains(who.Text(), "Verify that it’s you") {
			t.Fatalf("the page says %s", who.Text())
		}
		who.Fill("code", oneTimeCode(t, key, 0))
		who.Press("Continue")
		done()

		// 3. The recovery code does too, once; and the browser is remembered.
		who.Open(p.signInAt(e2eNative, app, "prompt", "login"))
		signIn(who)
		who.Follow("Use your recovery code")
		who.Fill("code", recovery)
		who.Check("remember", "")
		who.Press("Continue")
		next := who.Attribute("#recovery-code", "data-code")
		if len(next) != 24 || next == recovery {
			t.Fatalf("the page says %s", who.Text())
		}
		p.Vault.add("the next recovery code", next)
		who.Follow("I have saved it")
		done()
		who.Open(p.signInAt(e2eNative, app))
		done()

		// 4. A client that has the password is asked for a factor, and goes on with one.
		client := p.visit(fromUSA)
		login := map[string]any{
			"grant_type": "password", "client_id": e2eWeb, "client_secret": e2eWebSecret, "username": e2eEmail, "password": e2ePassword,
			"audience": e2eAPI, "scope": "openid offline_access read:notes",
		}
		asked := client.call(http.MethodPost, "oauth/token", login).must(t, http.StatusForbidden)
		if asked.str("error") != "mfa_required" {
			t.Fatalf("%s", asked.text)
		}
		p.Vault.add("an mfa_token", asked.str("mfa_token"))
		grant := map[string]any{
			"grant_type": models.GrantMFAOTP, "client_id": e2eWeb, "client_secret": e2eWebSecret, "mfa_token": asked.str("mfa_token"),
			"otp": oneTimeCode(t, key, 1),
		}
		tokens := client.call(http.MethodPost, "oauth/token", grant).must(t, http.StatusOK)
		p.Vault.add("a refresh token", tokens.str("refresh_token"))
		if tokens.str("refresh_token") == "" || tokens.str("id_token") == "" {
			t.Errorf("%s", tokens.text)
		}
		client.call(http.MethodPost, "oauth/token", grant).want(t, http.StatusForbidden, oauthError("invalid_grant", "Malformed mfa_token"))

		p.stop()
		checkDatabaseHasNone(t, p, 9)
	})
}
