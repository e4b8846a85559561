//go:build ignore

// This program writes demo-city.mmdb and demo-asn.mmdb into the folder geo: MaxMind databases in the layout of GeoLite2 for
// the networks that are reserved for documentation (RFC 5737, RFC 3849, autonomous systems of RFC 5398), each of
// which it puts in a country of its own. Run it with "go generate ./examples".
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// buildEpoch is fixed, so that the files change only when their content does.
const buildEpoch = 1735689600 // 2025-01-01T00:00:00Z

// place is a network with where it pretends to be.
type place struct {
	network                  string
	continent, country       string
	continentName, name      string
	city, subdivision, state string
	latitude, longitude      float64
	timeZone                 string
	asn                      uint32
}

var places = []place{
	{"192.0.2.0/24", "NA", "US", "North America", "United States", "Bellevue", "WA", "Washington", 47.6104, -122.2007, "America/Los_Angeles", 64496},
	{"198.51.100.0/24", "EU", "DE", "Europe", "Germany", "Berlin", "BE", "State of Berlin", 52.52, 13.405, "Europe/Berlin", 64497},
	{"203.0.113.0/24", "EU", "FR", "Europe", "France", "Paris", "IDF", "Île-de-France", 48.8566, 2.3522, "Europe/Paris", 64498},
	{"2001:db8::/32", "AS", "JP", "Asia", "Japan", "Tokyo", "13", "Tokyo", 35.6895, 139.6917, "Asia/Tokyo", 64499},
}

func main() {
	err := errors.Join(
		write(filepath.Join("geo", "demo-city.mmdb"), "GeoLite2-City", "Demo locations of documentation networks", place.location),
		write(filepath.Join("geo", "demo-asn.mmdb"), "GeoLite2-ASN", "Demo autonomous systems of documentation networks", place.system))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(name, kind, description string, record func(place) mmdbtype.Map) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		BuildEpoch:              buildEpoch,
		DatabaseType:            kind,
		Description:             map[string]string{"en": description},
		IncludeReservedNetworks: true, // these are what it is about
		Languages:               []string{"en"},
		RecordSize:              24,
	})
	if err != nil {
		return fmt.Errorf("make %s: %w", name, err)
	}
	for _, p := range places {
		_, network, err := net.ParseCIDR(p.network)
		if err != nil {
			return fmt.Errorf("make %s: %w", name, err)
		}
		if err := tree.Insert(network, record(p)); err != nil {
			return fmt.Errorf("insert %s: %w", p.network, err)
		}
	}
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("make %s: %w", name, err)
	}
	_, err = tree.WriteTo(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func (p place) location() mmdbtype.Map {
	return mmdbtype.Map{
		"city":      mmdbtype.Map{"names": english(p.city)},
		"continent": mmdbtype.Map{"code": mmdbtype.String(p.continent), "names": english(p.continentName)},
		"country":   mmdbtype.Map{"iso_code": mmdbtype.String(p.country), "names": english(p.name)},
		"location": mmdbtype.Map{
			"latitude":  mmdbtype.Float64(p.latitude),
			"longitude": mmdbtype.Float64(p.longitude),
			"time_zone": mmdbtype.String(p.timeZone),
		},
		"registered_country": mmdbtype.Map{"iso_code": mmdbtype.String(p.country), "names": english(p.name)},
		"subdivisions":       mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(p.subdivision), "names": english(p.state)}},
	}
}

func (p place) system() mmdbtype.Map {
	return mmdbtype.Map{
		"autonomous_system_number":       mmdbtype.Uint32(p.asn),
		"autonomous_system_organization": mmdbtype.String("Documentation network in " + p.name),
	}
}

func english(name string) mmdbtype.Map { return mmdbtype.Map{"en": mmdbtype.String(name)} }
