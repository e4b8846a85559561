package main

import (
	"errors"
	"io/fs"
	"net/netip"

	"example.com/keepsake/examples"
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

// trustedProxies returns the networks whose X-Forwarded-For is believed. A demo server, which only this machine reaches,
// believes this machine, so that "curl -H 'X-Forwarded-For: 198.51.100.7'" plays a journey.
func trustedProxies(s *settings) []netip.Prefix {
	if s.plays() && len(s.TrustedProxies) == 0 {
		return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return s.TrustedProxies
}
