package egress

import (
	"net/netip"
	"testing"
)

func TestPoliciesAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ spec, want string }{
		{"off", "off"},
		{"open", "open"},
		{"open,10.1.2.3/8", "open,10.0.0.0/8"},
		{" Api.Example.com:443 , *.example.org ", "api.example.com:443,*.example.org"},
		{"127.0.0.1:8080", "127.0.0.1/32:8080"},
		{"[::1]:80,fd00::/8,::1", "[::1/128]:80,fd00::/8,::1/128"},
		{"::ffff:10.0.0.1", "10.0.0.1/32"},
	} {
		p, err := Parse(tt.spec)
		if err != nil {
			t.Errorf("Parse(%q): %v", tt.spec, err)
			continue
		}
		if got := p.String(); got != tt.want {
			t.Errorf("Parse(%q) = %q, want %q", tt.spec, got, tt.want)
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q does not come back: %v, %v", p, again, err)
		}
	}
}

func TestWrongPoliciesAreRefused(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"", "off,open", "a,,b", "https://example.com", "example.com:0", "example.com:70000", "exa mple", "*", "*.", "10.0.0.0/33", "a..b"} {
		if p, err := Parse(spec); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", spec, p)
		}
	}
}

func TestAddressesAreJudged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, spec, host, addr string
		want                   bool
	}{
		{"public", "open", "example.com", "93.184.216.34:443", true},
		{"public IPv6", "open", "example.com", "[2606:2800:220:1:248:1893:25c8:1946]:443", true},
		{"loopback", "open", "localhost", "127.0.0.1:80", false},
		{"all of loopback", "open", "x", "127.8.9.10:80", false},
		{"loopback IPv6", "open", "localhost", "[::1]:80", false},
		{"unspecified", "open", "x", "0.0.0.0:80", false},
		{"unspecified IPv6", "open", "x", "[::]:80", false},
		{"private", "open", "x", "10.0.0.1:80", false},
		{"private, 172", "open", "x", "172.31.0.1:80", false},
		{"private, 192", "open", "x", "192.168.0.1:80", false},
		{"unique local", "open", "x", "[fd00::1]:80", false},
		{"link-local: metadata", "open", "x", "169.254.169.254:80", false},
		{"link-local IPv6", "open", "x", "[fe80::1%eth0]:80", false},
		{"carrier-grade NAT", "open", "x", "100.64.0.1:80", false},
		{"multicast", "open", "x", "224.0.0.1:80", false},
		{"multicast IPv6", "open", "x", "[ff02::1]:80", false},
		{"broadcast", "open", "x", "255.255.255.255:80", false},
		{"IPv4-mapped loopback", "open", "x", "[::ffff:127.0.0.1]:80", false},
		{"IPv4-mapped public", "open", "x", "[::ffff:93.184.216.34]:80", true},
		{"NAT64 of loopback", "open", "x", "[64:ff9b::7f00:1]:80", false},
		{"6to4", "open", "x", "[2002:7f00:1::]:80", false},
		{"AWS metadata IPv6", "open", "x", "[fd00:ec2::254]:80", false},
		{"off", "off", "example.com", "93.184.216.34:443", false},
		{"listed host", "example.com", "example.com", "93.184.216.34:443", true},
		{"listed host, absolute name", "example.com", "example.com.", "93.184.216.34:443", true},
		{"listed host on another port", "example.com:443", "example.com", "93.184.216.34:80", false},
		{"other host", "example.com", "example.org", "93.184.216.34:443", false},
		{"below a listed host", "example.com", "a.example.com", "93.184.216.34:443", false},
		{"below a domain", "*.example.com", "a.b.example.com", "93.184.216.34:443", true},
		{"the domain itself", "*.example.com", "example.com", "93.184.216.34:443", false},
		{"a name that ends alike", "*.example.com", "badexample.com", "93.184.216.34:443", false},
		{"a listed name may be private", "hooks.internal", "hooks.internal", "10.0.0.1:80", true},
		{"listed network", "open,10.0.0.0/8", "x", "10.9.9.9:80", true},
		{"outside of the listed network", "open,10.0.0.0/8", "x", "192.168.0.1:80", false},
		{"listed address, as IPv4-mapped", "127.0.0.1:80", "x", "[::ffff:127.0.0.1]:80", true},
		{"listed address, other port", "127.0.0.1:80", "x", "127.0.0.1:81", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.allows(tt.host, netip.MustParseAddrPort(tt.addr)); got != tt.want {
				t.Errorf("allows(%s, %s) = %v", tt.host, tt.addr, got)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"off", "open", "a:1,b", "[::1]:80", "::/0", "*.x", "10.0.0.0/8:1", "]:1", "[:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		p, err := Parse(spec)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q is written as %q, which is read as %v, %v", spec, p, again, err)
		}
	})
}
