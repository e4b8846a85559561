package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrRefused is the cause when the policy does not allow a connection.
var ErrRefused = errors.New("the network policy of this server does not allow it")

// Limits of the connections of a Client.
const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 30 * time.Second
	maxIdle          = 64
	maxIdlePerHost   = 8
	maxHeaderBytes   = 256 << 10
)

// Client makes requests under a policy. It follows no redirects: each hop is a request of its own. It may be used by any
// number of goroutines at once, and keeps connections open between requests.
type Client struct {
	policy    *Policy
	transport *http.Transport
}

// NewClient returns a client under a policy; nil means Off.
func NewClient(p *Policy) *Client {
	if p == nil {
		p = Off()
	}
	c := &Client{policy: p}
	c.transport = &http.Transport{
		Proxy:                  nil, // see doc.go
		DialContext:            c.dial,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    handshakeTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
	return c
}

// Policy returns the policy that the client is under.
func (c *Client) Policy() *Policy { return c.policy }

// RoundTrip implements http.RoundTripper: it sends one request and returns the response with its body still to be read. The error is ErrRefused, wrapped, when the
// policy does not allow the connection.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return nil, fmt.Errorf("%q is neither http nor https", r.URL.Scheme+":")
	}
	return c.transport.RoundTrip(r)
}

// CloseIdle closes the connections that wait for further requests.
func (c *Client) CloseIdle() { c.transport.CloseIdleConnections() }

// dial opens a connection. The check is the socket's own, so that it sees the very address that is connected to.
func (c *Client) dial(ctx context.Context, kind, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("connect to %q: %w", address, err)
	}
	host = strings.ToLower(host)
	dialer := net.Dialer{
		Timeout: dialTimeout,
		Control: func(_, resolved string, _ syscall.RawConn) error {
			addr, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return fmt.Errorf("connect to %s: %w", address, ErrRefused)
			}
			if !c.policy.allows(host, addr) {
				return fmt.Errorf("connect to %s: %w", address, ErrRefused)
			}
			return nil
		},
	}
	if !c.policy.mayReach(host) {
		return nil, fmt.Errorf("connect to %s: %w", address, ErrRefused) // no name is looked up
	}
	return dialer.DialContext(ctx, kind, address)
}

// mayReach reports whether the policy may allow a host of this name, whatever address it has. If it can't, the name is not even looked up: a
// question to a name server is a message, too.
func (p *Policy) mayReach(host string) bool {
	return p.public || len(p.networks) > 0 || slices.ContainsFunc(p.rules, func(r rule) bool { return r.matches(host, r.port) })
}
