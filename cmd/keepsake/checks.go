package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/keepsake/hooks/actions/egress"
)

// Each check returns the value behind one flag's text, or adds a problem.

func checkListen(c *checker, text string) string {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		c.flag("listen", "%q is not host:port, such as 127.0.0.1:8080", text)
		return ""
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		c.flag("listen", "%q is not a port between 0 and 65535", port)
		return ""
	}
	return text
}

// checkIssuer returns the issuer with its trailing slash. A path is refused: the endpoints are at the root of the host, where
// discovery looks for them (RFC 8414 section 3).
func checkIssuer(c *checker, text string) string {
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		c.flag("issuer", "%q is not a URL such as https://login.example.com/", text)
		return ""
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		c.flag("issuer", "must have no user, query or fragment")
		return ""
	case u.Path != "" && u.Path != "/":
		c.flag("issuer", "must have no path, but has %q", u.Path)
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + "/"
}

// checkNetwork returns the policy of what Actions may connect to.
func checkNetwork(c *checker, name, text string) *egress.Policy {
	policy, err := egress.Parse(text)
	if err != nil {
		c.flag(name, "%v", err)
	}
	return policy
}

func checkPrefixes(c *checker, name, text string) []netip.Prefix {
	var prefixes []netip.Prefix
	for _, part := range splitList(text) {
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			c.flag(name, "%q is not a network such as 10.0.0.0/8 or fd00::/8", part)
			continue
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes
}

// checkHeader returns the name of a header in its canonical form.
func checkHeader(c *checker, name, text string) string {
	if strings.ContainsFunc(text, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		c.flag(name, "%q is no name of a header", text)
	}
	return http.CanonicalHeaderKey(text)
}

// database is where the data is. The URL may hold a password: it is given to the store and to nobody else.
type database struct {
	url string
	// File is the path of the SQLite file; empty for PostgreSQL.
	File string
}

// String returns what may be shown of it.
func (d database) String() string {
	if d.File != "" {
		return "sqlite:" + d.File
	}
	return "postgres"
}

// LogValue keeps the URL out of logs.
func (d database) LogValue() slog.Value { return slog.StringValue(d.String()) }

// checkDatabase never shows the text, which may hold a password.
func checkDatabase(c *checker, text string) database {
	scheme, rest, _ := strings.Cut(text, ":")
	switch scheme {
	case "sqlite":
		if rest == "" || strings.Contains(rest, ":memory:") || strings.Contains(rest, "?") {
			c.flag("database-url", "needs the path of a file after sqlite:")
			return database{}
		}
		return database{url: text, File: filepath.Clean(rest)}
	case "postgres", "postgresql":
		// A multi-host URL (h1:5432,h2:5432), which libpq knows, is none to net/url: the driver judges it.
		authority, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/")
		_, err := url.Parse(text)
		if !strings.HasPrefix(rest, "//") || (err != nil && !strings.Contains(authority, ",")) {
			c.flag("database-url", "is not like postgres://user@host/database")
			return database{}
		}
		return database{url: text}
	}
	c.flag("database-url", "must begin with sqlite: or postgres://")
	return database{}
}

func checkNumber(c *checker, name, text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		c.flag(name, "%q is not a number from %d to %d", text, least, most)
	}
	return n
}

// checkDuration takes what time.ParseDuration takes, and whole days (30d).
func checkDuration(c *checker, name, text string) time.Duration {
	d, err := parseDuration(text)
	if err != nil {
		c.flag(name, "%v", err)
	}
	return d
}

func checkOneOf(c *checker, name, text string, allowed ...string) string {
	if !slices.Contains(allowed, text) {
		c.flag(name, "%q is not one of %s", text, strings.Join(allowed, ", "))
	}
	return text
}

func checkLevel(c *checker, text string) slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[text]
	if !ok {
		c.flag("log-level", "%q is not one of debug, info, warn, error", text)
	}
	return level
}

// checkDemo keeps the demo tenant, whose passwords everybody can read, away from the network: it is for a server that
// only this machine reaches, neither directly nor through a proxy (which a foreign issuer gives away).
func checkDemo(c *checker, s *settings) {
	if s.Listen != "" {
		if host, _, _ := net.SplitHostPort(s.Listen); !isLoopback(host) {
			c.flag("tenant", "is required when listening on %s: the demo tenant has well-known passwords", s.Listen)
			return
		}
	}
	if s.Issuer != "" {
		if u, err := url.Parse(s.Issuer); err != nil || !isLoopback(u.Hostname()) {
			c.flag("tenant", "is required with the issuer %s: the demo tenant has well-known passwords", s.Issuer)
		}
	}
}

// isLoopback reports whether a host as written names this machine only.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// defaultIssuer is the issuer of a server that was given none: the address as it was written, with the port that the
// listener has when the system was to choose one.
func defaultIssuer(bound net.Addr, listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if actual, ok := bound.(*net.TCPAddr); ok && port == "0" {
		port = strconv.Itoa(actual.Port)
	}
	if err != nil || host == "" {
		host = "localhost" // all addresses: no one of them is better than this
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// splitList splits at commas and white space, and leaves empty parts out.
func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}
