package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// env makes a lookup of a map.
func env(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { value, ok := values[name]; return value, ok }
}

const longSecret = "0123456789abcdef0123456789abcdef"

// parseServe runs the command line as far as the settings. A database file of its own keeps each test apart.
func parseServe(t *testing.T, args []string, environment map[string]string) (*settings, []string) {
	t.Helper()
	values := map[string]string{"KEEPSAKE_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "test.db")}
	for name, value := range environment {
		values[name] = value
	}
	var c cli
	parser, err := newParser(t.Context(), &c, host{lookupEnv: env(values)}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		t.Fatalf("parse %q: %v", args, err)
	}
	problems := &checker{}
	s := c.Serve.settings(env(values), problems)
	return s, problems.problems
}

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		env  map[string]string
		got  func(*settings) any
		want any
	}{
		{"listen has a default", nil, nil, func(s *settings) any { return s.Listen }, "127.0.0.1:8080"},
		{"the environment beats the default", nil, map[string]string{"KEEPSAKE_LISTEN": "127.0.0.1:1"}, func(s *settings) any { return s.Listen }, "127.0.0.1:1"},
		{"a flag beats the environment", []string{"--listen", "127.0.0.1:2"}, map[string]string{"KEEPSAKE_LISTEN": "127.0.0.1:1"}, func(s *settings) any { return s.Listen }, "127.0.0.1:2"},
		{"an empty variable is no variable", nil, map[string]string{"KEEPSAKE_LISTEN": ""}, func(s *settings) any { return s.Listen }, "127.0.0.1:8080"},
		{"the issuer is left to the listener", nil, nil, func(s *settings) any { return s.Issuer }, ""},
		{"the issuer gets a slash", []string{"--issuer=http://localhost:9"}, nil, func(s *settings) any { return s.Issuer }, "http://localhost:9/"},
		{"the issuer keeps its slash", nil, map[string]string{"KEEPSAKE_ISSUER": "http://LOCALHOST/"}, func(s *settings) any { return s.Issuer }, "http://localhost/"},
		{"proxies are networks", []string{"--trusted-proxies", "10.1.2.3/8, fd00::/8"}, nil, func(s *settings) any { return s.TrustedProxies }, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}},
		{"proxies from the environment", nil, map[string]string{"KEEPSAKE_TRUSTED_PROXIES": "192.0.2.0/24"}, func(s *settings) any { return s.TrustedProxies }, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
		{"retention in days", nil, nil, func(s *settings) any { return s.LogRetention }, 30 * 24 * time.Hour},
		{"retention in hours", []string{"--log-retention=36h"}, nil, func(s *settings) any { return s.LogRetention }, 36 * time.Hour},
		{"the Actions' network", nil, nil, func(s *settings) any { return s.ActionNetwork.String() }, "open"},
		{"a list for the Actions", []string{"--action-network=Api.example.com:443,10.0.0.0/8"}, nil, func(s *settings) any { return s.ActionNetwork.String() }, "api.example.com:443,10.0.0.0/8"},
		{"the Actions' time", nil, nil, func(s *settings) any { return s.ActionTimeout }, 20 * time.Second},
		{"the Actions' log", nil, nil, func(s *settings) any { return s.ActionLogLimit }, 256},
		{"connections are the store's choice", nil, nil, func(s *settings) any { return s.MaxConns }, 0},
		{"connections as told", nil, map[string]string{"KEEPSAKE_DATABASE_MAX_CONNS": "12"}, func(s *settings) any { return s.MaxConns }, 12},
		{"log level", []string{"--log-level=warn"}, nil, func(s *settings) any { return s.LogLevel }, slog.LevelWarn},
		{"log format", []string{"--log-format=json"}, nil, func(s *settings) any { return s.LogFormat }, "json"},
		{"location files", []string{"--geoip-city=c.mmdb"}, map[string]string{"KEEPSAKE_GEOIP_ASN": "a.mmdb"}, func(s *settings) any { return []string{s.GeoIPCity, s.GeoIPASN} }, []string{"c.mmdb", "a.mmdb"}},
		{"no tenant is the demo tenant", nil, nil, func(s *settings) any { return s.Demo() }, true},
		{"a tenant is none", nil, map[string]string{"KEEPSAKE_TENANT": "t.yaml"}, func(s *settings) any { return s.Demo() }, false},
		{"postgres is taken with a secret", nil, map[string]string{"KEEPSAKE_DATABASE_URL": "postgres://u@h1:1,h2:2/d", "KEEPSAKE_SECRET": longSecret}, func(s *settings) any { return s.Database.url }, "postgres://u@h1:1,h2:2/d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, problems := parseServe(t, tt.args, tt.env)
			if len(problems) > 0 {
				t.Fatalf("problems: %q", problems)
			}
			if diff := cmp.Diff(tt.want, tt.got(s), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSettingsProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		env  map[string]string
		want []string
	}{
		{"no port", []string{"--listen=localhost"}, nil, []string{`--listen (KEEPSAKE_LISTEN): "localhost" is not host:port, such as 127.0.0.1:8080`}},
		{"a port that is none", []string{"--listen=localhost:http"}, nil, []string{`--listen (KEEPSAKE_LISTEN): "http" is not a port between 0 and 65535`}},
		{"an issuer that is no URL", []string{"--issuer=login.example.com", "--tenant=t"}, nil, []string{`--issuer (KEEPSAKE_ISSUER): "login.example.com" is not a URL such as https://login.example.com/`}},
		{"an issuer with a path", []string{"--issuer=https://example.com/auth/", "--tenant=t"}, nil, []string{`--issuer (KEEPSAKE_ISSUER): must have no path, but has "/auth/"`}},
		{"an issuer with a password", []string{"--issuer=https://u:hunter2@example.com/", "--tenant=t"}, nil, []string{`--issuer (KEEPSAKE_ISSUER): must have no user, query or fragment`}},
		{"an address instead of a network", []string{"--trusted-proxies=10.0.0.1,10.0.0.0/8,x"}, nil, []string{
			`--trusted-proxies (KEEPSAKE_TRUSTED_PROXIES): "10.0.0.1" is not a network such as 10.0.0.0/8 or fd00::/8`,
			`--trusted-proxies (KEEPSAKE_TRUSTED_PROXIES): "x" is not a network such as 10.0.0.0/8 or fd00::/8`,
		}},
		{"an unknown database", []string{"--database-url=mysql://u:hunter2@h/d"}, nil, []string{`--database-url (KEEPSAKE_DATABASE_URL): must begin with sqlite: or postgres://`}},
		{"sqlite without a path", []string{"--database-url=sqlite:"}, nil, []string{`--database-url (KEEPSAKE_DATABASE_URL): needs the path of a file after sqlite:`}},
		{"sqlite in memory", []string{"--database-url=sqlite::memory:"}, nil, []string{`--database-url (KEEPSAKE_DATABASE_URL): needs the path of a file after sqlite:`}},
		{"postgres that is no URL", []string{"--database-url=postgres:u:hunter2@h"}, nil, []string{`--database-url (KEEPSAKE_DATABASE_URL): is not like postgres://user@host/database`}},
		{"postgres with a port that is none", []string{"--database-url=postgres://u:hunter2@h:port/d"}, nil, []string{`--database-url (KEEPSAKE_DATABASE_URL): is not like postgres://user@host/database`}},
		{"postgres without a secret", []string{"--database-url=postgres://u@h/d"}, nil, []string{`KEEPSAKE_SECRET or KEEPSAKE_SECRET_FILE: is required with PostgreSQL; make one with: openssl rand -base64 32`}},
		{"a short secret", nil, map[string]string{"KEEPSAKE_SECRET": "hunter2"}, []string{`KEEPSAKE_SECRET: has 7 bytes, at least 32 are needed`}},
		{"a short predecessor", nil, map[string]string{"KEEPSAKE_SECRET": longSecret, "KEEPSAKE_SECRET_PREVIOUS": longSecret + ",hunter2"}, []string{`KEEPSAKE_SECRET_PREVIOUS: secret 2 has 7 bytes, at least 32 are needed`}},
		{"two secrets", nil, map[string]string{"KEEPSAKE_SECRET": longSecret, "KEEPSAKE_SECRET_FILE": "f"}, []string{`KEEPSAKE_SECRET and KEEPSAKE_SECRET_FILE: only one of them can be set`}},
		{"a sender that is none", []string{"--message-sender=http://sms.example/?key=hunter2"}, nil, []string{`--message-sender (KEEPSAKE_MESSAGE_SENDER): must be log, none, or the https URL of an endpoint that sends messages`}},
		{"a retention of nothing", []string{"--log-retention=0d"}, nil, []string{`--log-retention (KEEPSAKE_LOG_RETENTION): "0d" is not a length of time such as 20s, 12h or 30d`}},
		{"a timeout without a unit", []string{"--action-timeout=20"}, nil, []string{`--action-timeout (KEEPSAKE_ACTION_TIMEOUT): "20" is not a length of time such as 20s, 12h or 30d`}},
		{"a timeout that is too long", []string{"--action-timeout=1m"}, nil, []string{`--action-timeout (KEEPSAKE_ACTION_TIMEOUT): "1m" is more than 20s`}},
		{"a network that is none", []string{"--action-network=https://example.com"}, nil, []string{`--action-network (KEEPSAKE_ACTION_NETWORK): "https://example.com" has no valid port`}},
		{"a limit that is no number", nil, map[string]string{"KEEPSAKE_ACTION_LOG_LIMIT": "many"}, []string{`--action-log-limit (KEEPSAKE_ACTION_LOG_LIMIT): "many" is not a number from 1 to 1048576`}},
		{"no connections", []string{"--database-max-conns=0"}, nil, []string{`--database-max-conns (KEEPSAKE_DATABASE_MAX_CONNS): "0" is not a number from 1 to 10000`}},
		{"the demo tenant on the network", []string{"--listen=0.0.0.0:8080"}, nil, []string{`--tenant (KEEPSAKE_TENANT): is required when listening on 0.0.0.0:8080: the demo tenant has well-known passwords`}},
		{"the demo tenant on all addresses", []string{"--listen=:8080"}, nil, []string{`--tenant (KEEPSAKE_TENANT): is required when listening on :8080: the demo tenant has well-known passwords`}},
		{"the demo tenant behind a proxy", []string{"--issuer=https://login.example.com"}, nil, []string{`--tenant (KEEPSAKE_TENANT): is required with the issuer https://login.example.com/: the demo tenant has well-known passwords`}},
		{"everything at once", []string{"--listen=x", "--issuer=y", "--log-format=xml"}, map[string]string{"KEEPSAKE_LOG_LEVEL": "loud", "KEEPSAKE_SECRET": "z"}, []string{
			`--listen (KEEPSAKE_LISTEN): "x" is not host:port, such as 127.0.0.1:8080`,
			`--issuer (KEEPSAKE_ISSUER): "y" is not a URL such as https://login.example.com/`,
			`--log-format (KEEPSAKE_LOG_FORMAT): "xml" is not one of text, json`,
			`--log-level (KEEPSAKE_LOG_LEVEL): "loud" is not one of debug, info, warn, error`,
			`KEEPSAKE_SECRET: has 1 bytes, at least 32 are needed`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, problems := parseServe(t, tt.args, tt.env)
			if diff := cmp.Diff(tt.want, problems); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(strings.Join(problems, "\n"), "hunter2") {
				t.Errorf("a password is shown: %q", problems)
			}
		})
	}
}

func TestDefaultIssuer(t *testing.T) {
	t.Parallel()
	bound := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 54321}
	for _, tt := range []struct{ name, listen, want string }{
		{"the address as written", "127.0.0.1:8080", "http://127.0.0.1:8080/"},
		{"a name", "localhost:8080", "http://localhost:8080/"},
		{"the port that the system chose", "127.0.0.1:0", "http://127.0.0.1:54321/"},
		{"IPv6", "[::1]:8080", "http://[::1]:8080/"},
		{"all addresses", ":8080", "http://localhost:8080/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := defaultIssuer(bound, tt.listen); got != tt.want {
				t.Errorf("defaultIssuer(%s) = %q, want %q", tt.listen, got, tt.want)
			}
		})
	}
}

