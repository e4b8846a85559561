package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/internal/outside"
)

// runProgram runs the binary to its end in a folder and returns its exit code and what it printed.
func runProgram(t *testing.T, folder string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), programPath(t), args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = folder, env, &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// TestE2EEveryProblemAtOnce gives the program a configuration in which everything is wrong: it says all of it, shows no
// password, and leaves nothing behind.
func TestE2EEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	code, stdout, stderr := runProgram(t, folder, []string{"KEEPSAKE_LOG_FORMAT=xml", "KEEPSAKE_SECRET=short"}, "serve",
		"--listen=nowhere", "--issuer=ftp://x/", "--trusted-proxies=10.0.0.0/99", "--database-url=mysql://root:hunter2@db/x", "--tenant=missing.yaml",
		"--geoip-city=missing.mmdb", "--log-retention=never", "--log-level=loud")
	want := `keepsake: 10 problems with the configuration:
  --listen (KEEPSAKE_LISTEN): "nowhere" is not host:port, such as 127.0.0.1:8080
  --issuer (KEEPSAKE_ISSUER): "ftp://x/" is not a URL such as https://login.example.com/
  --trusted-proxies (KEEPSAKE_TRUSTED_PROXIES): "10.0.0.0/99" is not a network such as 10.0.0.0/8 or fd00::/8
  --database-url (KEEPSAKE_DATABASE_URL): must begin with sqlite: or postgres://
  --log-retention (KEEPSAKE_LOG_RETENTION): "never" is not a length of time such as 20s, 12h or 30d
  --log-format (KEEPSAKE_LOG_FORMAT): "xml" is not one of text, json
  --log-level (KEEPSAKE_LOG_LEVEL): "loud" is not one of debug, info, warn, error
  KEEPSAKE_SECRET: has 5 bytes, at least 32 are needed
  --geoip-city, --geoip-asn (KEEPSAKE_GEOIP_CITY, KEEPSAKE_GEOIP_ASN): open the city database: open missing.mmdb: no such file or directory
  --tenant (KEEPSAKE_TENANT): find tenant: stat missing.yaml: no such file or directory
`
	if diff := cmp.Diff(want, stderr); code != exitUsage || stdout != "" || diff != "" {
		t.Errorf("exit code %d, stdout %q, stderr (-want +got):\n%s", code, stdout, diff)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestE2EAnnouncedLines starts the program as a newcomer does and pastes what it prints into a shell with the real curl.
func TestE2EAnnouncedLines(t *testing.T) {
	t.Parallel()
	outside.Program(t, "curl") // TestAnnouncedLines pastes the same lines with a stand-in
	o := onSQLite(t)
	var err error
	if o.Stdout, err = os.Create(filepath.Join(t.TempDir(), "stdout")); err != nil {
		t.Fatal(err)
	}
	defer o.Stdout.Close()
	p := startProcess(t, o)
	printed, err := os.ReadFile(o.Stdout.Name())
	if err != nil {
		t.Fatal(err)
	}
	_, lines, found := strings.Cut(string(printed), "another terminal.\n")
	script, _, more := strings.Cut(lines, "Ctrl-C")
	if !found || !more {
		t.Fatalf("no lines in:\n%s", printed)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Stdin = strings.NewReader(script)
	shell.Env = append(os.Environ(), "NO_PROXY=*", "no_proxy=*")
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var answers []map[string]any
	for line := range strings.Lines(string(out)) {
		var answer map[string]any
		if err := json.Unmarshal([]byte(line), &answer); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		answers = append(answers, answer)
	}
	if len(answers) != 4 {
		t.Fatalf("%d answers, want those of login, refresh, GET and PATCH:\n%s", len(answers), out)
	}
	for _, answer := range answers[:2] {
		p.Vault.add("a refresh token", answer["refresh_token"].(string))
	}
	noticed, _ := answers[2]["refresh_token_metadata"].(map[string]any)
	if noticed["initial_country"] != "US" || noticed["country_changed"] != "true" || noticed["last_country"] != "DE" {
		t.Errorf("after the refresh from Germany: %v", noticed)
	}
	want := map[string]any{"my_metadata": "my new metadata"}
	if diff := cmp.Diff(any(want), answers[3]["refresh_token_metadata"]); diff != "" {
		t.Errorf("after the PATCH (-want +got):\n%s", diff)
	}
	for _, name := range []string{"keepsake.db", secretFileName} {
		info, err := os.Stat(filepath.Join(filepath.Dir(strings.TrimPrefix(o.Database, "sqlite:")), name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

// TestE2EDemo plays "keepsake demo", which must succeed by itself and against a server that runs.
func TestE2EDemo(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := runProgram(t, t.TempDir(), nil, "demo")
	if code != exitOK || !strings.Contains(stdout, " checks, 0 failed\n") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	p := startProcess(t, onPostgres(t))
	if code, stdout, stderr = runProgram(t, t.TempDir(), nil, "demo", "--target="+p.Issuer); code != exitOK {
		t.Errorf("against a server: exit code %d\n%s\n%s", code, stdout, stderr)
	}
}

// TestE2EAnotherSecret starts a server with a secret that its database was not made with: it must say so and not start.
func TestE2EAnotherSecret(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		o.Env = []string{secretEnv + "=" + testSecret}
		startProcess(t, o).stop()
		code, _, stderr := runProgram(t, t.TempDir(), []string{"KEEPSAKE_DATABASE_URL=" + o.Database,
			secretEnv + "=a-secret-that-never-was-this-server's"}, "serve", "--listen=127.0.0.1:0")
		if code != exitFailed || !strings.Contains(stderr, "secret") {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	})
}
