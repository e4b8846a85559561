package pgserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

// Proxy stands between a client and PostgreSQL and counts round trips: the times that the server said ReadyForQuery, which it
// does once for every Sync or simple query that it was sent. What the client does before its first query (connecting,
// preparing statements) counts too, so count differences after a warm-up. A connection that listens for notifications is not
// counted: it is nobody's who waits for an answer.
type Proxy struct {
	listener net.Listener
	url      string
	target   string
	trips    atomic.Int64
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	done  bool
}

// NewProxy starts a proxy in front of the server of a postgres:// URL, without TLS.
func NewProxy(address string) (*Proxy, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("the proxy needs a postgres:// URL with a host")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the proxy: %w", err)
	}
	p := &Proxy{listener: l, target: u.Host}
	if u.Port() == "" {
		p.target = net.JoinHostPort(u.Hostname(), "5432")
	}
	u.Host = l.Addr().String()
	query := u.Query()
	query.Set("sslmode", "disable") // what is encrypted can't be counted
	u.RawQuery = query.Encode()
	p.url = u.String()
	p.wg.Go(p.accept)
	return p, nil
}

// URL is the URL of the database through the proxy.
func (p *Proxy) URL() string { return p.url }

// RoundTrips returns how many round trips there were.
func (p *Proxy) RoundTrips() int64 { return p.trips.Load() }

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			client.Close()
			continue
		}
		if !p.keep(client, server) {
			return
		}
		var listens atomic.Bool
		p.wg.Go(func() {
			defer server.Close()
			_, _ = io.Copy(server, io.TeeReader(client, &listenSpotter{&listens})) // either end may go away
		})
		p.wg.Go(func() {
			defer client.Close()
			p.count(client, server, &listens)
		})
	}
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, conns...)
	if p.done {
		for _, c := range conns {
			c.Close()
		}
	}
	return !p.done
}

// listenSpotter notes whether what is written to it is the simple query LISTEN. A client sends that in one piece.
type listenSpotter struct{ seen *atomic.Bool }

// Write implements io.Writer.
func (s *listenSpotter) Write(b []byte) (int, error) {
	const query, header = 'Q', 5
	if len(b) > header && b[0] == query && bytes.HasPrefix(b[header:], []byte("LISTEN ")) {
		s.seen.Store(true)
	}
	return len(b), nil
}

// count copies the server's messages, each a type byte and a length, to the client.
func (p *Proxy) count(client io.Writer, server io.Reader, listens *atomic.Bool) {
	const readyForQuery = 'Z'
	header := make([]byte, 5)
	for {
		if _, err := io.ReadFull(server, header); err != nil {
			return
		}
		if header[0] == readyForQuery && !listens.Load() {
			p.trips.Add(1)
		}
		if _, err := client.Write(header); err != nil {
			return
		}
		length := int64(binary.BigEndian.Uint32(header[1:])) - 4
		if _, err := io.CopyN(client, server, length); err != nil {
			return
		}
	}
}

// Close ends the proxy and the connections through it.
func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	p.done = true
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}
