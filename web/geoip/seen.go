package geoip

import (
	"hash/maphash"
	"net/netip"
	"sync/atomic"

	"example.com/keepsake/models"
)

// seenSlots is how many addresses are remembered at most: about a megabyte of memory if each is another.
const seenSlots = 4096

// location is what the databases say of one address.
type location struct {
	addr netip.Addr
	asn  string
	geo  *models.Geo
}

// seen remembers the locations of addresses that were looked up. Devices come back from where they were, and to decode a record costs a
// hundred times as much as to remember it. Of two addresses in one slot the later one stays; the databases never change while they are
// open, so nothing grows old.
type seen struct {
	seed  maphash.Seed
	slots [seenSlots]atomic.Pointer[location]
}

func newSeen() *seen { return &seen{seed: maphash.MakeSeed()} }

func (s *seen) slot(addr netip.Addr) *atomic.Pointer[location] {
	return &s.slots[maphash.Comparable(s.seed, addr)%seenSlots]
}

// find returns what is remembered of an address. The place is the caller's own.
func (s *seen) find(addr netip.Addr) (asn string, geo *models.Geo, ok bool) {
	l := s.slot(addr).Load()
	if l == nil || l.addr != addr {
		return "", nil, false
	}
	return l.asn, copyOf(l.geo), true
}

func (s *seen) remember(addr netip.Addr, asn string, geo *models.Geo) {
	s.slot(addr).Store(&location{addr, asn, copyOf(geo)})
}

func copyOf(g *models.Geo) *models.Geo {
	if g == nil {
		return nil
	}
	c := *g
	return &c
}
