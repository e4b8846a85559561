package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"example.com/keepsake/hooks/actions/lint"
	"example.com/keepsake/hooks/actions/script"
)

// short is a finding as the tests below write it: "line:column rule severity when".
func short(findings []lint.Finding) []string {
	var out []string
	for _, f := range findings {
		s := fmt.Sprintf("%d:%d %s %s", f.Line, f.Column, f.Rule, f.Severity)
		if f.When == lint.Sometimes {
			s += " sometimes"
		}
		out = append(out, s)
	}
	return out
}

// handlerOf is a handler with a body, whose first line is line 2.
func handlerOf(body string) string {
	return "exports.onExecutePostLogin = async (event, api) => {\n" + body + "\n};\n"
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, code string
		want       []string
	}{
		{"a number", `api.refreshToken.setMetadata("n", 42);`, []string{"2:35 metadata-value error"}},
		{"undefined", `api.refreshToken.setMetadata("n", undefined);`, []string{"2:35 metadata-value error"}},
		{"nothing at all", `api.refreshToken.setMetadata("n");`, []string{"2:1 metadata-value error"}},
		{"a boolean", `api.refreshToken.setMetadata("n", event.user.email_verified);`, []string{"2:35 metadata-value error"}},
		{"an array", `api.refreshToken.setMetadata("n", event.transaction.acr_values);`, []string{"2:35 metadata-value error"}},
		{"an array that was written down", `api.refreshToken.setMetadata("n", ["a"]);`, []string{"2:35 metadata-value error"}},
		{"an object", `api.refreshToken.setMetadata("n", event.request.geoip);`, []string{"2:35 metadata-value error"}},
		{"a Date", `api.refreshToken.setMetadata("n", new Date());`, []string{"2:35 metadata-value error"}},
		{"a time in milliseconds", `api.refreshToken.setMetadata("n", Date.now());`, []string{"2:35 metadata-value error"}},
		{"a promise", `api.refreshToken.setMetadata("n", (async () => "x")());`, []string{"2:36 metadata-value error"}},
		{"a number that may be missing", `api.refreshToken.setMetadata("n", event.request.geoip.latitude);`, []string{"2:35 metadata-value error"}},
		{"a string that may be missing", `api.refreshToken.setMetadata("n", event.request.geoip.countryCode);`, []string{"2:35 metadata-value error sometimes"}},
		{"a member of what may be missing", `api.refreshToken.setMetadata("n", event.organization?.id);`, []string{"2:35 metadata-value error sometimes"}},
		{"it through a constant", `const id = event.organization?.id;
api.refreshToken.setMetadata("n", id);`, []string{"3:35 metadata-value error sometimes"}},
		{"it through a destructuring", `const { countryCode: country } = event.request.geoip;
api.refreshToken.setMetadata("n", country);`, []string{"3:35 metadata-value error sometimes"}},
		{"it through a function", `const country = (e) => e.request.geoip.countryCode;
api.refreshToken.setMetadata("n", country(event));`, []string{"3:35 metadata-value error sometimes"}},
		{"inside of a function", `const set = (k, v) => api.refreshToken.setMetadata(k, v);
set("a", "x"); set("b", 1);`, []string{"2:55 metadata-value error"}},
		{"the wrong branch of a condition", `if (!event.organization) api.refreshToken.setMetadata("n", event.organization?.id);`, []string{"2:60 metadata-value error"}},
		{"an entry of a map", `api.refreshToken.setMetadata("n", event.client.metadata.tier);`, []string{"2:35 metadata-value warning sometimes"}},
		{"an entry of the user's metadata", `api.refreshToken.setMetadata("n", event.user.app_metadata.plan);`, []string{"2:35 metadata-value warning sometimes"}},
		{"a value that is too long", `api.refreshToken.setMetadata("n", "` + strings.Repeat("x", 256) + `");`, []string{"2:35 metadata-value error"}},
		{"session metadata", `if (event.session) api.session.setMetadata("n", 1);`, []string{"2:49 metadata-value error"}},

		{"a key with a space", `api.refreshToken.setMetadata("device name", "x");`, []string{"2:30 metadata-key error"}},
		{"a key that is empty", `api.refreshToken.setMetadata("", "x");`, []string{"2:30 metadata-key error"}},
		{"a key that is too long", `api.refreshToken.setMetadata("` + strings.Repeat("k", 256) + `", "x");`, []string{"2:30 metadata-key error"}},
		{"a key that is put together", "api.refreshToken.setMetadata(`device:${event.client.client_id}`, 'x');", []string{"2:30 metadata-key error"}},
		{"a key that is a number", `api.refreshToken.setMetadata(1, "x");`, []string{"2:30 metadata-key error"}},

		{"a restricted claim", `api.accessToken.setCustomClaim("org_id", "x");`, []string{"2:32 restricted-claim warning"}},
		{"a reserved namespace", `api.idToken.setCustomClaim("https://x.auth0.com/y", "x");`, []string{"2:28 restricted-claim warning"}},
		{"the claim that throws", `api.idToken.setCustomClaim("scope", "x");`, []string{"2:28 restricted-claim error"}},

		{"headers", `const h = event.request.headers["user-agent"];`, []string{"2:25 unknown-event-member error"}},
		{"headers, carefully", `const h = event.request.headers?.["user-agent"];`, []string{"2:25 unknown-event-member warning"}},
		{"a misspelt refresh token", `const m = event.refreshToken.metadata;`, []string{"2:17 unknown-event-member error"}},
		{"a geoip name that is not there", `const c = event.request.geoip.country;`, []string{"2:31 unknown-event-member warning"}},
		{"a member in brackets", `const c = event["organisation"];`, []string{"2:17 unknown-event-member warning"}},
		{"a member in a pattern", `const { organisation } = event;`, []string{"2:9 unknown-event-member warning"}},
		{"a member of api that is not there", `api.refreshToken.getMetadata("x");`, []string{"2:18 unknown-api-member error"}},
		{"a part of api that is not there", `api.refresh_token.setMetadata("x", "y");`, []string{"2:5 unknown-api-member error"}},
		{"Keepsake's own country", `const c = event.request.geoip.country_code;`, []string{"2:31 not-at-auth0 info"}},
		{"Keepsake's own value", `const a = event.request.asn?.value;`, []string{"2:30 not-at-auth0 info"}},

		{"a refresh token at a first login", `const c = event.refresh_token.metadata;`, []string{"2:31 unguarded-refresh-token error sometimes"}},
		{"the wrong way round", `if (event.refresh_token) return;
const c = event.refresh_token.metadata;`, []string{"3:31 unguarded-refresh-token error"}},
		{"an organization", `const c = event.organization.name;`, []string{"2:30 unguarded-member error sometimes"}},
		{"a text that may be missing", `const d = event.user.email.split("@")[1];`, []string{"2:28 unguarded-member warning sometimes"}},
		{"a session", `api.session.setMetadata("a", "b");`, []string{"2:1 unguarded-session error sometimes"}},
		{"two arguments", `api.access.deny("code", "reason");`, []string{"2:25 deny-arguments warning"}},
		{"a date as an expiry", `api.refreshToken.setExpiresAt(new Date());`, []string{"2:31 expiry-milliseconds error"}},
		{"a text as an expiry", `api.refreshToken.setIdleExpiresAt("2030-01-01");`, []string{"2:35 expiry-milliseconds error"}},
		{"scopes in one string", `api.accessToken.addScope("a b");`, []string{"2:26 scope-value error"}},
		{"scopes in an array", `api.accessToken.addScope(["a"]);`, []string{"2:26 scope-value error"}},
		{"an object for the transaction", `api.transaction.setMetadata("a", {});`, []string{"2:34 transaction-value error"}},
		{"metadata that no login sets", `if (event.refresh_token) api.refreshToken.setMetadata("a", "b");`, []string{"2:26 never-at-first-login info"}},
		{"chained calls", `api.access.deny("a").accessToken.setCustomClaim("sub", 1).nothing();`, []string{"2:49 restricted-claim warning", "2:59 unknown-api-member error"}},
		{"inside a callback", `["a"].forEach((x) => api.refreshToken.setMetadata("k", 1));`, []string{"2:56 metadata-value error"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, short(lint.Check(lint.Source{File: "a.js", Code: handlerOf(tt.code)}))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNothingIsWrong: ways to write what the rules ask for.
func TestNothingIsWrong(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"a guard":                            `if (event.organization) api.refreshToken.setMetadata("o", event.organization.id);`,
		"an early return":                    `if (!event.organization) return; api.refreshToken.setMetadata("o", event.organization.id);`,
		"an early throw":                     `if (event.organization == null) throw new Error("no"); api.refreshToken.setMetadata("o", event.organization.id);`,
		"a guard by a member":                `if (event.organization?.metadata?.region) console.log(event.organization.name);`,
		"a guard by a constant":              `const org = event.organization; if (!org) return; api.refreshToken.setMetadata("o", org.id);`,
		"a guard by a named condition":       `const isRefresh = !!event.refresh_token; if (isRefresh) console.log(event.refresh_token.id);`,
		"a guard by the protocol":            `if (event.transaction.protocol === "oauth2-refresh-token") console.log(event.refresh_token.id);`,
		"a guard by another protocol":        `if (event.transaction?.protocol !== "oauth2-refresh-token") return; console.log(event.refresh_token.id);`,
		"a guard by a protocol with a name":  `const refresh = event.transaction?.protocol === "oauth2-refresh-token"; if (refresh) console.log(event.refresh_token.id);`,
		"a guard by a switch":                `switch (event.transaction.protocol) { case "oauth2-refresh-token": console.log(event.refresh_token.id); }`,
		"a guard by typeof":                  `const c = event.request.geoip.countryCode; if (typeof c === "string") api.refreshToken.setMetadata("c", c);`,
		"a guard against undefined":          `const c = event.request.geoip.countryCode; if (c !== undefined) api.refreshToken.setMetadata("c", c);`,
		"a guard by in":                      `if ("organization" in event) console.log(event.organization.id);`,
		"a guard by a function":              `const isText = (x) => typeof x === "string"; const c = event.request.asn; if (isText(c)) api.refreshToken.setMetadata("c", c);`,
		"a guard by Boolean":                 `if (Boolean(event.session)) api.session.setMetadata("a", "b");`,
		"a guard by a length":                `if (event.authorization?.roles?.length > 0) api.refreshToken.setMetadata("r", event.authorization.roles.join(","));`,
		"a guard with and":                   `event.session && api.session.setMetadata("a", "b");`,
		"a guard with or":                    `if (!event.refresh_token || event.refresh_token.metadata.a) return;`,
		"a guard in a conditional":           `const n = event.organization ? event.organization.name : "none"; api.refreshToken.setMetadata("n", n);`,
		"a guard in a helper":                `const f = () => { if (!event.organization) throw new Error("no"); }; f(); console.log(event.organization.id);`,
		"a helper that is called guarded":    `const f = () => console.log(event.refresh_token.id); if (event.refresh_token) f();`,
		"a fallback":                         `api.refreshToken.setMetadata("c", event.request.geoip.countryCode || "unknown");`,
		"a fallback for a whole path":        `api.refreshToken.setMetadata("c", event.organization?.metadata?.region ?? "none");`,
		"a default in a pattern":             `const { countryCode = "none" } = event.request.geoip; api.refreshToken.setMetadata("c", countryCode);`,
		"String":                             `api.refreshToken.setMetadata("l", String(event.request.geoip.latitude));`,
		"a template":                         "api.refreshToken.setMetadata(`k_${event.client.client_id}`, `${event.stats.logins_count}`);",
		"a sum with a string":                `api.refreshToken.setMetadata("l", "" + event.stats.logins_count);`,
		"methods of values":                  `api.refreshToken.setMetadata("t", new Date().toISOString()); api.refreshToken.setMetadata("u", event.user.user_id.toUpperCase());`,
		"JSON":                               `api.refreshToken.setMetadata("j", JSON.stringify({ a: 1 }));`,
		"a loop over the roles":              `for (const role of event.authorization.roles) api.refreshToken.setMetadata("r_" + role, "1");`,
		"null deletes":                       `api.refreshToken.setMetadata("a", null);`,
		"a value that may be null":           `api.refreshToken.setMetadata("a", event.organization ? event.organization.id : null);`,
		"an error that is caught":            `try { api.refreshToken.setMetadata("a b", 1); } catch (e) { console.log(e.message); }`,
		"a variable that changes":            `let c; if (event.organization) c = event.organization.id; else c = "none"; api.refreshToken.setMetadata("c", c);`,
		"what the user has besides":          `if (event.user.groups) console.log(event.user.groups.length);`,
		"a member that is asked for":         `if (api.somethingNew) api.somethingNew.use();`,
		"an optional member of api":          `api.somethingNew?.use();`,
		"spread arguments":                   `api.refreshToken.setMetadata(...["a", "b"]);`,
		"a namespaced claim":                 `api.accessToken.setCustomClaim("https://app.example.com/plan", event.user.app_metadata.plan);`,
		"an expiry":                          `api.refreshToken.setExpiresAt(Date.now() + 3600 * 1000); api.refreshToken.setIdleExpiresAt(new Date("2030-01-01").getTime());`,
		"an awaited value":                   `const r = await Promise.resolve("x"); api.refreshToken.setMetadata("r", r);`,
		"a value that nobody knows":          `const r = await fetch("https://example.com"); api.refreshToken.setMetadata("r", (await r.json()).name);`,
		"a change of the event":              `event.request.extra = 1;`,
		"members that every object has":      `if (event.client.hasOwnProperty("name")) return;`,
		"a token's entry with a guard":       `if (!event.refresh_token) return; const c = event.refresh_token.metadata.country; if (c) api.refreshToken.setMetadata("last", c);`,
		"set at an exchange, read before":    `if (event.refresh_token && !event.refresh_token.metadata.seen) api.refreshToken.setMetadata("seen", "yes");`,
		"set at both":                        `if (event.refresh_token) api.refreshToken.setMetadata("a", "b"); else api.refreshToken.setMetadata("a", "c");`,
		"a secret, when nobody knows of any": `api.refreshToken.setMetadata("a", event.secrets.A);`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range lint.Check(lint.Source{File: "a.js", Code: handlerOf(code)}) {
				t.Errorf("%d:%d: %s: %s", f.Line, f.Column, f.Rule, f.Message)
			}
		})
	}
}

