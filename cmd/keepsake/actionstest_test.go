package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestExampleScenarios plays what the demo tenant ships.
func TestExampleScenarios(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runWith(t.Context(), "actions", "test", "-v", "../../examples")
	if code != exitOK || stderr != "" || strings.Count(stdout, "--- PASS") < 14 || strings.Count(stdout, "ok  \t") != 4 {
		t.Errorf("code %d, stderr %q\n%s", code, stderr, stdout)
	}
}

// scenarioFiles are a folder without a tenant: the demo tenant's users and clients are there then.
func scenarioFolder(t *testing.T) string {
	t.Helper()
	return writeTree(t, map[string]string{
		"country.js": `exports.onExecutePostLogin = async (event, api) => {
  console.log("in", event.request.geoip.countryCode);
  if (event.secrets.CLOSED === event.request.geoip.countryCode) return api.access.deny("closed");
  api.refreshToken.setMetadata("country", event.request.geoip.countryCode);
  api.idToken.setCustomClaim("https://x/n", 1);
  api.user.setAppMetadata("seen", { times: 1 });
  if (event.session) api.session.setMetadata("s", "t");
};`,
		"wanderer.js": `exports.onExecutePostLogin = async (event, api) => { api.redirect.sendUserTo("https://elsewhere.example.com/ask", { query: { q: "1" } }); };
exports.onContinuePostLogin = async (event, api) => { api.idToken.setCustomClaim("https://x/answer", event.request.query.answer); };`,
		"country.test.yaml": `
actions: [country.js]
tests:
  - name: everything
    start: 2031-02-03T04:05:06Z
    steps:
      - login: {from: JP, as: phone, browser: firefox}
        expect:
          id_token: {"https://x/n": 1, iat: 1927857906, nothing: null}
          metadata: {country: JP}
          session_metadata: {s: t}
          app_metadata: {seen: {times: 1}, other: null}
          scope: openid profile email offline_access
          logs: [s, seacft]
      - login: {browser: firefox, from: FR, params: {prompt: none}}
        expect: {metadata: {country: FR}, logs: [ssa, seacft]}
      - expect: {as: phone, metadata: {country: JP}, revoked: false}
      - refresh: {as: phone, from: DE, scope: openid offline_access}
        expect: {metadata: {country: DE}, scope: openid offline_access}
      - patch: {as: phone, session_metadata: {}}
        expect: {session_metadata: {}}
      - patch: {as: phone, metadata: {"a b": x}}
        expect: {status: 400, message: "Metadata keys may only include letters, numbers, underscores, or hyphens"}
      - revoke: {as: phone}
        expect: {status: 202, revoked: true}
  - name: a secret of the test
    actions: [{file: country.js, secrets: {CLOSED: US}}]
    steps:
      - login: {from: US}
        expect: {error: access_denied, error_description: closed, logs: [f]}
`,
		"wanderer.test.yaml": `
actions: [wanderer.js]
tests:
  - name: there and back
    steps:
      - login: {}
        expect: {redirect: "https://elsewhere.example.com/ask?q=1&state="}
      - continue: {params: {answer: "42"}}
        expect: {id_token: {"https://x/answer": "42"}}
`,
		"wrong.test.yaml": `
actions: [country.js]
tests:
  - name: another country
    steps:
      - login: {from: JP}
        expect:
          metadata: {country: US, more: x}
  - name: another claim
    steps:
      - login: {}
        expect: {id_token: {sub: nobody, "https://x/n": null, missing: 1}}
  - name: a failure that nobody expects
    actions: [{file: country.js, secrets: {CLOSED: US}}]
    steps:
      - login: {}
  - name: other log records
    steps:
      - login: {}
        expect: {logs: [s]}
  - name: nobody has logged in
    steps:
      - refresh:
  - name: an Action that is not there
    actions: [nowhere]
    steps:
      - login: {}
`,
		"broken.test.yaml": "tests: [",
	})
}

