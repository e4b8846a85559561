package main

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"example.com/keepsake/examples"
	"example.com/keepsake/models"
	"example.com/keepsake/web/geoip"
)

// plays reports whether addresses of documentation and X-Forwarded-For of this machine are for trying things out.
func (s *settings) plays() bool { return s.Demo() || s.Playground != nil }

// openGeo opens the location databases. The demo tenant has its own, which know the addresses of documentation only
// (RFC 5737, RFC 3849): a country can be tried out without an account at MaxMind.
func openGeo(problems *checker, s *settings) *geoip.Reader {
	if s.plays() && s.GeoIPCity == "" && s.GeoIPASN == "" {
		return openDemoGeo(problems)
	}
	reader, err := geoip.Open(s.GeoIPCity, s.GeoIPASN)
	if err != nil {
		problems.add("--geoip-city, --geoip-asn (%s, %s): %v", twinOf("geoip-city"), twinOf("geoip-asn"), err)
		return nil
	}
	return reader
}

func openDemoGeo(problems *checker) *geoip.Reader {
	city, cityErr := fs.ReadFile(examples.FS, "geo/demo-city.mmdb")
	asn, asnErr := fs.ReadFile(examples.FS, "geo/demo-asn.mmdb")
	if err := errors.Join(cityErr, asnErr); err != nil {
		problems.add("the demo's location databases: %v", err)
		return nil
	}
	reader, err := geoip.New(city, asn)
	if err != nil {
		problems.add("the demo's location databases: %v", err)
		return nil
	}
	return reader
}

// locator returns where an address is; nil when there is no database.
func locator(reader *geoip.Reader) func(ip string) *models.Geo {
	if reader == nil {
		return nil
	}
	return func(ip string) *models.Geo {
		addr, err := netip.ParseAddr(ip)
		if err != nil {
			return nil
		}
		_, geo := reader.Lookup(addr)
		return geo
	}
}

// openUntrusted reads the list of untrusted addresses; nil when there is none. Its name in risk assessments is the file's.
func openUntrusted(problems *checker, s *settings) *models.DenyList {
	if s.UntrustedIPs == "" {
		return nil
	}
	file, err := os.Open(s.UntrustedIPs)
	if err != nil {
		problems.flag("untrusted-ips", "%v", err)
		return nil
	}
	defer file.Close()
	list, err := models.ParseDenyList(file, filepath.Base(s.UntrustedIPs))
	if err != nil {
		problems.flag("untrusted-ips", "%s: %v", s.UntrustedIPs, err)
		return nil
	}
	return list
}

// trustedProxies returns the networks whose X-Forwarded-For is believed. A demo server, which only this machine reaches,
// believes this machine, so that "curl -H 'X-Forwarded-For: 198.51.100.7'" plays a journey.
func trustedProxies(s *settings) []netip.Prefix {
	if s.plays() && len(s.TrustedProxies) == 0 {
		return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return s.TrustedProxies
}
