package tenant

import (
	"net/netip"
	"net/url"
	"strings"
)

// Schemes that a browser runs or reads by itself; never a place to send a user to.
var forbiddenSchemes = map[string]bool{"javascript": true, "data": true, "vbscript": true, "file": true, "blob": true, "about": true}

// redirects reads a list of URLs that the browser may be sent to with something secret: callbacks, logout URLs.
// RFC 6749 3.1.2: absolute, without a fragment; plain http only to the user's own machine, and schemes of native
// apps (RFC 8252 7).
func (l *loader) redirects(o *object, name string) []string {
	given, _ := o.strings(name)
	var out []string
	for _, s := range given {
		switch problem := redirectProblem(s.text); {
		case strings.ContainsAny(s.text, "*{}"):
			l.warnf(s.at, s.path, "wildcards and placeholders are not supported: %q is left out", s.text)
		case problem != "":
			l.problemf(s.at, s.path, "%q %s", s.text, problem)
		default:
			out = append(out, s.text)
		}
	}
	return distinct(out)
}

// redirectProblem says what is wrong with a URL to redirect to; "" if nothing is.
func redirectProblem(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || u.Opaque != "" || u.Host == "" && u.Path == "" && raw != u.Scheme+"://" {
		return "is not an absolute URL"
	}
	web := u.Scheme == "https" || u.Scheme == "http"
	switch {
	case strings.Contains(raw, "#"):
		return "has a fragment"
	case u.User != nil:
		return "has a user name in it"
	case forbiddenSchemes[u.Scheme]:
		return "has the scheme " + u.Scheme + ", which is no place to send a user to"
	case web && u.Hostname() == "":
		return "has no host"
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return "is plain http, which is for loopback addresses only: use https"
	}
	return ""
}

// loopback reports whether a host name is the user's own machine.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761 6.3
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// origins reads a list of web origins (RFC 6454): scheme, host and port. The slash that people put behind is dropped.
func (l *loader) origins(o *object, name string) []string {
	given, _ := o.strings(name)
	var out []string
	for _, s := range given {
		origin := strings.TrimSuffix(s.text, "/")
		u, err := url.Parse(origin)
		switch {
		case strings.Contains(s.text, "*"):
			l.warnf(s.at, s.path, "wildcards are not supported: %q is left out", s.text)
		case err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || strings.ContainsAny(origin, "?#"):
			l.problemf(s.at, s.path, "%q is not an origin, such as https://app.example.com", s.text)
		case u.Scheme == "http" && !loopback(u.Hostname()):
			l.problemf(s.at, s.path, "%q is plain http, which is for loopback addresses only: use https", s.text)
		default:
			out = append(out, origin)
		}
	}
	return distinct(out)
}

// webURL returns the URL of something that a browser shows, as it is; "" after a problem.
func (l *loader) webURL(s located) string {
	if s.text == "" {
		return ""
	}
	u, err := url.Parse(s.text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		l.problemf(s.at, s.path, "%q is not an absolute http or https URL", s.text)
		return ""
	}
	return s.text
}
