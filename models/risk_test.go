package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func place(latitude, longitude float64) *models.Geo {
	return &models.Geo{Latitude: latitude, Longitude: longitude, HasPosition: true}
}

var (
	bern     = place(46.948, 7.447)
	geneva   = place(46.204, 6.143)    // 130 km from Bern
	newYork  = place(40.713, -74.006)  // 6,300 km
	auckland = place(-36.848, 174.763) // 18,500 km
)

func TestImpossibleTravel(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	seen := func(ago time.Duration, where *models.Geo) *models.Sighting {
		return &models.Sighting{At: now.Add(-ago), Position: where}
	}
	for _, row := range []struct {
		name       string
		here       *models.Geo
		last       *models.Sighting
		first      bool
		code       string
		confidence models.Confidence
	}{
		{"the same place", bern, seen(time.Second, bern), false, "minimal_travel_from_last_login", "high"},
		{"the same place at the same time", bern, seen(0, bern), false, "minimal_travel_from_last_login", "high"},
		{"by train", geneva, seen(2*time.Hour, bern), false, "travel_from_last_login", "high"},
		{"by plane", newYork, seen(9*time.Hour, bern), false, "substantial_travel_from_last_login", "medium"},
		{"faster than any plane", newYork, seen(2*time.Hour, bern), false, "impossible_travel_from_last_login", "low"},
		{"far away at the same time", auckland, seen(0, bern), false, "impossible_travel_from_last_login", "low"},
		{"over the date line", place(0, 179.9), seen(time.Minute, place(0, -179.9)), false, "minimal_travel_from_last_login", "high"},
		{"from the future", newYork, seen(-time.Hour, bern), false, "invalid_travel", "neutral"},
		{"no location database", nil, seen(time.Hour, bern), false, "missing_geoip", "neutral"},
		{"an address without a position", &models.Geo{CountryCode: "CH"}, seen(time.Hour, bern), false, "unknown_location", "neutral"},
		{"the first login", bern, nil, true, "initial_login", "neutral"},
		{"nothing is known of the last login", bern, nil, false, "location_history_not_found", "neutral"},
		{"nobody knows where the last login was", bern, seen(time.Hour, nil), false, "location_history_not_found", "neutral"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := models.RiskEvidence{Origin: models.Origin{Geo: row.here, UserAgent: "x"}, At: now, Last: row.last, First: row.first}.Assess()
			want := models.Assessment{Code: row.code, Confidence: row.confidence}
			if diff := cmp.Diff(want, got.ImpossibleTravel); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewDevice(t *testing.T) {
	t.Parallel()
	phone := models.Device{InitialIP: "192.0.2.1", InitialASN: "AS64496", InitialUserAgent: "phone", LastIP: "198.51.100.7", LastUserAgent: "phone/2"}
	for _, row := range []struct {
		name              string
		origin            models.Origin
		devices           []models.Device
		first             bool
		code              string
		confidence        models.Confidence
		device, userAgent string
	}{
		{"the same address", models.Origin{IP: "192.0.2.1", UserAgent: "phone"}, []models.Device{phone}, false, "match", "high", "known", "known"},
		{"the same network", models.Origin{IP: "192.0.2.99", ASN: "AS64496", UserAgent: "phone"}, []models.Device{phone}, false, "match", "high", "known", "known"},
		{"as it was seen last", models.Origin{IP: "198.51.100.7", UserAgent: "phone/2"}, []models.Device{{InitialUserAgent: "other"}, phone}, false, "match", "high", "known", "known"},
		{"elsewhere", models.Origin{IP: "203.0.113.9", ASN: "AS64500", UserAgent: "phone"}, []models.Device{phone}, false, "partial_match", "medium", "unknown", "known"},
		{"an unknown network is no network", models.Origin{IP: "203.0.113.9", UserAgent: "phone/2"}, []models.Device{phone}, false, "partial_match", "medium", "unknown", "known"},
		{"another one", models.Origin{IP: "192.0.2.1", UserAgent: "laptop"}, []models.Device{phone}, false, "no_match", "low", "unknown", "unknown"},
		{"one that does not say", models.Origin{IP: "192.0.2.1"}, []models.Device{phone}, false, "unknown_device", "low", "unknown", "unknown"},
		{"the first login", models.Origin{UserAgent: "phone"}, nil, true, "initial_login", "neutral", "unknown", "unknown"},
		{"no history", models.Origin{UserAgent: "phone"}, nil, false, "no_device_history", "neutral", "unknown", "unknown"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := models.RiskEvidence{Origin: row.origin, Devices: row.devices, First: row.first}.Assess()
			want := models.Assessment{Code: row.code, Confidence: row.confidence, Details: map[string]string{"device": row.device, "useragent": row.userAgent}}
			if diff := cmp.Diff(want, got.NewDevice); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func denyList(t *testing.T, text string) *models.DenyList {
	t.Helper()
	l, err := models.ParseDenyList(strings.NewReader(text), "list.txt")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestUntrustedIP(t *testing.T) {
	t.Parallel()
	l := denyList(t, "# made by hand\n192.0.2.0/24 spam\n192.0.2.128/25  abuse reported\n\n198.51.100.7\n2001:db8::/32 # a comment\n::ffff:203.0.113.0/120\n")
	if l.Len() != 5 {
		t.Errorf("%d entries", l.Len())
	}
	found := func(ip, matches, category string) models.Assessment {
		a := models.Assessment{Code: "found_on_deny_list", Confidence: "low", Details: map[string]string{"ip": ip, "matches": matches, "source": "list.txt"}}
		if category != "" {
			a.Details["category"] = category
		}
		return a
	}
	none := models.Assessment{Code: "not_found_on_deny_list", Confidence: "high"}
	for _, row := range []struct {
		ip   string
		list *models.DenyList
		want models.Assessment
	}{
		{"192.0.2.5", l, found("192.0.2.5", "192.0.2.0/24", "spam")},
		{"192.0.2.200", l, found("192.0.2.200", "192.0.2.128/25", "abuse reported")},
		{"198.51.100.7", l, found("198.51.100.7", "198.51.100.7/32", "")},
		{"198.51.100.8", l, none},
		{"2001:db8:1::5", l, found("2001:db8:1::5", "2001:db8::/32", "")},
		{"203.0.113.9", l, found("203.0.113.9", "203.0.113.0/24", "")},
		{"::1", l, none},
		{"", l, models.Assessment{Code: "invalid_ip_address", Confidence: "neutral"}},
		{"192.0.2.5", nil, models.Assessment{Code: "assessment_not_available", Confidence: "neutral"}},
		{"192.0.2.5", denyList(t, ""), none},
	} {
		got := models.RiskEvidence{Origin: models.Origin{IP: row.ip}, Untrusted: row.list}.Assess()
		if diff := cmp.Diff(row.want, got.UntrustedIP); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.ip, diff)
		}
	}
	for _, wrong := range []string{"localhost", "192.0.2.1\n10.0.0.0/40", "1.2.3"} {
		if _, err := models.ParseDenyList(strings.NewReader(wrong), "x"); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: error %v", wrong, err)
		}
	}
}

// The overall confidence is the lowest of what could be judged.
func TestOverallConfidence(t *testing.T) {
	t.Parallel()
	known := []models.Device{{InitialIP: "192.0.2.1", InitialUserAgent: "x"}}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		evidence models.RiskEvidence
		want     models.Confidence
	}{
		"nothing is known":      {models.RiskEvidence{Origin: models.Origin{UserAgent: "x"}}, "neutral"},
		"only the device":       {models.RiskEvidence{Origin: models.Origin{IP: "192.0.2.1", UserAgent: "x"}, Devices: known}, "high"},
		"a known one elsewhere": {models.RiskEvidence{Origin: models.Origin{IP: "192.0.2.2", UserAgent: "x", Geo: bern}, Devices: known, At: now, Last: &models.Sighting{At: now, Position: bern}}, "medium"},
		"travel outweighs":      {models.RiskEvidence{Origin: models.Origin{IP: "192.0.2.1", UserAgent: "x", Geo: newYork}, Devices: known, At: now, Last: &models.Sighting{At: now, Position: bern}}, "low"},
	} {
		if got := row.evidence.Assess().Confidence; got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
}
