package main

import (
	"encoding/json"
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
		"broken.js":  "exports.onExecutePostLogin = async (",
		"event.json": `{"user": {"email": "joe@example.com"}, "secrets": {"KEY": "a,b=c"}, "refresh_token": {"metadata": {"a": "b"}}}`,
	})
	alone := filepath.Join(dir, "alone.js")
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
