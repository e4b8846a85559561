package egress

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"
)

// The words of a policy that are no hosts.
const (
	off  = "off"
	open = "open"
)

// Policy says where Actions may connect to. It is immutable.
type Policy struct {
	public   bool // every public address
	rules    []rule
	networks []network
}

// rule opens a host by its name, as it is in the URL. Port 0 is any.
type rule struct {
	host string
	port uint16
}

// network opens a range of addresses.
type network struct {
	prefix netip.Prefix
	port   uint16
}

// Off is the policy that allows nothing.
func Off() *Policy { return &Policy{} }

// Open is the policy that allows every public address.
func Open() *Policy { return &Policy{public: true} }

// Parse reads a policy: "off", "open", or a list, separated by commas, of what may be reached: HOST, HOST:PORT,
// *.DOMAIN for the hosts below a domain, an address, or a network such as 10.0.0.0/8, each with :PORT if only that port
// is meant (brackets around IPv6). With "open" in the list every public address is open too. Loopback, link-local, private
// and other special addresses are open only if the list has them, as an address or network, or has the host's name: a name
// in the list is trusted to resolve to what it should.
func Parse(spec string) (*Policy, error) {
	p := &Policy{}
	items := strings.Split(spec, ",")
	for _, item := range items {
		switch item = strings.TrimSpace(item); item {
		case "":
			if len(items) == 1 {
				return nil, fmt.Errorf("%q is neither off, open, nor a list of hosts", spec)
			}
			return nil, fmt.Errorf("there is an empty entry in %q", spec)
		case off:
			if len(items) > 1 {
				return nil, fmt.Errorf("%q stands for nothing else: it can't be in a list", off)
			}
		case open:
			p.public = true
		default:
			if err := p.add(item); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *Policy) add(item string) error {
	host, port, err := splitPort(item)
	if err != nil {
		return err
	}
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if prefix, err := netip.ParsePrefix(bare); err == nil {
		p.networks = append(p.networks, network{prefix.Masked(), port})
		return nil
	}
	if addr, err := netip.ParseAddr(bare); err == nil {
		addr = addr.Unmap()
		p.networks = append(p.networks, network{netip.PrefixFrom(addr, addr.BitLen()), port})
		return nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if !isHostName(strings.TrimPrefix(name, "*.")) {
		return fmt.Errorf("%q is no host, address or network", item)
	}
	p.rules = append(p.rules, rule{name, port})
	return nil
}

// splitPort cuts a port off. An IPv6 address or network has one only behind brackets.
func splitPort(item string) (host string, port uint16, err error) {
	at := strings.LastIndexByte(item, ':')
	if at < 0 || strings.Count(item, ":") > 1 && !strings.Contains(item, "]:") {
		return item, 0, nil
	}
	n, err := strconv.ParseUint(item[at+1:], 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%q has no valid port", item)
	}
	return item[:at], uint16(n), nil
}

func isHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for _, c := range label {
			if !(c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z') {
				return false
			}
		}
	}
	return true
}

// String is the policy as Parse reads it.
func (p *Policy) String() string {
	var items []string
	if p.public {
		items = append(items, open)
	}
	for _, r := range p.rules {
		items = append(items, withPort(r.host, r.port))
	}
	for _, n := range p.networks {
		text := n.prefix.String()
		if n.prefix.Addr().Is6() && n.port != 0 {
			text = "[" + text + "]"
		}
		items = append(items, withPort(text, n.port))
	}
	if len(items) == 0 {
		return off
	}
	return strings.Join(items, ",")
}

func withPort(host string, port uint16) string {
	if port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(int(port))
}

// allows reports whether a connection to addr may be opened for a URL with this host (lower case, no port).
func (p *Policy) allows(host string, addr netip.AddrPort) bool {
	ip := addr.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(p.networks, func(n network) bool {
		return n.prefix.Contains(ip) && (n.port == 0 || n.port == addr.Port())
	}) {
		return true
	}
	if slices.ContainsFunc(p.rules, func(r rule) bool { return r.matches(host, addr.Port()) }) {
		return true
	}
	return p.public && isPublic(ip)
}

func (r rule) matches(host string, port uint16) bool {
	if r.port != 0 && r.port != port {
		return false
	}
	if domain, ok := strings.CutPrefix(r.host, "*"); ok {
		return strings.HasSuffix(host, domain)
	}
	return r.host == strings.TrimSuffix(host, ".")
}

var guardian = ssrf.New(ssrf.WithAnyPort())

// isPublic reports whether an address is a unicast address of the internet at large.
func isPublic(ip netip.Addr) bool {
	kind := "tcp4"
	if ip.Is6() {
		kind = "tcp6"
	}
	return guardian.Safe(kind, net.JoinHostPort(ip.String(), "443"), nil) == nil
}