// TestHandlers: how a module may export its handler.
func TestHandlers(t *testing.T) {
	t.Parallel()
	const wrong = `{ api.refreshToken.setMetadata("n", 1); }`
	for _, tt := range []struct {
		name, code string
		want       []string
	}{
		{"a handler that is not async", `exports.onExecutePostLogin = (event, api) => {};`, []string{"1:9 handler-async error"}},
		{"a handler that is no function", `exports.onExecutePostLogin = 42;`, []string{"1:9 handler-async error"}},
		{"a handler for after a redirect", `exports.onContinuePostLogin = function (event, api) {};`, []string{"1:9 handler-async error"}},
		{"a handler with another name", `exports.onExecutePostlogin = async () => {};`, []string{"1:9 handler-name warning"}},
		{"an arrow function", `exports.onExecutePostLogin = async (event, api) => ` + wrong, []string{"1:88 metadata-value error"}},
		{"other names of the arguments", `exports.onExecutePostLogin = async (e, a) => { a.refreshToken.setMetadata("n", 1); }`, []string{"1:80 metadata-value error"}},
		{"patterns for the arguments", `exports.onExecutePostLogin = async ({ organization }, { refreshToken }) => { refreshToken.setMetadata("n", organization.id); }`,
			[]string{"1:121 unguarded-member error sometimes"}},
		{"a function with a name", `async function run(event, api) ` + wrong + ` exports.onExecutePostLogin = run;`, []string{"1:68 metadata-value error"}},
		{"module.exports", `module.exports.onExecutePostLogin = async (event, api) => ` + wrong, []string{"1:95 metadata-value error"}},
		{"an object", `module.exports = { onExecutePostLogin: async (event, api) => ` + wrong + ` };`, []string{"1:98 metadata-value error"}},
		{"a method of an object", `module.exports = { async onExecutePostLogin(event, api) ` + wrong + ` };`, []string{"1:93 metadata-value error"}},
		{"a function that wraps it", `const wrap = (f) => f; exports.onExecutePostLogin = wrap(async (event, api) => ` + wrong + `);`, []string{"1:116 metadata-value error"}},
		{"code that is not JavaScript", "exports.onExecutePostLogin = async (event, api) => {\n  if (\n};", []string{"3:1 syntax error"}},
		{"code that closes its function", `}); (function () {`, []string{"1:1 syntax error"}},
		{"no handler", `const a = 1;`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, short(lint.Check(lint.Source{File: "a.js", Code: tt.code}))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLowered: places in TypeScript and ES modules are the author's own.
func TestLowered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, code string
		want             []string
	}{
		{"an ES module", "a.mjs", "export const onExecutePostLogin = async (event, api) => {\n  api.refreshToken.setMetadata(\"n\", 42);\n};\n", []string{"2:37 metadata-value error"}},
		{"an ES module in a .js file", "a.js", "export async function onExecutePostLogin(event, api) {\n  return event.refresh_token.metadata;\n}\n", []string{"2:30 unguarded-refresh-token error sometimes"}},
		{"TypeScript", "a.ts", "interface X { y: string }\nexport const onExecutePostLogin = async (event: any, api: any): Promise<void> => {\n  const x: X = { y: \"a\" };\n  api.refreshToken.setMetadata(\"a b\", x.y);\n};\n", []string{"4:32 metadata-key error"}},
		{"newer syntax", "a.js", "exports.onExecutePostLogin = async (event, api) => {\n  for await (const x of []) console.log(x);\n  api.refreshToken.setMetadata(\"n\");\n};\n", []string{"3:3 metadata-value error"}},
		{"a handler that is not async", "a.mjs", "export const onExecutePostLogin = (event, api) => {};\n", []string{"1:35 handler-async error"}},
		{"a comment that allows it", "a.ts", "export const onExecutePostLogin = async (event, api) => {\n  // keepsake-disable-next-line metadata-value -- for a test\n  api.refreshToken.setMetadata(\"n\", 42);\n};\n", nil},
		{"TypeScript that is none", "a.ts", "export const a: = 1;\n", []string{"1:17 syntax error"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, short(lint.Check(lint.Source{File: tt.file, Code: tt.code}))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	code := handlerOf(`const key = event.secrets.API_KEY, other = event.secrets.OTHER, maybe = event.secrets.MAYBE ?? "x";`)
	got := short(lint.Check(lint.Source{File: "a.js", Code: code, Secrets: map[string]bool{"API_KEY": true}}))
	if diff := cmp.Diff([]string{"2:58 unset-secret error"}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestExamples: the demo tenant's Actions have one finding above an info. It is true, and Auth0's own (contract 1.11).
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../examples/actions/*.js")
	if err != nil || len(files) < 6 {
		t.Fatalf("found %d files, error %v", len(files), err)
	}
	var got []string
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range lint.Check(lint.Source{File: filepath.Base(file), Code: string(code)}) {
			if f.Severity != lint.Info {
				got = append(got, fmt.Sprintf("%s:%d: %s %s", f.File, f.Line, f.Severity, f.Rule))
			}
		}
	}
	want := []string{"consume-organization.js:19: warning restricted-claim"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestWhatRunsHasNoErrors: no Action among the engine's cases that runs without an error has a finding that says it always fails.
func TestWhatRunsHasNoErrors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../testdata/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d files, error %v", len(files), err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if fails(archive) {
			continue
		}
		for _, f := range archive.Files {
			if f.Name == "event.json" || !script.IsSource(f.Name) {
				continue
			}
			for _, finding := range lint.Check(lint.Source{File: f.Name, Code: string(f.Data)}) {
				if finding.Severity == lint.Error && finding.When == lint.Always {
					t.Errorf("%s: %s:%d:%d: %s: %s", filepath.Base(file), f.Name, finding.Line, finding.Column, finding.Rule, finding.Message)
				}
			}
		}
	}
}

func fails(a *txtar.Archive) bool {
	for _, f := range a.Files {
		if f.Name == "want.json" && strings.Contains(string(f.Data), `"error"`) {
			return true
		}
	}
	return false
}

func FuzzCheck(f *testing.F) {
	files, err := filepath.Glob("../testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, code string) {
		for _, finding := range lint.Check(lint.Source{File: "a.js", Code: code}) {
			if finding.Line < 1 || finding.Column < 1 || finding.Message == "" {
				t.Errorf("finding %+v", finding)
			}
		}
	})
}
