package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// issuer is the same for all servers, whatever address they listen on, so that what one issued another process on the same
// database takes too.
const issuer = "http://127.0.0.1:8080/"

// requestTimeout is when a request counts as failed.
const requestTimeout = 30 * time.Second

// serverSecret is the servers' secret.
const serverSecret = "bench-server-secret-0123456789abcdef0123456789abcdef"

// targetKey tells servers apart.
type targetKey struct {
	server, database, actions string
	study                     string // that it is for; empty: the scenarios
}

// String is also the name of the folder of a target.
func (k targetKey) String() string {
	name := k.server + "-" + k.database + "-" + k.actions
	if k.study != "" {
		name += "-" + k.study
	}
	return name
}

// target is a running server.
type target struct {
	key     targetKey
	folder  string // of its tenant, its log and its SQLite file
	url     string // of its database
	dbName  string // on PostgreSQL
	process *process
	// client reaches the server; its transport is replaced while round trips are counted.
	client *http.Client
	// browsers have sessions; nil until somebody needs one.
	browsers chan *browser
}

// build makes the program that is measured, as "make build" does.
func build(ctx context.Context, output string, more ...string) error {
	args := append([]string{"build", "-tags", "nopgxregisterdefaulttypes", "-trimpath", "-ldflags", "-s -w", "-o", output}, more...)
	cmd := exec.CommandContext(ctx, "go", append(args, "example.com/keepsake/cmd/keepsake")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build keepsake: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// startKeepsake starts a server process of t on a database. The first one on a database makes the tables and the tenant.
func startKeepsake(ctx context.Context, binary string, t *target, url string, conns int, env ...string) (*process, *http.Client, error) {
	args := []string{
		"serve", "--listen=127.0.0.1:0", "--issuer=" + issuer, "--tenant=" + t.folder, "--trusted-proxies=127.0.0.0/8",
		"--geoip-city=" + filepath.Join(t.folder, "geo", "demo-city.mmdb"), "--geoip-asn=" + filepath.Join(t.folder, "geo", "demo-asn.mmdb"),
	}
	if _, probed := probeOf(t.key.actions); probed {
		args = append(args, "--action-timeout="+runawayTimeout.String())
	}
	if conns > 0 {
		args = append(args, "--database-max-conns="+strconv.Itoa(conns))
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir = t.folder
	cmd.Env = append([]string{"KEEPSAKE_DATABASE_URL=" + url, "KEEPSAKE_SECRET=" + serverSecret}, env...)
	p, address, err := listen(ctx, cmd, t.folder, func(line string) (string, bool) {
		rest, ok := strings.CutPrefix(line, "Keepsake listens on ")
		address, _, _ := strings.Cut(rest, " ")
		return address, ok
	})
	if err != nil {
		return nil, nil, err
	}
	return p, newClient(address), nil
}

// newClient returns a client whose requests go to one address whatever their URL says, and that follows no redirects.
func newClient(address string) *http.Client {
	var dialer net.Dialer
	return &http.Client{
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, address)
			},
			MaxIdleConns:        maxWorkers,
			MaxIdleConnsPerHost: maxWorkers,
			DisableCompression:  true,
		},
	}
}

// through has f speak to another process in the place of t's own.
func (t *target) through(client *http.Client, f func() error) error {
	own := t.client
	t.client = client
	defer func() { t.client = own }()
	return f()
}
