package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// openApp opens a server with the demo tenant in folder. More of the environment may be given.
func openApp(t *testing.T, folder string, environment map[string]string) (*app, error) {
	t.Helper()
	values := map[string]string{
		"KEEPSAKE_LISTEN":       "127.0.0.1:0",
		"KEEPSAKE_DATABASE_URL": "sqlite:" + filepath.Join(folder, "keepsake.db"),
		"KEEPSAKE_LOG_LEVEL":    "warn",
	}
	for name, value := range environment {
		values[name] = value
	}
	h := host{stdout: io.Discard, stderr: t.Output(), lookupEnv: env(values)}
	var c cli
	parser, err := newParser(t.Context(), &c, h, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	problems := &checker{}
	return newApp(t.Context(), c.Serve.settings(h.lookupEnv, problems), problems, h)
}

func mustOpenApp(t *testing.T, folder string) *app {
	t.Helper()
	return mustOpenAppWith(t, folder, nil)
}

func mustOpenAppWith(t *testing.T, folder string, environment map[string]string) *app {
	t.Helper()
	a, err := openApp(t, folder, environment)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// running is a server that serves until stop is called.
type running struct {
	*app
	stop  context.CancelFunc
	ended chan error
}

func startApp(t *testing.T, a *app) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{app: a, stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- a.serve(ctx); close(r.ended) }()
	t.Cleanup(func() {
		stop()
		<-r.ended
	})
	return r
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServe(t *testing.T) {
	t.Parallel()
	r := startApp(t, mustOpenApp(t, t.TempDir()))
	for path, want := range map[string]string{
		"healthz":                          "ok\n",
		"readyz":                           `{"status":"ready","checks":{"actions":"ok","database":"ok"}}`,
		"metrics":                          "go_goroutines",
		".well-known/openid-configuration": `"issuer":"` + r.issuer + `"`,
		".well-known/jwks.json":            `"ES256"`,
	} {
		status, body := get(t, r.issuer+path)
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("/%s: %d %s, want %s in it", path, status, body, want)
		}
	}
	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("a clean stop: %v", err)
	}
}

