package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// watchedTenant is a tenant with one Action, whose claim says which version of it ran.
const watchedTenant = `
tenant: {id: watched, default_directory: Users}
clients:
  - {name: App, client_id: app, client_secret: a-secret-that-is-only-for-this-test, app_type: regular_web, token_endpoint_auth_method: client_secret_post, grant_types: [password]}
databases: [{name: Users, strategy: auth0}]
actions:
  - {name: claim, code: ./actions/claim.js, deployed: true}
triggers:
  post-login: [{action_name: claim}]
users: [{email: jane@example.com, password: a-password-for-this-test}]
`

func claimAction(version string) string {
	return `exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim("https://x/version", "` + version + `"); };`
}

// TestServeWatch: a saved Action and a saved tenant are live; what is broken leaves the last good one running.
func TestServeWatch(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, map[string]string{"tenant.yaml": watchedTenant, "actions/claim.js": claimAction("one")})
	log := newLockedBuffer()
	problems := &checker{}
	flags, err := defaultFlags(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	flags.Listen, flags.DatabaseURL, flags.Tenant, flags.Watch = "127.0.0.1:0", "sqlite:"+filepath.Join(t.TempDir(), "keepsake.db"), dir, true
	a, err := newApp(t.Context(), flags.settings(env(nil), problems), problems, host{stdout: log, stderr: log, lookupEnv: env(nil)})
	if err != nil {
		t.Fatal(err)
	}
	r := startApp(t, a)
	version := func() any {
		t.Helper()
		resp, err := http.PostForm(r.issuer+"oauth/token", url.Values{
			"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {"a-secret-that-is-only-for-this-test"},
			"username": {"jane@example.com"}, "password": {"a-password-for-this-test"}, "scope": {"openid"},
		})
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		token, _ := body["id_token"].(string)
		if token == "" {
			t.Fatalf("%d %v", resp.StatusCode, body)
		}
		return claimsOf(token)["https://x/version"]
	}
	expect := func(want any) {
		t.Helper()
		if got := version(); got != want {
			t.Errorf("version %v ran, want %v", got, want)
		}
	}
	save := func(name, text string) {
		t.Helper()
		// As editors do: write another file and put it in the place.
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path+"~", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
	}
	action := filepath.Join("actions", "claim.js")
	expect("one")

	save(action, claimAction("two"))
	log.await(t, "tenant applied", 1)
	expect("two")

	save(action, "exports.onExecutePostLogin = async (event, api) => {\n  if (\n};")
	log.await(t, "the last good one keeps running", 1)
	if !strings.Contains(log.String(), "claim.js:3:1: SyntaxError") {
		t.Errorf("the log does not say where:\n%s", log.String())
	}
	expect("two")

	save("tenant.yaml", strings.Replace(watchedTenant, "default_directory: Users", "default_directory: Nowhere", 1))
	log.await(t, "the last good one keeps running", 2)
	expect("two")

	save(action, claimAction("three"))
	log.await(t, "the last good one keeps running", 3) // the tenant is still broken
	save("tenant.yaml", watchedTenant)
	log.await(t, "tenant applied", 2)
	expect("three")
}
