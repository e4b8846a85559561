package middleware

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"example.com/keepsake/models"
)

// Geo says where an address is: its network ("AS13335", empty when unknown) and its place (nil when unknown).
// *geoip.Reader is one.
type Geo interface {
	Lookup(addr netip.Addr) (asn string, geo *models.Geo)
}

// OriginOptions is what Origin needs.
type OriginOptions struct {
	// TrustedProxies are the peers whose X-Forwarded-For is believed; empty: nobody's.
	TrustedProxies []netip.Prefix
	// Geo may be nil: networks and places are unknown then.
	Geo Geo
	// JA3 and JA4 name the headers in which a trusted proxy tells the fingerprints of the TLS client; empty: none does.
	JA3, JA4 string
}

// Limits of what is taken over from a request, in bytes.
const (
	maxUserAgent = 1024
	maxHostname  = 255 // RFC 1035 2.3.4
	// maxFingerprint is more than a JA4, or a raw JA3, has.
	maxFingerprint = 512
)

// Origin puts a models.Origin into every request's context.
func Origin(o OriginOptions) func(http.Handler) http.Handler {
	trusted := make(prefixes, 0, len(o.TrustedProxies))
	for _, p := range o.TrustedProxies {
		trusted = append(trusted, unmapPrefix(p))
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			origin := models.Origin{
				UserAgent: clean(r.UserAgent(), maxUserAgent),
				Hostname:  clean(hostname(r.Host), maxHostname),
			}
			if addr := trusted.client(r); addr.IsValid() {
				origin.IP = addr.String()
				if o.Geo != nil {
					origin.ASN, origin.Geo = o.Geo.Lookup(addr)
				}
			}
			if (o.JA3 != "" || o.JA4 != "") && trusted.contain(parseAddr(r.RemoteAddr)) {
				origin.JA3, origin.JA4 = fingerprint(r, o.JA3), fingerprint(r, o.JA4)
			}
			next.ServeHTTP(w, r.WithContext(models.WithOrigin(r.Context(), origin)))
		})
	}
}

// fingerprint returns what a header says of the TLS client. A header that came twice was not set by the proxy alone.
func fingerprint(r *http.Request, header string) string {
	if values := r.Header[header]; header != "" && len(values) == 1 {
		return clean(values[0], maxFingerprint)
	}
	return ""
}

// prefixes are the trusted proxies' networks.
type prefixes []netip.Prefix

func (p prefixes) contain(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// client returns the address of the client: the peer's, unless the peer is a trusted proxy. Then it is the right-most
// entry of X-Forwarded-For that is not itself a trusted proxy, for everything left of that may have been made up by the
// client. An entry that is no address ends the search at the proxy that sent it. The zero Addr means unknown.
func (p prefixes) client(r *http.Request) netip.Addr {
	addr := parseAddr(r.RemoteAddr)
	if !addr.IsValid() || !p.contain(addr) {
		return addr
	}
	lines := r.Header["X-Forwarded-For"]
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var entry string
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				rest, entry = rest[:comma], rest[comma+1:]
			} else {
				entry, more = rest, false
			}
			hop := parseAddr(strings.TrimSpace(entry))
			if !hop.IsValid() {
				return addr
			}
			addr = hop
			if !p.contain(addr) {
				return addr
			}
		}
	}
	return addr // every hop is a proxy of ours: the one furthest out
}

// parseAddr reads "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80". An IPv4-mapped IPv6 address
// becomes the IPv4 address that it is, and a zone is dropped: it names an interface of this machine. What is none of
// these is the zero Addr.
func parseAddr(s string) netip.Addr {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("")
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			if a, err := netip.ParseAddr(inner); err == nil && !a.Is4() {
				return a.Unmap().WithZone("")
			}
		}
	}
	return netip.Addr{}
}

// unmapPrefix turns a prefix of IPv4-mapped addresses into the IPv4 prefix that addresses are compared with.
func unmapPrefix(p netip.Prefix) netip.Prefix {
	const mapped = 96
	if p.Addr().Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
	}
	return p.Masked()
}

// hostname returns a Host header without its port and without an IPv6 address's brackets.
func hostname(host string) string {
	if strings.IndexByte(host, ':') < 0 {
		return host
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
