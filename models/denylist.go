package models

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// DenyList is a list of addresses that are not to be trusted. A nil list says of none that it is on it or not.
type DenyList struct {
	source     string
	categories map[netip.Prefix]string
	lengths    []int // of the prefixes, longest first; IPv4 and IPv6 together
}

// ParseDenyList reads one address or network (CIDR) a line. What follows it on the line is its category; "#" begins a comment. source
// names the list in assessments. An error names the line.
func ParseDenyList(r io.Reader, source string) (*DenyList, error) {
	l := &DenyList{source: source, categories: make(map[netip.Prefix]string)}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		prefix, err := parseNetwork(fields[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is no address and no network such as 192.0.2.0/24", n, fields[0])
		}
		l.categories[prefix] = strings.Join(fields[1:], " ")
		if !slices.Contains(l.lengths, prefix.Bits()) {
			l.lengths = append(l.lengths, prefix.Bits())
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	slices.SortFunc(l.lengths, func(a, b int) int { return b - a })
	return l, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	const mapped = 96
	if prefix.Addr().Is4In6() && prefix.Bits() >= mapped {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-mapped)
	}
	return prefix.Masked(), nil
}

// Len returns how many networks are on the list.
func (l *DenyList) Len() int {
	if l == nil {
		return 0
	}
	return len(l.categories)
}

// match returns the smallest network of the list that an address is in.
func (l *DenyList) match(addr netip.Addr) (netip.Prefix, bool) {
	for _, bits := range l.lengths {
		prefix, err := addr.Prefix(bits)
		if err != nil { // longer than the address
			continue
		}
		if _, ok := l.categories[prefix]; ok {
			return prefix, true
		}
	}
	return netip.Prefix{}, false
}

// assess is UntrustedIP of a risk assessment.
func (l *DenyList) assess(ip string) Assessment {
	if l == nil {
		return NewAssessment("assessment_not_available", nil)
	}
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return NewAssessment("invalid_ip_address", nil)
	}
	prefix, found := l.match(addr.Unmap().WithZone(""))
	if !found {
		return NewAssessment("not_found_on_deny_list", nil)
	}
	d := map[string]string{"ip": ip, "matches": prefix.String(), "source": l.source}
	if category := l.categories[prefix]; category != "" {
		d["category"] = category
	}
	return NewAssessment("found_on_deny_list", d)
}
