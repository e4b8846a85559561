package actions

import (
	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// refreshToken makes event.refresh_token (contract 2.2).
func (b builder) refreshToken(t *hooks.RefreshToken) object {
	servers := make([]any, len(t.ResourceServers))
	for i, s := range t.ResourceServers {
		server := b.object()
		server.text("audience", s.Audience)
		server.text("scopes", s.Scopes)
		servers[i] = server.Object
	}
	o := b.object()
	o.text("id", t.ID)
	o.optionalText("user_id", t.UserID)
	o.optionalText("client_id", t.ClientID)
	o.optionalText("session_id", t.SessionID)
	o.optionalTime("created_at", t.CreatedAt)
	o.optionalTime("expires_at", t.ExpiresAt)
	o.optionalTime("idle_expires_at", t.IdleExpiresAt)
	o.optionalTime("last_exchanged_at", t.LastExchangedAt)
	o.flag("rotating", t.Rotating)
	o.put("resource_servers", b.rt.NewArray(servers...))
	o.child("device", b.device(&t.Device))
	o.child("metadata", b.stringMap(t.Metadata))
	o.optionalText("access", t.Access)
	return o
}

// request makes event.request (contract 2.4). asn is a string, as Auth0's reference says; that its .value works too is
// arranged in guard.go (asnValue).
func (b builder) request(r *hooks.Request) object {
	o := b.object()
	o.text("ip", r.IP)
	o.optionalText("asn", r.ASN)
	o.text("method", r.Method)
	o.optionalText("hostname", r.Hostname)
	o.optionalText("language", r.Language)
	o.optionalText("user_agent", r.UserAgent)
	o.child("query", b.anyMap(r.Query))
	o.child("body", b.anyMap(r.Body))
	o.child("geoip", b.geo(r.Geo))
	return o
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

// session makes event.session (contract 2.7).
func (b builder) session(s *hooks.Session) object {
	clients := make([]any, len(s.Clients))
	for i, id := range s.Clients {
		client := b.object()
		client.text("client_id", id)
		clients[i] = client.Object
	}
	o := b.object()
	o.text("id", s.ID)
	o.text("user_id", s.UserID)
	o.optionalTime("created_at", s.CreatedAt)
	o.optionalTime("updated_at", s.UpdatedAt)
	o.optionalTime("authenticated_at", s.AuthenticatedAt)
	o.optionalTime("idle_expires_at", s.IdleExpiresAt)
	o.optionalTime("expires_at", s.ExpiresAt)
	o.optionalTime("last_interacted_at", s.LastInteractedAt)
	o.put("clients", b.rt.NewArray(clients...))
	if s.CookieMode != "" {
		cookie := b.object()
		cookie.text("mode", string(s.CookieMode))
		o.child("cookie", cookie)
	}
	o.child("device", b.device(&s.Device))
	o.child("metadata", b.stringMap(s.Metadata))
	return o
}

// transaction makes event.transaction (contract 2.3).
func (b builder) transaction(t *hooks.Transaction) object {
	o := b.object()
	o.optionalText("id", t.ID)
	o.optionalText("protocol", t.Protocol)
	o.texts("requested_scopes", t.RequestedScopes)
	o.texts("acr_values", t.ACRValues)
	o.texts("ui_locales", t.UILocales)
	o.text("locale", t.Locale)
	o.optionalText("login_hint", t.LoginHint)
	o.optionalTexts("prompt", t.Prompt)
	o.optionalText("redirect_uri", t.RedirectURI)
	o.optionalText("response_mode", t.ResponseMode)
	o.optionalTexts("response_type", t.ResponseType)
	o.optionalText("state", t.State)
	o.child("metadata", b.anyMap(t.Metadata))
	return o
}

// user makes event.user (contract 2.6). multifactor and enrolledFactors are always arrays, as they are read unguarded
// (contract 2.10).
func (b builder) user(u *hooks.User) object {
	identities := make([]any, len(u.Identities))
	for i, id := range u.Identities {
		identity := b.object()
		identity.text("connection", id.Connection)
		identity.text("provider", id.Provider)
		identity.text("user_id", id.UserID)
		identity.flag("isSocial", id.IsSocial)
		identities[i] = identity.Object
	}
	o := b.object()
	o.text("user_id", u.UserID)
	o.optionalText("email", u.Email)
	o.flag("email_verified", u.EmailVerified)
	o.optionalText("username", u.Username)
	if u.PhoneNumber != "" {
		o.text("phone_number", u.PhoneNumber)
		o.flag("phone_verified", u.PhoneVerified)
	}
	o.optionalText("name", u.Name)
	o.optionalText("nickname", u.Nickname)
	o.optionalText("given_name", u.GivenName)
	o.optionalText("family_name", u.FamilyName)
	o.optionalText("picture", u.Picture)
	o.optionalTime("created_at", u.CreatedAt)
	o.optionalTime("updated_at", u.UpdatedAt)
	o.optionalTime("last_password_reset", u.LastPasswordReset)
	o.child("app_metadata", b.anyMap(u.AppMetadata))
	o.child("user_metadata", b.anyMap(u.UserMetadata))
	o.put("multifactor", b.rt.NewArray())
	o.put("enrolledFactors", b.rt.NewArray())
	o.put("identities", b.rt.NewArray(identities...))
	return o
}
