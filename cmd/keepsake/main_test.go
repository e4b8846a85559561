package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models/store/storetest"
)

var update = flag.Bool("update", false, "write testdata/help anew")

func TestMain(m *testing.M) {
	if os.Getenv(asCurl) != "" {
		os.Exit(curl(os.Args[1:]))
	}
	if code, is := runWorker(os.Args, os.Stderr); is {
		os.Exit(code)
	}
	os.Unsetenv("COLUMNS") // the width of help texts must not depend on the terminal
	storetest.Main(m)
	removeProgram()
}

// runWith runs a command line with nothing in the environment.
func runWith(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, args, host{stdout: &out, stderr: &errs, lookupEnv: env(nil)})
	return code, out.String(), errs.String()
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file string
		args []string
	}{
		{"keepsake", []string{"--help"}},
		{"keepsake", nil}, // no command asks for help
		{"serve", []string{"serve", "--help"}},
		{"demo", []string{"demo", "--help"}},
		{"tenant", []string{"tenant", "--help"}},
		{"tenant-check", []string{"tenant", "check", "--help"}},
		{"actions", []string{"actions", "--help"}},
		{"actions-lint", []string{"actions", "lint", "--help"}},
		{"actions-run", []string{"actions", "run", "--help"}},
		{"actions-test", []string{"actions", "test", "--help"}},
		{"actions-types", []string{"actions", "types", "--help"}},
		{"healthcheck", []string{"healthcheck", "--help"}},
		{"version", []string{"version", "--help"}},
	} {
		t.Run(strings.Join(append([]string{"keepsake"}, tt.args...), " "), func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runWith(t.Context(), tt.args...)
			if code != exitOK || stderr != "" {
				t.Errorf("code %d, stderr %q", code, stderr)
			}
			path := filepath.Join("testdata", "help", tt.file+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(stdout), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), stdout); diff != "" {
				t.Errorf("not as in %s (go test ./cmd/keepsake -update writes it anew): %s", path, diff)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"an unknown command", []string{"srve"}, `unexpected argument srve, did you mean "serve"?`},
		{"an unknown flag", []string{"serve", "--port=1"}, "unknown flag --port"},
		{"half a command", []string{"tenant"}, `expected "check"`},
		{"an argument that is missing", []string{"tenant", "check"}, `expected "<path>"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runWith(t.Context(), tt.args...)
			if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "keepsake: ") || !strings.Contains(stderr, tt.want) {
				t.Errorf("code %d, stdout %q, stderr %q, want %q in it", code, stdout, stderr, tt.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	code, stdout, _ := runWith(t.Context(), "version")
	if code != exitOK || !strings.HasPrefix(stdout, "keepsake "+versionText()+" (go1.") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("code %d, %q", code, stdout)
	}
}