func TestNotReadyWithoutDatabase(t *testing.T) {
	t.Parallel()
	r := startApp(t, mustOpenApp(t, t.TempDir()))
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	status, body := get(t, r.issuer+"readyz")
	if status != http.StatusServiceUnavailable || !strings.Contains(body, `"database":"failed"`) || strings.Contains(body, "closed") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, _ := get(t, r.issuer+"healthz"); status != http.StatusOK {
		t.Errorf("/healthz: %d, but the process is alive", status)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	// The port is another one each time; the Management API's audience must not be.
	issuer := map[string]string{"KEEPSAKE_ISSUER": "http://localhost:8080/"}
	first := mustOpenAppWith(t, folder, issuer)
	keys, err := first.store.SigningKeys(t.Context())
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d signing keys, %v", len(keys), err)
	}
	for _, section := range first.summary.Sections {
		if section.Created == 0 && section.Name != "tenant" {
			t.Errorf("first start: %+v", section)
		}
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}

	second := mustOpenAppWith(t, folder, issuer)
	t.Cleanup(func() { _ = second.close() })
	again, err := second.store.SigningKeys(t.Context())
	if err != nil || len(again) != 2 || again[0].ID != keys[0].ID {
		t.Errorf("the signing keys changed: %v", err)
	}
	for _, section := range second.summary.Sections {
		if section.Created+section.Updated > 0 {
			t.Errorf("a restart changed something: %+v", section)
		}
	}
	for _, name := range []string{"keepsake.db", secretFileName} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

// The demo's passwords are public: its users must not live on beside a real tenant's.
func TestDemoDatabaseTakesNoOtherTenant(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := mustOpenApp(t, folder).close(); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(folder, "tenant.yaml")
	write(t, own, "tenant:\n  friendly_name: Ours\n")
	a, err := openApp(t, folder, map[string]string{"KEEPSAKE_TENANT": own})
	if err == nil {
		_ = a.close()
	}
	if err == nil || !strings.Contains(err.Error(), "the database holds the demo tenant, whose passwords everybody knows; use another database for this tenant") {
		t.Errorf("another tenant on the demo's database: %v", err)
	}
}

func TestAddressInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	folder := t.TempDir()
	_, err = openApp(t, folder, map[string]string{"KEEPSAKE_LISTEN": taken.Addr().String(), "KEEPSAKE_GEOIP_CITY": "no.mmdb"})
	var wrong *configError
	if !errors.As(err, &wrong) || len(wrong.Problems) != 2 || !strings.Contains(wrong.Problems[0], "address already in use") || !strings.Contains(wrong.Problems[1], "no.mmdb") {
		t.Errorf("error %v, want two problems", err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("files were made: %v", left)
	}
}

func TestProblemsOfTheTenant(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "tenant.yaml"), `
clients:
  - name: App
    app_type: teapot
actions:
  - name: Broken
    code: ./broken.js
    deployed: true
    supported_triggers: [{id: post-login, version: v3}]
`)
	write(t, filepath.Join(folder, "broken.js"), "exports.onExecutePostLogin = async (event, api) => {\n  const = 1;\n};\n")
	write(t, filepath.Join(folder, "other.yaml"), `
actions:
  - name: Broken
    code: ./broken.js
    deployed: true
    supported_triggers: [{id: post-login, version: v3}]
`)
	for _, tt := range []struct{ file, want string }{
		{"tenant.yaml", "tenant.yaml:4:"},
		{"other.yaml", "broken.js:2:"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			_, err := openApp(t, t.TempDir(), map[string]string{"KEEPSAKE_TENANT": filepath.Join(folder, tt.file)})
			var wrong *configError
			if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || !strings.Contains(wrong.Problems[0], tt.want) {
				t.Errorf("error %v, want %s in it", err, tt.want)
			}
			code, _, stderr := runWith(t.Context(), "tenant", "check", filepath.Join(folder, tt.file))
			if code != exitUsage || !strings.Contains(stderr, "a problem with the tenant:") || !strings.Contains(stderr, tt.want) {
				t.Errorf("tenant check: code %d, %s", code, stderr)
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// blocking is a handler that says when it is in and answers when it is let go.
type blocking struct {
	in, let chan struct{}
	cut     chan error
}

func newBlocking() *blocking {
	return &blocking{in: make(chan struct{}), let: make(chan struct{}), cut: make(chan error, 1)}
}

func (b *blocking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	close(b.in)
	select {
	case <-b.let:
		io.WriteString(w, "finished")
	case <-r.Context().Done():
		b.cut <- r.Context().Err()
	}
}

func TestStopFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	a := mustOpenApp(t, t.TempDir())
	b := newBlocking()
	a.handler = b
	r := startApp(t, a)

	answer := make(chan string, 1)
	go func() {
		resp, err := http.Get(r.issuer)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-b.in
	r.stop()
	waitUntilRefused(t, r.issuer)
	select {
	case err := <-r.ended:
		t.Fatalf("ended (%v) while a request was in flight", err)
	default:
	}
	close(b.let)
	if got := <-answer; got != "finished" {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-r.ended; err != nil {
		t.Errorf("a clean stop: %v", err)
	}
}

func TestStopCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	a := mustOpenApp(t, t.TempDir())
	b := newBlocking()
	a.handler, a.drainTimeout = b, time.Millisecond
	r := startApp(t, a)
	go func() {
		if resp, err := http.Get(r.issuer); err == nil {
			resp.Body.Close()
		}
	}()
	<-b.in
	r.stop()
	if err := <-r.ended; err != nil {
		t.Errorf("a stop that had to cut off: %v", err)
	}
	if err := <-b.cut; !errors.Is(err, context.Canceled) {
		t.Errorf("the request's context: %v", err)
	}
}

// waitUntilRefused returns once nobody listens any more.
func waitUntilRefused(t *testing.T, issuer string) {
	t.Helper()
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	for t.Context().Err() == nil {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			return
		}
		conn.Close()
	}
}
