package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopTimeout is how long a process may take to end after SIGTERM: the promise of serve.
const stopTimeout = 10 * time.Second

// processOptions is what a server is started with.
type processOptions struct {
	Database string
	Tenant   string   // empty: the demo tenant
	Issuer   string   // empty: the server's own address
	Env      []string // more of the environment
	Stdout   *os.File // where its standard output goes; nil: nowhere
	// Vault has the secrets of earlier processes on the same database; nil for a first one.
	Vault *vault
}

// process is a running "keepsake serve".
type process struct {
	processOptions
	t       *testing.T
	address string // host:port that it listens on
	wire    http.RoundTripper
	cmd     *exec.Cmd
	ended   chan struct{}
	waitErr error // of the process; to be read once ended is closed
	log     *logCapture
	stopped *sync.Once // of stop
}

// startProcess starts a server and waits until it is ready. It is stopped, and its log checked, when the test ends.
func startProcess(t *testing.T, o processOptions) *process {
	t.Helper()
	p := launch(t, o)
	p.awaitReady()
	return p
}

// launch starts a server and does not wait for it.
func launch(t *testing.T, o processOptions) *process {
	t.Helper()
	if o.Vault == nil {
		o.Vault = &vault{}
	}
	o.Vault.add("the server's secret", testSecret)
	args := []string{"serve", "--listen=127.0.0.1:0", "--trusted-proxies=127.0.0.0/8", "--log-format=json", "--log-level=debug"}
	if o.Tenant != "" {
		args = append(args, "--tenant="+o.Tenant)
	}
	if o.Issuer != "" {
		args = append(args, "--issuer="+o.Issuer)
	}
	p := &process{processOptions: o, t: t, ended: make(chan struct{}), log: newLogCapture(), stopped: &sync.Once{}}
	p.cmd = exec.Command(programPath(t), args...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append([]string{"KEEPSAKE_DATABASE_URL=" + o.Database}, o.Env...)
	p.cmd.Stderr = p.log
	if o.Stdout != nil {
		p.cmd.Stdout = o.Stdout
	}
	p.cmd.SysProcAttr = dieWithParent()

	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlock: the kernel ends the process with the thread that started it
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.waitErr = p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start keepsake: %v", err)
	}
	t.Cleanup(p.stop)
	return p
}

// awaitReady learns where the server listens and asks whether it is ready.
func (p *process) awaitReady() {
	p.t.Helper()
	select {
	case p.address = <-p.log.listening:
	case <-p.ended:
		p.t.Fatalf("keepsake ended (%v) before it listened:\n%s", p.waitErr, p.log)
	case <-time.After(time.Minute):
		p.t.Fatalf("keepsake does not listen:\n%s", p.log)
	}
	p.wire = newTransport(p.t, p.address)
	if p.Issuer == "" {
		p.Issuer = "http://" + p.address + "/"
	}
	// The address was taken before anything else: the connection waits until the server accepts it.
	if r := p.visit(fromUSA).get("readyz"); r.status != http.StatusOK {
		p.t.Fatalf("/readyz: %d %s", r.status, r.text)
	}
}

// stop sends SIGTERM and checks that the process ended well and in time, and that its log is clean: no error, no secret.
// A second call does nothing.
func (p *process) stop() {
	p.t.Helper()
	p.stopped.Do(p.end)
}

func (p *process) end() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Errorf("SIGTERM: %v", err)
	}
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		p.t.Errorf("still running %s after SIGTERM", stopTimeout)
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	if p.waitErr != nil {
		p.t.Errorf("keepsake ended with %v after SIGTERM", p.waitErr)
	}
	p.checkLog()
	if p.t.Failed() {
		p.t.Logf("the server's log:\n%s", p.log)
	}
}

func (p *process) checkLog() {
	p.t.Helper()
	text := p.log.bytes()
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte(`"level":"ERROR"`)) {
			p.t.Errorf("an error in the server's log: %s", line)
		}
	}
	for _, found := range p.Vault.findIn(text) {
		p.t.Errorf("%s is in the server's log", found)
	}
}

// record returns the first record of the server's log with that message.
func (p *process) record(message string) map[string]any {
	p.t.Helper()
	for line := range bytes.Lines(p.log.bytes()) {
		var record map[string]any
		if err := json.Unmarshal(line, &record); err != nil {
			p.t.Errorf("a log line is no JSON: %s", line)
			continue
		}
		if record["msg"] == message {
			return record
		}
	}
	p.t.Errorf("no %q in the server's log", message)
	return nil
}

// newTransport reaches one server whatever host a URL names, so that several servers can share one issuer.
func newTransport(t *testing.T, address string) http.RoundTripper {
	var dialer net.Dialer
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.Proxy = nil
	wire.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}
	wire.MaxIdleConnsPerHost = 100
	t.Cleanup(wire.CloseIdleConnections)
	return wire
}

// in returns p for a subtest of the test that started it.
func (p *process) in(t *testing.T) *process {
	inside := *p
	inside.t = t
	return &inside
}

// url returns the address of a path below the issuer.
func (p *process) url(path string) string { return p.Issuer + path }

// logCapture keeps what a server logs and says where it listens.
type logCapture struct {
	listening chan string

	mu   sync.Mutex
	text bytes.Buffer
	seen int // how much of text was searched for the address
}

func newLogCapture() *logCapture { return &logCapture{listening: make(chan string, 1)} }

// Write takes a part of the log.
func (l *logCapture) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	for {
		line, _, whole := bytes.Cut(l.text.Bytes()[l.seen:], []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.seen += len(line) + 1
		var record struct{ Msg, Address string }
		if json.Unmarshal(line, &record) == nil && record.Msg == "listening" {
			l.listening <- record.Address
		}
	}
}

func (l *logCapture) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.text.Bytes())
}

// String returns the end of the log.
func (l *logCapture) String() string {
	const most = 8 << 10
	text := l.bytes()
	return string(text[max(0, len(text)-most):])
}
