package geoip_test

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/keepsake/models"
	"example.com/keepsake/web/geoip"
	"github.com/google/go-cmp/cmp"
	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

func names(s string) mmdbtype.Map {
	return mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(s), "de": mmdbtype.String("falsch")}}
}

func with(m mmdbtype.Map, key string, value mmdbtype.DataType) mmdbtype.Map {
	m[mmdbtype.String(key)] = value
	return m
}

var bellevue = mmdbtype.Map{
	"city":      names("Bellevue"),
	"continent": with(names("North America"), "code", mmdbtype.String("NA")),
	"country":   with(names("United States"), "iso_code", mmdbtype.String("US")),
	"location": mmdbtype.Map{
		"latitude": mmdbtype.Float64(47.61002), "longitude": mmdbtype.Float64(-122.19584),
		"time_zone": mmdbtype.String("America/Los_Angeles"), "accuracy_radius": mmdbtype.Uint16(20),
	},
	"subdivisions": mmdbtype.Slice{
		with(names("Washington"), "iso_code", mmdbtype.String("WA")),
		with(names("King"), "iso_code", mmdbtype.String("KC")),
	},
	"registered_country": with(names("Canada"), "iso_code", mmdbtype.String("CA")),
}

// database returns an .mmdb file with these records.
func database(t testing.TB, kind string, ipVersion int, records map[string]mmdbtype.Map) []byte {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: kind, IPVersion: ipVersion, RecordSize: 24, IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for network, record := range records {
		_, n, err := net.ParseCIDR(network)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Insert(n, record); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cityDatabase(t testing.TB) []byte {
	return database(t, "GeoLite2-City", 6, map[string]mmdbtype.Map{
		"13.33.86.0/24":    bellevue,
		"2001:db8::/32":    {"country": with(names("Germany"), "iso_code", mmdbtype.String("DE"))},
		"198.51.100.0/24":  {"location": mmdbtype.Map{"latitude": mmdbtype.Float64(0), "longitude": mmdbtype.Float64(0)}},
		"203.0.113.0/25":   {"registered_country": with(names("France"), "iso_code", mmdbtype.String("FR"))},
		"203.0.113.128/25": {"country": mmdbtype.String("not a map")},
		"192.0.2.0/24":     {"country": with(names("Kosovo"), "iso_code", mmdbtype.String("XK"))},
		"2a00::/16":        {"country": with(names("Nowhere"), "iso_code", mmdbtype.String("ZZ"))},
	})
}

func asnDatabase(t testing.TB) []byte {
	return database(t, "GeoLite2-ASN", 6, map[string]mmdbtype.Map{
		"13.33.0.0/16":   {"autonomous_system_number": mmdbtype.Uint32(13335), "autonomous_system_organization": mmdbtype.String("X")},
		"2001:db8::/32":  {"autonomous_system_number": mmdbtype.Uint32(4200000000)},
		"203.0.113.0/24": {"autonomous_system_organization": mmdbtype.String("no number")},
	})
}

func TestLookup(t *testing.T) {
	t.Parallel()
	full := &models.Geo{
		CityName: "Bellevue", ContinentCode: "NA", CountryCode: "US", CountryCode3: "USA", CountryName: "United States",
		Latitude: 47.61002, Longitude: -122.19584, HasPosition: true, SubdivisionCode: "WA", SubdivisionName: "Washington",
		TimeZone: "America/Los_Angeles",
	}
	tests := []struct {
		name, addr, asn string
		geo             *models.Geo
	}{
		{"everything is known", "13.33.86.47", "AS13335", full},
		{"IPv4 written as IPv6", "::ffff:13.33.86.47", "AS13335", full},
		{"only the country is known", "2001:db8::1", "AS4200000000", &models.Geo{CountryCode: "DE", CountryCode3: "DEU", CountryName: "Germany"}},
		{"a position of zeros is a position", "198.51.100.7", "", &models.Geo{HasPosition: true}},
		{"where an address is registered is not where it is", "203.0.113.1", "", nil},
		{"a damaged record is an unknown place", "203.0.113.200", "", nil},
		{"Kosovo", "192.0.2.1", "", &models.Geo{CountryCode: "XK", CountryCode3: "XKX", CountryName: "Kosovo"}},
		{"a country that ISO does not know", "2a00::1", "", &models.Geo{CountryCode: "ZZ", CountryName: "Nowhere"}},
		{"an unknown address", "127.0.0.1", "", nil},
	}
	r, err := geoip.New(cityDatabase(t), asnDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asn, geo := r.Lookup(netip.MustParseAddr(tt.addr))
			if asn != tt.asn {
				t.Errorf("network %q, want %q", asn, tt.asn)
			}
			if diff := cmp.Diff(tt.geo, geo); diff != "" {
				t.Error(diff)
			}
		})
	}
	if asn, geo := r.Lookup(netip.Addr{}); asn != "" || geo != nil {
		t.Errorf("no address is at %q, %v", asn, geo)
	}
}

func TestMissingDatabases(t *testing.T) {
	t.Parallel()
	addr := netip.MustParseAddr("13.33.86.47")
	tests := []struct {
		name      string
		city, asn []byte
		wantASN   string
		wantGeo   bool
	}{
		{"none", nil, nil, "", false},
		{"only places", cityDatabase(t), nil, "", true},
		{"only networks", nil, asnDatabase(t), "AS13335", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := geoip.New(tt.city, tt.asn)
			if err != nil {
				t.Fatal(err)
			}
			asn, geo := r.Lookup(addr)
			if asn != tt.wantASN || (geo != nil) != tt.wantGeo {
				t.Errorf("%q, %v", asn, geo)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestIPv4OnlyDatabase(t *testing.T) {
	t.Parallel()
	r, err := geoip.New(database(t, "GeoLite2-City", 4, map[string]mmdbtype.Map{"13.33.86.0/24": bellevue}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, geo := r.Lookup(netip.MustParseAddr("2001:db8::1")); geo != nil {
		t.Errorf("found %+v", geo)
	}
	if _, geo := r.Lookup(netip.MustParseAddr("13.33.86.47")); geo == nil {
		t.Error("found nothing")
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	city, asn := file("city.mmdb", cityDatabase(t)), file("asn.mmdb", asnDatabase(t))
	garbage, missing := file("garbage.mmdb", []byte("not a database")), filepath.Join(dir, "missing.mmdb")
	tests := []struct {
		name, city, asn string
		wantErr         []string // nil: none
	}{
		{"both", city, asn, nil},
		{"neither", "", "", nil},
		{"missing files, both are named", missing, missing, []string{"open the city database", "open the ASN database", "missing.mmdb"}},
		{"not a database", garbage, "", []string{"open the city database", "garbage.mmdb"}},
		{"mixed up", asn, city, []string{"the city database is of type GeoLite2-ASN", "the ASN database is of type GeoLite2-City"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := geoip.Open(tt.city, tt.asn)
			if tt.wantErr == nil {
				if err != nil {
					t.Fatal(err)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.wantErr {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	r, err := geoip.New(cityDatabase(b), asnDatabase(b))
	if err != nil {
		b.Fatal(err)
	}
	addr := netip.MustParseAddr("13.33.86.47")
	b.ReportAllocs()
	for b.Loop() {
		r.Lookup(addr)
	}
}
