package actions

import (
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// refreshTokenFields are the members of event.refresh_token (contract 2.2). Each is made when it is asked for: at an exchange
// most Actions read the metadata and nothing else.
var refreshTokenFields = []field[hooks.RefreshToken]{
	textField("id", func(t *hooks.RefreshToken) string { return t.ID }),
	optionalField("user_id", func(t *hooks.RefreshToken) string { return t.UserID }),
	optionalField("client_id", func(t *hooks.RefreshToken) string { return t.ClientID }),
	optionalField("session_id", func(t *hooks.RefreshToken) string { return t.SessionID }),
	timeField("created_at", func(t *hooks.RefreshToken) time.Time { return t.CreatedAt }),
	timeField("expires_at", func(t *hooks.RefreshToken) time.Time { return t.ExpiresAt }),
	timeField("idle_expires_at", func(t *hooks.RefreshToken) time.Time { return t.IdleExpiresAt }),
	timeField("last_exchanged_at", func(t *hooks.RefreshToken) time.Time { return t.LastExchangedAt }),
	flagField("rotating", func(t *hooks.RefreshToken) bool { return t.Rotating }),
	{name: "resource_servers", value: func(b builder, t *hooks.RefreshToken) goja.Value { return b.tokenResourceServers(t.ResourceServers) }},
	objectField("device", func(b builder, t *hooks.RefreshToken) object { return b.device(&t.Device) }),
	objectField(memberMetadata, func(b builder, t *hooks.RefreshToken) object { return b.stringMap(t.Metadata) }),
	optionalField("access", func(t *hooks.RefreshToken) string { return t.Access }),
}

func (b builder) tokenResourceServers(list []hooks.TokenResourceServer) goja.Value {
	servers := make([]any, len(list))
	for i, s := range list {
		server := b.object()
		server.text("audience", s.Audience)
		server.text("scopes", s.Scopes)
		servers[i] = server.Object
	}
	return b.rt.NewArray(servers...)
}

// requestFields are the members of event.request (contract 2.4). asn is a string, as Auth0's reference says; that its .value
// works too is arranged in guard.go (asnValue).
var requestFields = []field[hooks.Request]{
	textField("ip", func(r *hooks.Request) string { return r.IP }),
	optionalField("asn", func(r *hooks.Request) string { return r.ASN }),
	textField("method", func(r *hooks.Request) string { return r.Method }),
	optionalField("hostname", func(r *hooks.Request) string { return r.Hostname }),
	optionalField("language", func(r *hooks.Request) string { return r.Language }),
	optionalField("user_agent", func(r *hooks.Request) string { return r.UserAgent }),
	objectField("query", func(b builder, r *hooks.Request) object { return b.anyMap(r.Query) }),
	objectField("body", func(b builder, r *hooks.Request) object { return b.anyMap(r.Body) }),
	objectField("geoip", func(b builder, r *hooks.Request) object { return b.geo(r.Geo) }),
}

// geo has Auth0's members, and country_code, which Auth0's own guide to refresh token metadata reads (contract 1.11).
func (b builder) geo(g *models.Geo) object {
	o := b.object()
	if g == nil {
		return o
	}
	o.optionalText("cityName", g.CityName)
	o.optionalText("continentCode", g.ContinentCode)
	o.optionalText("countryCode", g.CountryCode)
	o.optionalText("country_code", g.CountryCode)
	o.optionalText("countryCode3", g.CountryCode3)
	o.optionalText("countryName", g.CountryName)
	if g.HasPosition {
		o.number("latitude", g.Latitude)
		o.number("longitude", g.Longitude)
	}
	o.optionalText("subdivisionCode", g.SubdivisionCode)
	o.optionalText("subdivisionName", g.SubdivisionName)
	o.optionalText("timeZone", g.TimeZone)
	return o
}

// sessionFields are the members of event.session (contract 2.7).
var sessionFields = []field[hooks.Session]{
	textField("id", func(s *hooks.Session) string { return s.ID }),
	textField("user_id", func(s *hooks.Session) string { return s.UserID }),
	timeField("created_at", func(s *hooks.Session) time.Time { return s.CreatedAt }),
	timeField("updated_at", func(s *hooks.Session) time.Time { return s.UpdatedAt }),
	timeField("authenticated_at", func(s *hooks.Session) time.Time { return s.AuthenticatedAt }),
	timeField("idle_expires_at", func(s *hooks.Session) time.Time { return s.IdleExpiresAt }),
	timeField("expires_at", func(s *hooks.Session) time.Time { return s.ExpiresAt }),
	timeField("last_interacted_at", func(s *hooks.Session) time.Time { return s.LastInteractedAt }),
	{name: "clients", value: func(b builder, s *hooks.Session) goja.Value { return b.sessionClients(s.Clients) }},
	{
		name: "cookie",
		has:  func(s *hooks.Session) bool { return s.CookieMode != "" },
		value: func(b builder, s *hooks.Session) goja.Value {
			cookie := b.object()
			cookie.text("mode", string(s.CookieMode))
			return cookie.Object
		},
	},
	objectField("device", func(b builder, s *hooks.Session) object { return b.device(&s.Device) }),
	{name: memberMetadata, value: func(b builder, s *hooks.Session) goja.Value {
		if s.Metadata == nil {
			return goja.Undefined()
		}
		return b.stringMap(s.Metadata).Object
	}},
}

func (b builder) sessionClients(ids []string) goja.Value {
	clients := make([]any, len(ids))
	for i, id := range ids {
		client := b.object()
		client.text("client_id", id)
		clients[i] = client.Object
	}
	return b.rt.NewArray(clients...)
}

// transactionFields are the members of event.transaction (contract 2.3).
var transactionFields = []field[hooks.Transaction]{
	optionalField("id", func(t *hooks.Transaction) string { return t.ID }),
	optionalField("protocol", func(t *hooks.Transaction) string { return t.Protocol }),
	textsField("requested_scopes", func(t *hooks.Transaction) []string { return t.RequestedScopes }),
	textsField("acr_values", func(t *hooks.Transaction) []string { return t.ACRValues }),
	textsField("ui_locales", func(t *hooks.Transaction) []string { return t.UILocales }),
	textField("locale", func(t *hooks.Transaction) string { return t.Locale }),
	optionalField("login_hint", func(t *hooks.Transaction) string { return t.LoginHint }),
	optionalTextsField("prompt", func(t *hooks.Transaction) []string { return t.Prompt }),
	optionalField("redirect_uri", func(t *hooks.Transaction) string { return t.RedirectURI }),
	optionalField("response_mode", func(t *hooks.Transaction) string { return t.ResponseMode }),
	optionalTextsField("response_type", func(t *hooks.Transaction) []string { return t.ResponseType }),
	optionalField("state", func(t *hooks.Transaction) string { return t.State }),
	objectField(memberMetadata, func(b builder, t *hooks.Transaction) object { return b.anyMap(t.Metadata) }),
}

// userFields are the members of event.user (contract 2.6). multifactor and enrolledFactors are always arrays, as they are read
// unguarded (contract 2.10).
var userFields = []field[hooks.User]{
	textField("user_id", func(u *hooks.User) string { return u.UserID }),
	optionalField("email", func(u *hooks.User) string { return u.Email }),
	flagField("email_verified", func(u *hooks.User) bool { return u.EmailVerified }),
	optionalField("username", func(u *hooks.User) string { return u.Username }),
	optionalField("phone_number", func(u *hooks.User) string { return u.PhoneNumber }),
	{
		name:  "phone_verified",
		has:   func(u *hooks.User) bool { return u.PhoneNumber != "" },
		value: func(b builder, u *hooks.User) goja.Value { return b.rt.ToValue(u.PhoneVerified) },
	},
	optionalField("name", func(u *hooks.User) string { return u.Name }),
	optionalField("nickname", func(u *hooks.User) string { return u.Nickname }),
	optionalField("given_name", func(u *hooks.User) string { return u.GivenName }),
	optionalField("family_name", func(u *hooks.User) string { return u.FamilyName }),
	optionalField("picture", func(u *hooks.User) string { return u.Picture }),
	timeField("created_at", func(u *hooks.User) time.Time { return u.CreatedAt }),
	timeField("updated_at", func(u *hooks.User) time.Time { return u.UpdatedAt }),
	timeField("last_password_reset", func(u *hooks.User) time.Time { return u.LastPasswordReset }),
	objectField("app_metadata", func(b builder, u *hooks.User) object { return b.anyMap(u.AppMetadata) }),
	objectField("user_metadata", func(b builder, u *hooks.User) object { return b.anyMap(u.UserMetadata) }),
	{name: "multifactor", lookup: func(b builder, _ *hooks.User) (goja.Value, error) {
		providers, err := b.api.MultifactorProviders()
		return b.texts(providers), err
	}},
	{name: "enrolledFactors", lookup: func(b builder, _ *hooks.User) (goja.Value, error) {
		factors, err := b.api.EnrolledFactors()
		return b.factors(factors), err
	}},
	{name: "identities", value: func(b builder, u *hooks.User) goja.Value { return b.identities(u.Identities) }},
}

func (b builder) factors(list []models.Factor) goja.Value {
	factors := make([]any, len(list))
	for i, f := range list {
		factor := b.object()
		factor.text("type", f.Type)
		if len(f.Options) > 0 {
			factor.child("options", b.anyMap(f.Options))
		}
		factors[i] = factor.Object
	}
	return b.rt.NewArray(factors...)
}

func (b builder) identities(list []hooks.Identity) goja.Value {
	identities := make([]any, len(list))
	for i, id := range list {
		identity := b.object()
		identity.text("connection", id.Connection)
		identity.text("provider", id.Provider)
		identity.text("user_id", id.UserID)
		identity.flag("isSocial", id.IsSocial)
		identities[i] = identity.Object
	}
	return b.rt.NewArray(identities...)
}

// authenticationFields are the members of event.authentication (contract 2.9).
var authenticationFields = []field[hooks.Event]{
	{name: "methods", value: func(b builder, e *hooks.Event) goja.Value { return b.methods(e.Authentication.Methods) }},
	{
		name: "riskAssessment",
		has:  func(e *hooks.Event) bool { return e.Lookup.Risk != nil },
		lookup: func(b builder, _ *hooks.Event) (goja.Value, error) {
			risk, err := b.api.RiskAssessment()
			if risk == nil {
				return goja.Undefined(), err
			}
			return b.risk(risk).Object, err
		},
	},
}

func (b builder) methods(list []models.AuthMethod) goja.Value {
	methods := make([]any, len(list))
	for i, m := range list {
		method := b.object()
		method.text("name", m.Name)
		method.optionalTime("timestamp", m.Timestamp)
		method.optionalText("type", m.Type)
		methods[i] = method.Object
	}
	return b.rt.NewArray(methods...)
}

func (b builder) risk(r *models.RiskAssessment) object {
	assessments := b.object()
	assessments.child("ImpossibleTravel", b.assessment(r.ImpossibleTravel))
	assessments.child("NewDevice", b.assessment(r.NewDevice))
	assessments.child("UntrustedIP", b.assessment(r.UntrustedIP))
	o := b.object()
	o.text("confidence", string(r.Confidence))
	o.text("version", models.RiskVersion)
	o.child("assessments", assessments)
	return o
}

func (b builder) assessment(a models.Assessment) object {
	o := b.object()
	o.text("confidence", string(a.Confidence))
	o.text("code", a.Code)
	if len(a.Details) > 0 {
		o.child("details", b.stringMap(a.Details))
	}
	return o
}
