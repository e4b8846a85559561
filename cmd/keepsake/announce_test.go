package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.com/keepsake/models"
)

func TestDemoSecretsAreThoseOfTheTenant(t *testing.T) {
	t.Parallel()
	demo, errs := readTenant(t.Context(), "", "http://localhost/", env(nil))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	withSecret := 0
	for _, client := range demo.Config.Clients {
		secret, ok := demoSecrets[client.ID]
		if ok != (client.SecretHash != nil) {
			t.Errorf("%s: a secret is announced: %v", client.Name, ok)
		}
		if ok {
			withSecret++
			if !bytes.Equal(models.HashSecret(secret), client.SecretHash) {
				t.Errorf("%s: another secret is announced", client.Name)
			}
		}
	}
	if withSecret != len(demoSecrets) {
		t.Errorf("%d clients have a secret, %d are announced", withSecret, len(demoSecrets))
	}
}

// TestAnnouncedLines pastes the lines that serve prints into a shell. Its curl is this test binary (see curl), so that no
// other program is needed.
func TestAnnouncedLines(t *testing.T) {
	t.Parallel()
	r := startApp(t, mustOpenApp(t, t.TempDir()))
	var announced strings.Builder
	if err := r.announce(&announced); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{r.issuer, "alice@example.com", "alice-demo-password", "Acme Corp (org_abc123)", "NotesNativeApp000000000000000001  none (public, with PKCE)"} {
		if !strings.Contains(announced.String(), want) {
			t.Errorf("no %q in the announcement", want)
		}
	}
	_, lines, found := strings.Cut(announced.String(), "another terminal.\n")
	script, _, more := strings.Cut(lines, "Ctrl-C")
	if !found || !more {
		t.Fatalf("no lines in:\n%s", announced.String())
	}

	tools := t.TempDir()
	write(t, filepath.Join(tools, "curl"), fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asCurl, os.Args[0]))
	if err := os.Chmod(filepath.Join(tools, "curl"), 0o700); err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-eu")
	shell.Stdin = strings.NewReader(script)
	shell.Env = append(os.Environ(), "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	answers := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(answers) != 4 {
		t.Fatalf("%d answers, want those of login, refresh, GET and PATCH:\n%s", len(answers), out)
	}
	for i, want := range []string{
		`"refresh_token_id":"rt_`,
		`"refresh_token":"`,
		`"country_changed":"true"`,
		`"refresh_token_metadata":{"my_metadata":"my new metadata"}`,
	} {
		if !strings.Contains(answers[i], want) {
			t.Errorf("answer %d: %s, want %s in it", i+1, answers[i], want)
		}
	}
}

// asCurl is the environment variable that turns the test binary into curl.
const asCurl = "KEEPSAKE_TEST_AS_CURL"

// curl is as much of curl as the announced lines use. It returns the exit code.
func curl(args []string) int {
	method, target, data := "", "", []string(nil)
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for len(args) > 0 {
		option := args[0]
		args = args[1:]
		switch {
		case option == "-s":
			continue
		case !strings.HasPrefix(option, "-"):
			target = option
			continue
		case len(args) == 0:
			fmt.Fprintln(os.Stderr, "curl: no value for", option)
			return exitUsage
		}
		value := args[0]
		args = args[1:]
		switch option {
		case "-X":
			method = value
		case "-d":
			data = append(data, value)
		case "-H":
			name, content, _ := strings.Cut(value, ": ")
			header.Set(name, content)
		default:
			fmt.Fprintln(os.Stderr, "curl: unknown option", option)
			return exitUsage
		}
	}
	switch {
	case method != "":
	case data != nil:
		method = http.MethodPost
	default:
		method = http.MethodGet
	}
	if err := request(method, target, header, strings.Join(data, "&")); err != nil {
		fmt.Fprintln(os.Stderr, "curl:", err)
		return exitFailed
	}
	return exitOK
}

// request prints the answer's body.
func request(method, target string, header http.Header, body string) error {
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(os.Stdout, resp.Body)
	return err
}
