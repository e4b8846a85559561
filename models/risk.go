package models

import (
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
	r.Confidence = lowest(r.ImpossibleTravel.Confidence, r.NewDevice.Confidence, r.UntrustedIP.Confidence)
	return r
}

func lowest(list ...Confidence) Confidence {
	for _, c := range []Confidence{ConfidenceLow, ConfidenceMedium, ConfidenceHigh} {
		for _, have := range list {
			if have == c {
				return c
			}
		}
	}
	return ConfidenceNeutral
}

// Thresholds of impossible travel. Positions of addresses are rough, so that up to nearby is no travel at all. Up to groundSpeed one
// gets by train or car, up to airSpeed by plane, door to door.
const (
	nearby      = 100.0  // km
	groundSpeed = 250.0  // km/h
	airSpeed    = 1000.0 // km/h
)

func (e RiskEvidence) travel() Assessment {
	neutral := func(code string) Assessment { return Assessment{Code: code, Confidence: ConfidenceNeutral} }
	switch {
	case e.Origin.Geo == nil:
		return neutral("missing_geoip")
	case !e.Origin.Geo.HasPosition:
		return neutral("unknown_location")
	case e.Last == nil && e.First:
		return neutral("initial_login")
	case e.Last == nil || e.Last.Position == nil || !e.Last.Position.HasPosition:
		return neutral("location_history_not_found")
	}
	distance, elapsed := distanceKM(e.Last.Position, e.Origin.Geo), e.At.Sub(e.Last.At).Hours()
	switch speed := distance / elapsed; {
	case elapsed < 0: // the clocks of two servers, or a restored database
		return neutral("invalid_travel")
	case distance <= nearby:
		return Assessment{Code: "minimal_travel_from_last_login", Confidence: ConfidenceHigh}
	case speed <= groundSpeed:
		return Assessment{Code: "travel_from_last_login", Confidence: ConfidenceHigh}
	case speed <= airSpeed:
		return Assessment{Code: "substantial_travel_from_last_login", Confidence: ConfidenceMedium}
	}
	return Assessment{Code: "impossible_travel_from_last_login", Confidence: ConfidenceLow}
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
		return Assessment{Code: "unknown_device", Confidence: ConfidenceLow, Details: details(unknown, unknown)}
	case len(e.Devices) == 0 && e.First:
		return Assessment{Code: "initial_login", Confidence: ConfidenceNeutral, Details: details(unknown, unknown)}
	case len(e.Devices) == 0:
		return Assessment{Code: "no_device_history", Confidence: ConfidenceNeutral, Details: details(unknown, unknown)}
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
				return Assessment{Code: "match", Confidence: ConfidenceHigh, Details: details(known, known)}
			}
			partial = true
		}
	}
	if partial {
		return Assessment{Code: "partial_match", Confidence: ConfidenceMedium, Details: details(unknown, known)}
	}
	return Assessment{Code: "no_match", Confidence: ConfidenceLow, Details: details(unknown, unknown)}
}

func details(device, userAgent string) map[string]string {
	return map[string]string{"device": device, "useragent": userAgent}
}
