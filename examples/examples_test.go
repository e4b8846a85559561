package examples

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/oschwald/maxminddb-golang/v2"
)

// TestActionsAreVerbatim pins the Actions to the text of Auth0's page "Configure Refresh Token Metadata", from which they
// are copied: nobody should tidy them.
func TestActionsAreVerbatim(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"store-organization.js":   "2e8e6970a5a6756991a785dd27754778e2bd57555cfd733283fd631ccbc88a08",
		"consume-organization.js": "60e6718da5642c253c986df10429034a24eabd91df00b77a64b4c0a58c8fd939",
		"store-device.js":         "b1072a5666bebad57dba2b5c0d2875f54ce77ad5fb40170768747fe8d7fc1d94",
		"validate-device.js":      "ebc13c3ce8d26322bb63965616ead46cdc1cafad081dab935abac218ebf10977",
	} {
		b, err := fs.ReadFile(FS, "actions/"+name)
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s was changed: its SHA-256 is %x", name, sum)
		}
	}
}

// TestTheRevokingVariant: the one difference is the commented line.
func TestTheRevokingVariant(t *testing.T) {
	t.Parallel()
	plain, err := fs.ReadFile(FS, "actions/validate-device.js")
	if err != nil {
		t.Fatal(err)
	}
	revoking, err := fs.ReadFile(FS, "actions/validate-device-revoke.js")
	if err != nil {
		t.Fatal(err)
	}
	const commented = `// api.refreshToken.revoke("Suspicious country change detected");`
	if strings.Count(string(plain), commented) != 1 {
		t.Fatal("the line is not there")
	}
	want := strings.Replace(string(plain), commented, strings.TrimPrefix(commented, "// "), 1)
	if diff := cmp.Diff(want, string(revoking)); diff != "" {
		t.Errorf("variant (-want +got):\n%s", diff)
	}
}

func TestLocations(t *testing.T) {
	t.Parallel()
	city, asn := open(t, "geo/demo-city.mmdb", "GeoLite2-City"), open(t, "geo/demo-asn.mmdb", "GeoLite2-ASN")
	type location struct {
		Country, City, Continent, Subdivision, TimeZone string
		ASN                                             uint32
	}
	for _, tt := range []struct {
		ip   string
		want location
	}{
		{"192.0.2.1", location{"US", "Bellevue", "NA", "WA", "America/Los_Angeles", 64496}},
		{"198.51.100.255", location{"DE", "Berlin", "EU", "BE", "Europe/Berlin", 64497}},
		{"203.0.113.9", location{"FR", "Paris", "EU", "IDF", "Europe/Paris", 64498}},
		{"2001:db8::1", location{"JP", "Tokyo", "AS", "13", "Asia/Tokyo", 64499}},
		{"192.0.3.1", location{}},
		{"127.0.0.1", location{}},
	} {
		var c struct {
			City struct {
				Names map[string]string `maxminddb:"names"`
			} `maxminddb:"city"`
			Continent struct {
				Code string `maxminddb:"code"`
			} `maxminddb:"continent"`
			Country struct {
				ISOCode string `maxminddb:"iso_code"`
			} `maxminddb:"country"`
			Location struct {
				TimeZone string `maxminddb:"time_zone"`
			} `maxminddb:"location"`
			Subdivisions []struct {
				ISOCode string `maxminddb:"iso_code"`
			} `maxminddb:"subdivisions"`
		}
		var a struct {
			Number uint32 `maxminddb:"autonomous_system_number"`
		}
		addr := netip.MustParseAddr(tt.ip)
		if err := city.Lookup(addr).Decode(&c); err != nil {
			t.Fatal(err)
		}
		if err := asn.Lookup(addr).Decode(&a); err != nil {
			t.Fatal(err)
		}
		got := location{Country: c.Country.ISOCode, City: c.City.Names["en"], Continent: c.Continent.Code, TimeZone: c.Location.TimeZone, ASN: a.Number}
		if len(c.Subdivisions) > 0 {
			got.Subdivision = c.Subdivisions[0].ISOCode
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.ip, diff)
		}
	}
}

func open(t *testing.T, name, kind string) *maxminddb.Reader {
	t.Helper()
	b, err := fs.ReadFile(FS, name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := maxminddb.OpenBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if r.Metadata.DatabaseType != kind {
		t.Errorf("%s is a %s", name, r.Metadata.DatabaseType)
	}
	return r
}
