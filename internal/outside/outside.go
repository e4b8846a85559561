// Package outside gives tests what is no part of Go: programs, and packages from npm. It owns the one rule for what happens without
// them: the test is skipped and says why, or fails where KEEPSAKE_REQUIRE demands the program, as CI does.
//
// It does not install programs (.ci/run does), and it does not own PostgreSQL, which is never skipped (models/store/storetest).
package outside

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Env names the environment variable with the programs that must be there, separated by commas: chromium,npm.
const Env = "KEEPSAKE_REQUIRE"

// program is one that some tests need.
type program struct {
	name     string
	commands []string // what it may be called on this machine
	leftOut  string   // what isn't tested without it
}

var programs = []program{
	{"chromium", []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}, "a browser's rules for cookies and its Content-Security-Policy"},
	{"npm", []string{"npm"}, "Actions with packages from npm, and the type definitions"},
	{"node", []string{"node"}, "unit tests of Actions in Node.js"},
	{"curl", []string{"curl"}, "the lines that keepsake serve prints, with the real curl"},
}

// Program returns the path of a program. Without it the test is skipped, or fails if it is demanded.
func Program(t testing.TB, name string) string {
	t.Helper()
	p := known(name)
	if p == nil {
		t.Fatalf("outside: no program is called %q", name)
	}
	path := p.find(exec.LookPath)
	if path == "" {
		lack(t, name, fmt.Sprintf("there is no %s on this machine: not tested is %s", name, p.leftOut))
	}
	return path
}

// npmTimeout ends an npm that hangs.
const npmTimeout = 5 * time.Minute

// Packages installs what the package-lock.json in dir names. Where there is no npm, or its registry is out of reach, the test is skipped, or
// fails if npm is demanded.
func Packages(t testing.TB, dir string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), npmTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, Program(t, "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline",
		"--fetch-retries=1", "--fetch-retry-mintimeout=1000")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
	case outOfReach.Match(out):
		lack(t, "npm", fmt.Sprintf("npm's registry is out of reach: not tested is %s\n%s", known("npm").leftOut, out))
	default:
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
}

// outOfReach is how npm says that it is the network's fault. Whatever else it says is a mistake in what the test asks of it.
var outOfReach = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (?:ENOTFOUND|EAI_AGAIN|ECONN\w+|E?TIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E5\d\d)$`)

// lack ends a test for want of a program.
func lack(t testing.TB, name, reason string) {
	t.Helper()
	demanded, err := demands(os.Getenv(Env), name)
	switch {
	case err != nil:
		t.Fatal(err)
	case demanded:
		t.Fatalf("%s demands %s: %s", Env, name, reason)
	}
	t.Skip(reason)
}

// demands reports whether a list of programs has that name. A name that no program has is an error: it would demand nothing.
func demands(list, name string) (bool, error) {
	found := false
	for item := range strings.SplitSeq(list, ",") {
		switch item = strings.TrimSpace(item); {
		case item == "":
		case known(item) == nil:
			return false, fmt.Errorf("%s: no program is called %q", Env, item)
		case item == name:
			found = true
		}
	}
	return found, nil
}

func known(name string) *program {
	i := slices.IndexFunc(programs, func(p program) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return &programs[i]
}

// find returns the program's path; empty: it isn't there.
func (p *program) find(lookPath func(string) (string, error)) string {
	for _, command := range p.commands {
		if path, err := lookPath(command); err == nil {
			return path
		}
	}
	return ""
}
