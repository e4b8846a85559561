package outside

import (
	"os/exec"
	"testing"
)

// TestPrograms looks for each program, and is skipped for those that are missing. "make test" shows these lines, because go test keeps the
// reasons of skipped tests to itself.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			if Program(t, p.name) == "" {
				t.Error("the path is empty")
			}
		})
	}
}

func TestWhatIsDemanded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, list    string
		demanded, bad bool
	}{
		{"nothing", "", false, false},
		{"the program", "npm", true, false},
		{"another program", "chromium", false, false},
		{"one of several", "chromium, npm", true, false},
		{"a longer name", "npmx", false, true},
		{"a name that no program has, beside it", "npm,chromum", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			demanded, err := demands(tt.list, "npm")
			if demanded != tt.demanded || (err != nil) != tt.bad {
				t.Errorf("demands(%q, npm) = %v, %v", tt.list, demanded, err)
			}
		})
	}
}

func TestAProgramMayHaveSeveralNames(t *testing.T) {
	t.Parallel()
	only := func(there string) func(string) (string, error) {
		return func(command string) (string, error) {
			if command == there {
				return "/bin/" + command, nil
			}
			return "", exec.ErrNotFound
		}
	}
	chromium := known("chromium")
	if path := chromium.find(only("google-chrome")); path != "/bin/google-chrome" {
		t.Errorf("found %q", path)
	}
	if path := chromium.find(only("curl")); path != "" {
		t.Errorf("found %q", path)
	}
}

func TestWhoseFaultItIsThatNpmFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, output string
		network      bool
	}{
		{"no such host", "npm warn x\nnpm error code ENOTFOUND\nnpm error syscall getaddrinfo", true},
		{"nobody listens", "npm ERR! code ECONNREFUSED\n", true},
		{"the registry is ill", "npm error code E503\n", true},
		{"a lock file that does not fit", "npm error code EUSAGE\n", false},
		{"another content", "npm error code EINTEGRITY\n", false},
		{"no such package", "npm error code E404\n", false},
		{"a code in what a package says", "npm error code 1\nnpm error said: npm error code ENOTFOUND\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := outOfReach.MatchString(tt.output); got != tt.network {
				t.Errorf("the network's fault: %v", got)
			}
		})
	}
}
