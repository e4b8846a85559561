package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/workbench/scenario"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.test.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := write(t, `
actions: [by-name, ./a.js, {file: b.ts, secrets: {K: v}}]
tests:
  - name: one
    client: Notes
    steps:
      - login: {from: DE, params: {x: "1"}}
        expect: {metadata: {a: b}, logs: []}
      - refresh:
      - advance: 2h

  - name: two
    steps:
      - expect: {revoked: true}
`)
	got, err := scenario.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	revoked := true
	want := &scenario.File{
		Path:    path,
		Actions: []scenario.Action{{Name: "by-name"}, {File: "./a.js"}, {File: "b.ts", Secrets: map[string]string{"K": "v"}}},
		Tests: []scenario.Test{
			{Name: "one", Client: "Notes", Line: 4, Steps: []scenario.Step{
				{Login: &scenario.Login{Where: scenario.Where{From: "DE"}, Params: map[string]string{"x": "1"}}, Line: 7,
					Expect: &scenario.Expect{Metadata: &map[string]string{"a": "b"}, Logs: &[]string{}}},
				{Refresh: &scenario.Refresh{}, Line: 9},
				{Advance: "2h", Line: 10},
			}},
			{Name: "two", Line: 12, Steps: []scenario.Step{{Expect: &scenario.Expect{Revoked: &revoked}, Line: 14}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

func TestReadFileRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"no tests", "tenant: x", "there are no tests"},
		{"an unknown member", "tests:\n  - name: a\n    stepps: []", `:3:5: unknown field "stepps"`},
		{"an unknown step", "tests:\n  - name: a\n    steps:\n      - logout: {}", ":4:9: unknown field"},
		{"two things in a step", "tests:\n  - name: a\n    steps:\n      - login: {}\n        refresh: {}", "a step is one of"},
		{"no name", "tests:\n  - steps: []", ":2: a test needs a name"},
		{"another flow", "tests:\n  - name: a\n    steps:\n      - login: {flow: magic}", `:4: flow "magic"`},
		{"a country that nobody knows", "tests:\n  - name: a\n    steps:\n      - refresh: {from: XX}", `:4: from "XX"`},
		{"another token", "tests:\n  - name: a\n    steps:\n      - refresh: {token: last}", `:4: token "last"`},
		{"a patch of nothing", "tests:\n  - name: a\n    steps:\n      - patch: {}", ":4: patch needs"},
		{"metadata that is not a string", "tests:\n  - name: a\n    steps:\n      - expect: {metadata: {a: [1]}}", ":4:"},
		{"no YAML", "tests: [", "a.test.yaml:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := scenario.ReadFile(write(t, tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want %q in it, on one line", err, tt.want)
			}
		})
	}
	if _, err := scenario.ReadFile(filepath.Join(t.TempDir(), "b.test.yaml")); err == nil {
		t.Error("no error for a file that is not there")
	}
}