func TestSecretFiles(t *testing.T) {
	t.Parallel()
	older := strings.Repeat("o", 40)
	for _, tt := range []struct {
		name    string
		content string
		mode    os.FileMode
		problem string
		want    []string
	}{
		{"one line", longSecret + "\n", 0o600, "", []string{longSecret}},
		{"predecessors on further lines", longSecret + "\n\n" + older + "\r\n", 0o400, "", []string{longSecret, older}},
		{"empty", "\n", 0o600, "has no secret in it", nil},
		{"readable by others", longSecret, 0o644, "others can read it (mode 0644); run: chmod 600", nil},
		{"a short line", longSecret + "\nhunter2\n", 0o600, "secret 2 has 7 bytes, at least 32 are needed", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, secretFileName)
			if err := os.WriteFile(path, []byte(tt.content), tt.mode); err != nil {
				t.Fatal(err)
			}
			problems := &checker{}
			found := findSecrets(problems, env(nil), database{File: filepath.Join(folder, "k.db")})
			if tt.problem != "" {
				if len(problems.problems) != 1 || !strings.Contains(problems.problems[0], tt.problem) || strings.Contains(problems.problems[0], "hunter2") {
					t.Errorf("problems = %q, want one with %q", problems.problems, tt.problem)
				}
				return
			}
			if len(problems.problems) > 0 || found.create != "" {
				t.Errorf("problems = %q, create = %q", problems.problems, found.create)
			}
			var got []string
			for _, value := range found.values {
				got = append(got, string(value))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSecretFileOfTheEnvironment(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mounted")
	// Orchestrators mount secrets readable by all: that file's mode is theirs to choose.
	if err := os.WriteFile(path, []byte(longSecret), 0o644); err != nil {
		t.Fatal(err)
	}
	problems := &checker{}
	previous := strings.Repeat("p", 32) + "\n" + strings.Repeat("q", 32)
	found := findSecrets(problems, env(map[string]string{secretFileEnv: path, secretPreviousEnv: previous}), database{url: "postgres://h/d"})
	if len(problems.problems) > 0 || len(found.values) != 3 || string(found.values[0]) != longSecret {
		t.Errorf("problems %q, %d secrets", problems.problems, len(found.values))
	}

	missing := &checker{}
	findSecrets(missing, env(map[string]string{secretFileEnv: path + ".not"}), database{url: "postgres://h/d"})
	if len(missing.problems) != 1 || !strings.Contains(missing.problems[0], "KEEPSAKE_SECRET_FILE: open ") {
		t.Errorf("problems of a missing file: %q", missing.problems)
	}
}

func TestSecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	db := database{File: filepath.Join(folder, "k.db")}
	first := findSecrets(&checker{}, env(nil), db)
	if first.create == "" {
		t.Fatal("no secret is to be made on a first start")
	}
	if _, err := os.Stat(first.create); !os.IsNotExist(err) {
		t.Fatalf("the file was made while checking: %v", err)
	}
	made, err := first.keyring()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(first.create); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the secret: %v, %v", info.Mode(), err)
	}
	// A second process that also saw no file takes the first one's secret.
	raced, err := first.keyring()
	if err != nil {
		t.Fatal(err)
	}
	problems := &checker{}
	again, err := findSecrets(problems, env(nil), db).keyring()
	if err != nil || len(problems.problems) > 0 {
		t.Fatalf("second start: %v, %q", err, problems.problems)
	}
	for name, other := range map[string][][]byte{"racing": raced.Keys("test"), "restarted": again.Keys("test")} {
		if diff := cmp.Diff(made.Keys("test"), other); diff != "" {
			t.Errorf("%s process has another secret: %s", name, diff)
		}
	}
}

func TestSecretThatWentMissing(t *testing.T) {
	t.Parallel()
	db := database{File: filepath.Join(t.TempDir(), "k.db")}
	if err := os.WriteFile(db.File, []byte("a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	problems := &checker{}
	if s := findSecrets(problems, env(nil), db); s.create != "" || len(problems.problems) != 1 || !strings.Contains(problems.problems[0], "is missing, but the database") {
		t.Errorf("create %q, problems %q", s.create, problems.problems)
	}
}

func TestConfigurationProblemsEndTheProcess(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	folder := t.TempDir()
	code := run(context.Background(), []string{"serve", "--listen=x", "--log-level=loud"}, host{stdout: &stdout, stderr: &stderr, lookupEnv: env(map[string]string{
		"KEEPSAKE_DATABASE_URL": "sqlite:" + filepath.Join(folder, "k.db"),
	})})
	want := `keepsake: 2 problems with the configuration:
  --listen (KEEPSAKE_LISTEN): "x" is not host:port, such as 127.0.0.1:8080
  --log-level (KEEPSAKE_LOG_LEVEL): "loud" is not one of debug, info, warn, error
`
	if diff := cmp.Diff(want, stderr.String()); diff != "" || code != exitUsage || stdout.Len() > 0 {
		t.Errorf("code %d, stdout %q, stderr:\n%s", code, stdout.String(), diff)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("files were made: %v", left)
	}
}

func TestWhoSendsMessages(t *testing.T) {
	t.Parallel()
	loopback, public := &net.TCPAddr{IP: net.IPv6loopback}, &net.TCPAddr{IP: net.IPv4zero}
	for _, tt := range []struct {
		name, setting string
		address       net.Addr
		want          string
	}{
		{"the log by default on a loopback address", "", loopback, "messages.Log"},
		{"nobody by default elsewhere", "", public, "<nil>"},
		{"the log when told", "log", public, "messages.Log"},
		{"nobody when told", "none", loopback, "<nil>"},
		{"an endpoint", "https://sms.example/", public, "*messages.Webhook"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sender := newSender(&settings{MessageSender: tt.setting}, tt.address, slog.New(slog.DiscardHandler))
			if got := fmt.Sprintf("%T", sender); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
