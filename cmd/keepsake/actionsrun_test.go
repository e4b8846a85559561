package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"example.com/keepsake/workbench"
)

func TestActionsRun(t *testing.T) {
	t.Parallel()
	const examples = "../../examples"
	actions := filepath.Join(examples, "actions")
	dir := writeTree(t, map[string]string{
		"alone.js": `exports.onExecutePostLogin = async (event, api) => {
  if (event.secrets.KEY !== "a,b=c") throw new Error("no key");
  api.accessToken.setCustomClaim("https://x/user", event.user.email);
};`,
		"story.js": `exports.onExecutePostLogin = async (event, api) => {
  if (!event.refresh_token) {
    api.refreshToken.setMetadata("country", event.request.geoip.countryCode);
    api.session.setMetadata("seen", "1");
    api.user.setAppMetadata("plan", "pro");
    api.cache.set("greeting", "hello");
    return;
  }
  console.log(event.refresh_token.metadata.country, event.session.metadata?.seen, event.user.app_metadata.plan, api.cache.get("greeting")?.value);
};`,
		"travel.js": `exports.onExecutePostLogin = async (event, api) => {
  if (event.authentication?.riskAssessment?.assessments.ImpossibleTravel.code === "impossible_travel_from_last_login") api.refreshToken.revoke("Impossible travel");
};`,
		"factors.js": `exports.onExecutePostLogin = async (event, api) => {
  console.log(JSON.stringify([event.user.enrolledFactors, event.user.multifactor]));
  api.multifactor.enable("any");
};`,
		"who.js": `exports.onExecutePostLogin = async (event, api) => {
  const { roles } = await api.roles.getUserEffectiveRoles();
  const { groups } = await api.groups.getUserGroups();
  console.log(JSON.stringify([event.authorization.roles, roles.map((r) => r.name), groups.map((g) => g.name), event.user.enrolledFactors]));
};`,
		"long.js": `exports.onExecutePostLogin = async (event, api) => {
  api.refreshToken.setExpiresAt(Date.now() + 100 * 86400e3);
  api.session.setExpiresAt(Date.now() + 3 * 3600e3);
};`,
		"switch.js": `exports.onExecutePostLogin = async (event, api) => {
  if (!event.refresh_token) api.authentication.setPrimaryUser(event.secrets.TO);
  console.log(event.user.email, event.user.user_id);
};`,
		"fetch.js": `exports.onExecutePostLogin = async (event, api) => { console.log("answer", (await fetch(event.secrets.URL)).status); };`,
		"slow.js":  "exports.onExecutePostLogin = async () => { for (;;) {} };",
		"tenant/tenant.yaml": `tenant: {id: wide, session_lifetime: 2}
clients:
  - {name: Short, client_id: short, client_secret: a-secret-of-a-client-in-a-test, app_type: regular_web, grant_types: [authorization_code, refresh_token], callbacks: ["https://a.example.com/"],
     refresh_token: {rotation_type: rotating, expiration_type: expiring, token_lifetime: 86400, idle_token_lifetime: 3600}}
databases: [{name: Users, strategy: auth0}]
roles: [{name: Editor}, {name: Auditor}]
organizations: [{name: acme, display_name: Acme}]
users:
  - {user_id: auth0|1, email: one@example.com, email_verified: true, password: a-password-of-a-user-in-a-test, roles: [Editor], groups: [staff, board], organizations: [{name: acme, roles: [Auditor, Editor]}]}
  - {user_id: auth0|2, email: two@example.com, password: a-password-of-a-user-in-a-test}
`,
		"broken.js":  "exports.onExecutePostLogin = async (",
		"event.json": `{"user": {"email": "joe@example.com"}, "secrets": {"KEY": "a,b=c"}, "refresh_token": {"metadata": {"a": "b"}}}`,
	})
	alone, wide := filepath.Join(dir, "alone.js"), filepath.Join(dir, "tenant")
	file := func(name string) string { return filepath.Join(dir, name) }
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(api.Close)
	const risk = "authentication.riskAssessment"
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string // in what is printed, to either stream
	}{
		{"both moments, carrying the metadata", []string{filepath.Join(actions, "store-device.js")}, exitOK, []string{
			"== login ==\nstore-device (", `  + initial_country: "US"`, "== refresh ==", `    initial_country: "US"`,
		}},
		{"the tenant's whole chain", []string{"--tenant", examples, "--organization", "acme"}, exitOK, []string{
			"store-organization", "api.refreshToken.setMetadata('org_slug', 'acme')", "demo-commands", `the claim "org_id" is ignored`,
		}},
		{"an Action by its name", []string{"store-organization", "--tenant", examples, "--organization", "globex", "--login"}, exitOK, []string{"'globex'"}},
		{"a member that is not there", []string{alone, "--set", "request.geoip.country=DE"}, exitUsage, []string{"there is no event.request.geoip.country"}},
		{"a member that no event here has", []string{alone, "--set", "transaction.linking_id=x", "--set", risk + ".supplemental={}"}, exitUsage, []string{
			"event.transaction.linking_id can't be changed: no Action would see it", "event." + risk + ".supplemental can't be changed",
		}},
		{"a refresh token at a login", []string{alone, "--login", "--set", "refresh_token.metadata.a=b"}, exitUsage, []string{"event.refresh_token: a first login has none"}},
		{"a mistake in what only the refresh sees", []string{alone, "--set", "refresh_token.metadata.a=4"}, exitUsage, []string{"event.refresh_token.metadata.a must be a string"}},
		{"a secret that is none", []string{alone, "--set", "secrets.KEY=4"}, exitUsage, []string{"event.secrets.KEY must be a string"}},
		{"impossible travel", []string{file("travel.js"), "--refresh", "--set", risk + ".assessments.ImpossibleTravel.code=impossible_travel_from_last_login"}, exitDenied, []string{
			`access_denied, "Impossible travel"`, "The refresh token is revoked.",
		}},
		{"factors", []string{file("factors.js"), "--set", `user.enrolledFactors=[{"type":"otp"}]`}, exitOK, []string{
			`console: [[{"type":"otp"}],["google-authenticator"]]`, "The login waits: a further factor is asked for.", "  mfar",
		}},
		{"providers of factors", []string{file("factors.js"), "--set", `user.multifactor=["guardian"]`}, exitOK, []string{`console: [[{"type":"phone"}],["guardian"]]`}},
		{"what the login has left", []string{file("story.js"), "--set", "request.geoip.countryCode=DE", "--set", "user.app_metadata.plan=free"}, exitOK, []string{"console: DE 1 pro hello"}},
		{"what a login has not left", []string{file("story.js"), "--refresh", "--set", "user.app_metadata.plan=free"}, exitOK, []string{"console: undefined undefined free undefined"}},
		{"the tenant's roles and groups", []string{file("who.js"), "--tenant", wide}, exitOK, []string{`console: [["Editor"],["Editor"],["staff","board"],[]]`}},
		{"and those of the membership", []string{file("who.js"), "--tenant", wide, "--organization", "acme"}, exitOK, []string{`console: [["Editor","Auditor"],["Editor","Auditor"],["staff","board"],[]]`}},
		{"roles of one's own", []string{file("who.js"), "--tenant", wide, "--set", `authorization.roles=["Auditor","Guest"]`}, exitOK, []string{`console: [["Auditor","Guest"],["Auditor","Guest"],`}},
		{"nobody's roles", []string{file("who.js"), "--login"}, exitOK, []string{"console: [[],[],[],[]]"}},
		{"no longer than the tenant has it", []string{file("long.js"), "--tenant", wide, "--client", "Short", "--login"}, exitOK, []string{
			"w An Action set a refresh token expiration beyond the application's maximum", "w An Action set a session expiration beyond the session's own",
		}},
		{"another user", []string{file("switch.js"), "--tenant", wide, "--secret", "TO=auth0|2"}, exitOK, []string{
			"console: one@example.com auth0|1", "It goes on as auth0|2.", "console: two@example.com auth0|2",
		}},
		{"another user that is none", []string{file("switch.js"), "--tenant", wide, "--secret", "TO=auth0|3"}, exitDenied, []string{"The primary user does not exist."}},
		{"no private network", []string{file("fetch.js"), "--secret", "URL=" + api.URL, "--login"}, exitFailed, []string{"the network policy of this server does not allow it"}},
		{"a network that is opened", []string{file("fetch.js"), "--secret", "URL=" + api.URL, "--login", "--action-network", "127.0.0.1"}, exitOK, []string{"console: answer 418"}},
		{"a network that is none", []string{alone, "--action-network", "http://x"}, exitUsage, []string{"--action-network (KEEPSAKE_ACTION_NETWORK)"}},
		{"too slow", []string{file("slow.js"), "--login", "--action-timeout", "50ms"}, exitFailed, []string{"TimeoutError"}},
		{"a revocation", []string{filepath.Join(actions, "validate-device-revoke.js"), "--refresh", "--set", "refresh_token.metadata.initial_country=US",
			"--set", "request.geoip.countryCode=DE"}, exitDenied, []string{"The refresh token is revoked.", "srrt"}},
		{"a failure", []string{alone}, exitFailed, []string{"Error: no key", "== login ==", "actions_execution_failed"}},
		{"a secret of its own", []string{alone, "--secret", "KEY=a,b=c"}, exitOK, []string{"https://x/user"}},
		{"an event of its own", []string{alone, "--event", filepath.Join(dir, "event.json")}, exitOK, []string{`https://x/user: "joe@example.com"`, `    a: "b"`}},
		{"a user and a client of the tenant", []string{filepath.Join(actions, "demo-commands.js"), "--user", "bob@example.com", "--client", "Notes", "--login", "--set", "request.query.ext-demo=deny"},
			exitDenied, []string{"Not on a Sunday"}},
		{"code that is not JavaScript", []string{filepath.Join(dir, "broken.js")}, exitUsage, []string{"broken.js:1:37: SyntaxError"}},
		{"a file that is not there", []string{filepath.Join(dir, "nowhere.js")}, exitUsage, []string{"there is no file, and no Action of the tenant"}},
		{"a user that is not there", []string{filepath.Join(actions, "store-device.js"), "--user", "nobody"}, exitUsage, []string{`no user "nobody"`}},
		{"both flags", []string{alone, "--login", "--refresh"}, exitUsage, []string{"both are played"}},
		{"no tenant", []string{"--tenant", dir}, exitUsage, []string{"tenant.yaml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runWith(t.Context(), append([]string{"actions", "run"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("%q is not in\n%s%s", want, stdout, stderr)
				}
			}
		})
	}
}

func TestActionsRunJSON(t *testing.T) {
	t.Parallel()
	code, stdout, _ := runWith(t.Context(), "actions", "run", "../../examples/actions/store-device.js", "--json")
	var reports []workbench.Report
	if err := json.Unmarshal([]byte(stdout), &reports); err != nil || code != exitOK {
		t.Fatalf("code %d, %v", code, err)
	}
	if len(reports) != 2 || reports[0].Moment != workbench.Login || reports[1].Metadata.Before["initial_country"] != "US" || len(reports[0].Executions[0].Commands) != 4 {
		t.Errorf("reports %+v", reports)
	}
}
