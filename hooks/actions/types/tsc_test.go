package types_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/actions/types"
	"example.com/keepsake/internal/outside"
)

// TestTypeScriptCompiler lets TypeScript's own compiler check Actions in JavaScript and TypeScript against the definitions: samples that are
// right, samples that are wrong, the demo tenant's, and the one of docs/actions.md. npm fetches the compiler
// (testdata/tsc/package-lock.json).
func TestTypeScriptCompiler(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	copyFiles(t, dir, "testdata/tsc/*", "../../../examples/actions/*.js", "../../../docs/samples/fingerprint.ts")
	write(t, filepath.Join(dir, types.FileName), types.Definitions())
	write(t, filepath.Join(dir, types.ConfigName), types.Config())
	outside.Packages(t, dir)

	check := exec.CommandContext(t.Context(), filepath.Join(dir, "node_modules", ".bin", "tsc"), "-p", types.ConfigName, "--pretty", "false")
	check.Dir = dir
	out, err := check.CombinedOutput()
	if err == nil {
		t.Error("the compiler found nothing in what is wrong")
	}
	var got []string
	for _, m := range problem.FindAllStringSubmatch(string(out), -1) {
		got = append(got, m[1]+":"+m[2]+" "+m[3])
	}
	want := []string{
		"bad.js:4 TS2345", "bad.js:5 TS2345", "bad.js:6 TS18048", "bad.js:6 TS2551", "bad.js:6 TS2339", "bad.js:7 TS2551",
		"wrong.ts:2 TS2322", "wrong.ts:3 TS2345", "wrong.ts:4 TS2551", "wrong.ts:5 TS18048", "wrong.ts:5 TS18048", "wrong.ts:5 TS2345", "wrong.ts:7 TS2322",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s\n%s", diff, out)
	}
}

// problem is a line of the compiler's: file(line,column): error CODE: message.
var problem = regexp.MustCompile(`(?m)^(\S+?)\((\d+),\d+\): error (TS\d+):`)

func copyFiles(t *testing.T, dir string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.IsDir() {
				continue
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, filepath.Base(file)), string(b))
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
