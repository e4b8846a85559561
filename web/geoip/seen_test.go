package geoip

import (
	"net/netip"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestSeen(t *testing.T) {
	t.Parallel()
	s := newSeen()
	berlin := &models.Geo{CityName: "Berlin"}
	addr, unknown := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	if _, _, ok := s.find(addr); ok {
		t.Error("something was remembered at the start")
	}
	s.remember(addr, "AS64496", berlin)
	berlin.CityName = "changed by who gave it"
	_, geo, _ := s.find(addr)
	geo.CityName = "changed by who got it"
	asn, geo, ok := s.find(addr)
	if diff := cmp.Diff(&models.Geo{CityName: "Berlin"}, geo); diff != "" || asn != "AS64496" || !ok {
		t.Errorf("%s, %t (-want +got):\n%s", asn, ok, diff)
	}
	s.remember(unknown, "", nil)
	if asn, geo, ok := s.find(unknown); asn != "" || geo != nil || !ok {
		t.Errorf("an unknown place: %q, %v, %t", asn, geo, ok)
	}
}

// Addresses that share a slot are never taken for one another.
func TestSeenOfMoreAddressesThanSlots(t *testing.T) {
	t.Parallel()
	s := newSeen()
	first := netip.MustParseAddr("10.0.0.0")
	kept := 0
	for addr, n := first, 0; n < 4*seenSlots; addr, n = addr.Next(), n+1 {
		s.remember(addr, strconv.Itoa(n), nil)
	}
	for addr, n := first, 0; n < 4*seenSlots; addr, n = addr.Next(), n+1 {
		asn, _, ok := s.find(addr)
		if ok && asn != strconv.Itoa(n) {
			t.Fatalf("%v is %s, want %d", addr, asn, n)
		}
		if ok {
			kept++
		}
	}
	if kept == 0 || kept > seenSlots {
		t.Errorf("%d addresses are remembered in %d slots", kept, seenSlots)
	}
}
