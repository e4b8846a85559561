package models

import "context"

// Geo is where an address is, in the members of Auth0's event.request.geoip (contract 2.4). Empty members are unknown.
type Geo struct {
	CityName        string
	ContinentCode   string
	CountryCode     string
	CountryCode3    string
	CountryName     string
	Latitude        float64
	Longitude       float64
	HasPosition     bool
	SubdivisionCode string
	SubdivisionName string
	TimeZone        string
}

// Origin is where a request came from: the client's own address (behind trusted proxies), the network it belongs to
// ("AS13335", empty when unknown), its place (nil when unknown), its User-Agent and the host it asked for.
type Origin struct {
	IP        string
	ASN       string
	Geo       *Geo
	UserAgent string
	Hostname  string
	// JA3 and JA4 are fingerprints of the TLS client, where a trusted proxy tells them.
	JA3 string `json:",omitempty"`
	JA4 string `json:",omitempty"`
}

type originKey struct{}

// WithOrigin returns a context that carries o. The outermost middleware calls it, once per request.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginFrom returns what WithOrigin put there, or the zero Origin.
func OriginFrom(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Device is the device of a refresh token or a session (contract 2.2): how it looked first and last.
type Device struct {
	InitialIP        string
	InitialASN       string
	InitialUserAgent string
	LastIP           string
	LastASN          string
	LastUserAgent    string
}

// NewDevice returns the device of a first request.
func NewDevice(o Origin) Device {
	return Device{InitialIP: o.IP, InitialASN: o.ASN, InitialUserAgent: o.UserAgent, LastIP: o.IP, LastASN: o.ASN, LastUserAgent: o.UserAgent}
}

// Seen returns the device with its last_* members from a further request.
func (d Device) Seen(o Origin) Device {
	d.LastIP, d.LastASN, d.LastUserAgent = o.IP, o.ASN, o.UserAgent
	return d
}