func TestActionsTest(t *testing.T) {
	t.Parallel()
	dir := scenarioFolder(t)
	junit := filepath.Join(dir, "junit.xml")
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"all that can be expected", []string{"-v", "country.test.yaml"}, exitOK, []string{"--- PASS: everything (", "country.js: in JP", "--- PASS: a secret of the test ("}},
		{"a redirect", []string{"-v", "wanderer.test.yaml"}, exitOK, []string{"sent to https://elsewhere.example.com/ask?q=1"}},
		{"differences", []string{"wrong.test.yaml", "--junit", junit}, exitFailed, []string{
			"--- FAIL: another country (", "wrong.test.yaml:6: login: metadata:\n        - country: \"US\"\n        + country: \"JP\"\n        - more: \"x\"\n", "country.js: in JP",
			"ID token: sub:", "ID token: https://x/n is 1 and should not be there", "ID token: missing is missing, it should be 1",
			"it failed: access_denied: closed", `+ ["s","seacft"]`, "there was no login before", `the tenant has no Action "nowhere"`, "FAIL\t", "\nFAIL\n",
		}},
		{"one test", []string{"wrong.test.yaml", "country.test.yaml", "--run", "country.test.yaml/a secret"}, exitOK, []string{"[no tests to run]", "ok  \t"}},
		{"a file that is no YAML", []string{"broken.test.yaml"}, exitFailed, []string{"broken.test.yaml:1:"}},
		{"a folder", []string{"."}, exitFailed, []string{"country.test.yaml\t", "wrong.test.yaml\t"}},
		{"no test of this name", []string{"country.test.yaml", "--run", "nothing"}, exitUsage, []string{"no test matches"}},
		{"no expression", []string{"--run", "("}, exitUsage, []string{"--run"}},
		{"a network that is none", []string{"country.test.yaml", "--action-network", "http://x"}, exitUsage, []string{"--action-network (KEEPSAKE_ACTION_NETWORK)"}},
		{"no scenarios", []string{"no.test.yaml"}, exitUsage, []string{"there is no"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := []string{"actions", "test"}
			for _, a := range tt.args {
				if strings.HasSuffix(a, ".test.yaml") || a == "." {
					a = filepath.Join(dir, a)
				}
				args = append(args, a)
			}
			code, stdout, stderr := runWith(t.Context(), args...)
			if code != tt.code {
				t.Errorf("code %d, want %d", code, tt.code)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout+stderr, want) {
					t.Errorf("%q is not in\n%s%s", want, stdout, stderr)
				}
			}
			if slices.Contains(tt.args, junit) {
				if b, err := os.ReadFile(junit); err != nil || !strings.Contains(string(b), `<testsuites tests="6" failures="5" errors="1">`) {
					t.Errorf("JUnit: %v\n%s", err, b)
				}
			}
		})
	}
}

// TestActionsTestNetwork: the Actions of a scenario reach what the command line opens, and nothing else that is private.
func TestActionsTestNetwork(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(api.Close)
	file := filepath.Join(writeTree(t, map[string]string{
		"fetch.js": `exports.onExecutePostLogin = async (event, api) => {
  api.refreshToken.setMetadata("status", String((await fetch("` + api.URL + `")).status));
};`,
		"fetch.test.yaml": `
actions: [fetch.js]
tests:
  - name: an answer
    steps:
      - login: {}
        expect: {metadata: {status: "418"}}
`,
	}), "fetch.test.yaml")
	code, stdout, stderr := runWith(t.Context(), "actions", "test", file)
	if code != exitFailed || !strings.Contains(stdout, "the network policy of this server does not allow it") {
		t.Errorf("closed: code %d\n%s%s", code, stdout, stderr)
	}
	opened := map[string]string{"KEEPSAKE_ACTION_NETWORK": "127.0.0.1"}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"actions", "test", file}, host{stdout: &out, stderr: &out, lookupEnv: env(opened)}); code != exitOK {
		t.Errorf("opened: code %d\n%s", code, out.String())
	}
}

// lockedBuffer is an output that a test reads while it is written.
type lockedBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	written chan struct{}
}

func newLockedBuffer() *lockedBuffer { return &lockedBuffer{written: make(chan struct{}, 1)} }

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.written <- struct{}{}:
	default:
	}
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// await waits until text has been written count times.
func (b *lockedBuffer) await(t *testing.T, text string, count int) {
	t.Helper()
	deadline := time.After(time.Minute)
	for strings.Count(b.String(), text) < count {
		select {
		case <-b.written:
		case <-deadline:
			t.Fatalf("%q was not written %d times:\n%s", text, count, b.String())
		}
	}
}

// TestActionsTestWatch: a change plays again, one that breaks the Action included.
func TestActionsTestWatch(t *testing.T) {
	t.Parallel()
	dir := scenarioFolder(t)
	ctx, stop := context.WithCancel(t.Context())
	out := newLockedBuffer()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"actions", "test", "--watch", filepath.Join(dir, "country.test.yaml")}, host{stdout: out, stderr: out, lookupEnv: env(nil)})
	}()
	out.await(t, "watching for changes", 1)
	action := filepath.Join(dir, "country.js")
	good, err := os.ReadFile(action)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(action, append([]byte("}"), good...), 0o600); err != nil {
		t.Fatal(err)
	}
	out.await(t, "watching for changes", 2)
	out.await(t, "SyntaxError", 1)
	// As editors do: write another file and put it in the place.
	if err := os.WriteFile(action+".tmp", good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(action+".tmp", action); err != nil {
		t.Fatal(err)
	}
	out.await(t, "watching for changes", 3)
	out.await(t, "ok  \t", 2)
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("code %d", code)
	}
}
