package types_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/actions/types"
)

// TestTypeScriptCompiler lets TypeScript's own compiler check Actions against the definitions: samples that are right, samples that
// are wrong, and the demo tenant's. It runs where npm is installed, which fetches the compiler (testdata/tsc/package-lock.json).
func TestTypeScriptCompiler(t *testing.T) {
	t.Parallel()
	for _, npm := range installed("npm") {
		dir := t.TempDir()
		copyFiles(t, dir, "testdata/tsc/*", "../../../examples/actions/*.js")
		write(t, filepath.Join(dir, types.FileName), types.Definitions())
		write(t, filepath.Join(dir, types.ConfigName), types.Config())
		command(t, dir, npm, "ci", "--no-audit", "--no-fund", "--prefer-offline")

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
		want := []string{"bad.js:4 TS2345", "bad.js:5 TS2345", "bad.js:6 TS18048", "bad.js:6 TS2551", "bad.js:6 TS2339", "bad.js:7 TS2551"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("problems (-want +got):\n%s\n%s", diff, out)
		}
	}
}

// problem is a line of the compiler's: file(line,column): error CODE: message.
var problem = regexp.MustCompile(`(?m)^(\S+?)\((\d+),\d+\): error (TS\d+):`)

// installed returns the paths of those of the programs that there are.
func installed(names ...string) []string {
	var paths []string
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

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

func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
