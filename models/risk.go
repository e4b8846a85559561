package models

import (
	"cmp"
	"math"
	"time"
)

// Confidence says how much a login looks like the user's earlier ones: low is suspicious, neutral is no judgement (contract 2.9).
type Confidence string

// The confidences.
const (
	ConfidenceLow     Confidence = "low"
	ConfidenceMedium  Confidence = "medium"
	ConfidenceHigh    Confidence = "high"
	ConfidenceNeutral Confidence = "neutral"
)

// RiskVersion is the version of Auth0's risk assessment whose codes these are.
const RiskVersion = "1"

// RiskAssessment is what can be told about a login, or an exchange, from those before it.
type RiskAssessment struct {
	Confidence       Confidence
	ImpossibleTravel Assessment
	NewDevice        Assessment
	UntrustedIP      Assessment
}

// Assessment is one judgement. Details may be nil.
type Assessment struct {
	Code       string
	Confidence Confidence
	Details    map[string]string
}

// Sighting is where and when a user was seen: the position is nil when it is not known.
type Sighting struct {
	At       time.Time
	Position *Geo
}

// LoginHistory is what is kept of a user's earlier logins. Last is nil when it is not known where the user was.
type LoginHistory struct {
	Last    *Sighting
	Devices []Device
}

// RiskEvidence is what an assessment goes by. Whatever is missing makes one of the assessments say so.
type RiskEvidence struct {
	// Origin and At are of the request that is assessed.
	Origin Origin
	At     time.Time
	// First is true for the user's first login.
	First bool
	// Last is the sighting before; nil when there is none.
	Last *Sighting
	// Devices are those that the user was seen with, without the one that is assessed.
	Devices []Device
	// Untrusted is the list of untrusted addresses; nil when none is configured.
	Untrusted *DenyList
}

// Assess judges a request. Confidence is the lowest of what could be judged.
func (e RiskEvidence) Assess() *RiskAssessment {
	r := &RiskAssessment{ImpossibleTravel: e.travel(), NewDevice: e.device(), UntrustedIP: e.Untrusted.assess(e.Origin.IP)}
	r.Confidence = r.Lowest()
	return r
}

// Lowest returns the lowest confidence of the assessments. What could not be judged does not count.
func (r *RiskAssessment) Lowest() Confidence {
	for _, c := range []Confidence{ConfidenceLow, ConfidenceMedium, ConfidenceHigh} {
		if r.ImpossibleTravel.Confidence == c || r.NewDevice.Confidence == c || r.UntrustedIP.Confidence == c {
			return c
		}
	}
	return ConfidenceNeutral
}

// confidences are what the codes of assessments say.
var confidences = map[string]Confidence{
	"minimal_travel_from_last_login":     ConfidenceHigh,
	"travel_from_last_login":             ConfidenceHigh,
	"substantial_travel_from_last_login": ConfidenceMedium,
	"impossible_travel_from_last_login":  ConfidenceLow,
	"invalid_travel":                     ConfidenceNeutral,
	"missing_geoip":                      ConfidenceNeutral,
	"unknown_location":                   ConfidenceNeutral,
	"initial_login":                      ConfidenceNeutral,
	"location_history_not_found":         ConfidenceNeutral,

	"match":             ConfidenceHigh,
	"partial_match":     ConfidenceMedium,
	"no_match":          ConfidenceLow,
	"unknown_device":    ConfidenceLow,
	"no_device_history": ConfidenceNeutral,

	"found_on_deny_list":       ConfidenceLow,
	"not_found_on_deny_list":   ConfidenceHigh,
	"invalid_ip_address":       ConfidenceNeutral,
	"assessment_not_available": ConfidenceNeutral,
}

// NewAssessment returns the judgement that a code stands for. The confidence of one that is not known is neutral.
func NewAssessment(code string, details map[string]string) Assessment {
	return Assessment{Code: code, Confidence: cmp.Or(confidences[code], ConfidenceNeutral), Details: details}
}

// Thresholds of impossible travel. Positions of addresses are rough, so that up to nearby is no travel at all. Up to groundSpeed one
// gets by train or car, up to airSpeed by plane, door to door.
const (
	nearby      = 100.0  // km
	groundSpeed = 250.0  // km/h
	airSpeed    = 1000.0 // km/h
)

func (e RiskEvidence) travel() Assessment { return NewAssessment(e.travelCode(), nil) }

func (e RiskEvidence) travelCode() string {
	switch {
	case e.Origin.Geo == nil:
		return "missing_geoip"
	case !e.Origin.Geo.HasPosition:
		return "unknown_location"
	case e.Last == nil && e.First:
		return "initial_login"
	case e.Last == nil || e.Last.Position == nil || !e.Last.Position.HasPosition:
		return "location_history_not_found"
	}
	distance, elapsed := distanceKM(e.Last.Position, e.Origin.Geo), e.At.Sub(e.Last.At).Hours()
	switch speed := distance / elapsed; {
	case elapsed < 0: // the clocks of two servers, or a restored database
		return "invalid_travel"
	case distance <= nearby:
		return "minimal_travel_from_last_login"
	case speed <= groundSpeed:
		return "travel_from_last_login"
	case speed <= airSpeed:
		return "substantial_travel_from_last_login"
	}
	return "impossible_travel_from_last_login"
}

// distanceKM is the way between two positions on a sphere, by the haversine formula.
func distanceKM(a, b *Geo) float64 {
	const radius = 6371.0
	rad := func(deg float64) float64 { return deg * math.Pi / 180 }
	sinLat, sinLon := math.Sin(rad(b.Latitude-a.Latitude)/2), math.Sin(rad(b.Longitude-a.Longitude)/2)
	h := sinLat*sinLat + math.Cos(rad(a.Latitude))*math.Cos(rad(b.Latitude))*sinLon*sinLon
	return 2 * radius * math.Asin(min(1, math.Sqrt(h)))
}

// What details of NewDevice say.
const (
	known   = "known"
	unknown = "unknown"
)

// device looks for the request among the devices that the user was seen with. There is no cookie that outlives a session, so a
// device is a User-Agent together with an address or a network; the User-Agent alone is a partial match.
func (e RiskEvidence) device() Assessment {
	switch {
	case e.Origin.UserAgent == "":
		return NewAssessment("unknown_device", details(unknown, unknown))
	case len(e.Devices) == 0 && e.First:
		return NewAssessment("initial_login", details(unknown, unknown))
	case len(e.Devices) == 0:
		return NewAssessment("no_device_history", details(unknown, unknown))
	}
	partial := false
	for _, d := range e.Devices {
		for _, seen := range []Origin{
			{IP: d.InitialIP, ASN: d.InitialASN, UserAgent: d.InitialUserAgent}, {IP: d.LastIP, ASN: d.LastASN, UserAgent: d.LastUserAgent},
		} {
			if seen.UserAgent != e.Origin.UserAgent {
				continue
			}
			if seen.IP == e.Origin.IP || seen.ASN != "" && seen.ASN == e.Origin.ASN {
				return NewAssessment("match", details(known, known))
			}
			partial = true
		}
	}
	if partial {
		return NewAssessment("partial_match", details(unknown, known))
	}
	return NewAssessment("no_match", details(unknown, unknown))
}

func details(device, userAgent string) map[string]string {
	return map[string]string{"device": device, "useragent": userAgent}
}
