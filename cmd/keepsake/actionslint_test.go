package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/actions/lint"
)

// lintTenant is a tenant with two Actions: one with a secret, and one in the document itself.
const lintTenant = `
tenant: {id: t}
actions:
  - name: filed
    code: ./actions/filed.js
    deployed: true
    secrets: [{name: KNOWN, value: x}]
  - name: inline
    code: |
      exports.onExecutePostLogin = (event, api) => {};
    deployed: true
`

const lintFiled = `exports.onExecutePostLogin = async (event, api) => {
  api.refreshToken.setMetadata("a", event.secrets.KNOWN);
  api.refreshToken.setMetadata("b", event.secrets.UNKNOWN);
  api.accessToken.setCustomClaim("sub", "x");
};
`

func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestActionsLint(t *testing.T) {
	t.Parallel()
	dir := writeTree(t, map[string]string{
		"tenant.yaml": lintTenant, "actions/filed.js": lintFiled, "actions/node_modules/x/index.js": "not js",
		"other/fine.js": "exports.onExecutePostLogin = async () => {};", "empty/README.md": "",
	})
	filed := "actions/filed.js:3:51: error: the secret UNKNOWN is read and not set: it is undefined (unset-secret)"
	claim := `actions/filed.js:4:34: warning: the claim "sub" is ignored`
	for _, tt := range []struct {
		name  string
		args  []string
		code  int
		want  []string
		lacks []string
	}{
		{"a tenant", []string{dir}, exitFailed, []string{filed, claim, "tenant.yaml(inline):1:9: error: onExecutePostLogin must be an async function", "2 Actions: 2 errors, 1 warning, 0 info"}, nil},
		{"a tenant by its flag", []string{"--tenant", filepath.Join(dir, "tenant.yaml")}, exitFailed, []string{filed}, nil},
		{"a file of a tenant", []string{filepath.Join(dir, "actions", "filed.js")}, exitFailed, []string{filed}, []string{"secret KNOWN"}},
		{"a folder without a tenant of its own", []string{filepath.Join(dir, "other")}, exitOK, []string{"1 Action: 0 errors, 0 warnings, 0 info"}, nil},
		{"errors only", []string{"-q", filepath.Join(dir, "actions", "filed.js")}, exitFailed, []string{filed}, []string{"warning:"}},
		{"a folder without Actions", []string{filepath.Join(dir, "empty")}, exitUsage, nil, nil},
		{"nothing there", []string{filepath.Join(dir, "nowhere")}, exitUsage, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runWith(t.Context(), append([]string{"actions", "lint"}, tt.args...)...)
			if code != tt.code || (code == exitUsage) != (stderr != "") {
				t.Errorf("code %d, stderr %q", code, stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q is not in\n%s", want, stdout)
				}
			}
			for _, lacks := range tt.lacks {
				if strings.Contains(stdout, lacks) {
					t.Errorf("%q is in\n%s", lacks, stdout)
				}
			}
		})
	}
}

// TestActionsLintExamples: the demo tenant has one true warning, and passes.
func TestActionsLintExamples(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runWith(t.Context(), "actions", "lint", "--json", "../../examples")
	if code != exitOK || stderr != "" {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	var findings []lint.Finding
	if err := json.Unmarshal([]byte(stdout), &findings); err != nil {
		t.Fatal(err)
	}
	want := []lint.Finding{{
		File: "../../examples/actions/consume-organization.js", Line: 19, Column: 36, Rule: "restricted-claim", Severity: lint.Warning, When: lint.Always,
		Message: `the claim "org_id" is ignored: its name or its namespace is restricted`, Mend: `Use a name of your own, such as "https://app.example.com/org_id".`,
	}}
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if code, _, _ := runWith(t.Context(), "actions", "lint", "--max-warnings", "0", "../../examples"); code != exitFailed {
		t.Errorf("code %d with --max-warnings 0", code)
	}
}

func TestActionsTypes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	code, stdout, _ := runWith(t.Context(), "actions", "types", "-o", dir)
	if code != exitOK || strings.Count(stdout, "wrote ") != 2 {
		t.Errorf("code %d, %q", code, stdout)
	}
	config := filepath.Join(dir, "jsconfig.json")
	if err := os.WriteFile(config, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, _ = runWith(t.Context(), "actions", "types", "-o", dir)
	if b, err := os.ReadFile(config); code != exitOK || !strings.Contains(stdout, "kept ") || err != nil || string(b) != "{}" {
		t.Errorf("the second time: code %d, %q, %s, %v", code, stdout, b, err)
	}
	if code, stdout, _ = runWith(t.Context(), "actions", "types"); code != exitOK || !strings.Contains(stdout, "interface PostLoginAPI {") {
		t.Errorf("to standard output: code %d", code)
	}
}
