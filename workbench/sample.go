package workbench

import (
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Moment is what kind of run an event is for.
type Moment string

// The moments: a first login, and the exchange of a refresh token.
const (
	Login   Moment = "login"
	Refresh Moment = "refresh"
)

const sampleTokenID = "rt_0000000000000001"

// samplePolicy is that of a client which says nothing of its refresh tokens, but that they rotate.
var samplePolicy = models.RefreshTokenPolicy{
	Rotating: true, Expiring: true, Lifetime: models.DefaultTokenLifetime, IdleLifetime: models.DefaultIdleTokenLifetime,
}

// sampleOrigin is where the user of a sample always is, with sampleDevice.
var (
	sampleOrigin = models.Origin{IP: "192.0.2.44", ASN: "AS64496", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	sampleDevice = models.NewDevice(sampleOrigin)
)

func sampleGeo() *models.Geo {
	return &models.Geo{
		CityName: "Bellevue", ContinentCode: "NA", CountryCode: "US", CountryCode3: "USA", CountryName: "United States of America",
		Latitude: 47.61793, Longitude: -122.19584, HasPosition: true, SubdivisionCode: "WA", SubdivisionName: "Washington",
		TimeZone: "America/Los_Angeles",
	}
}

// Sample returns a realistic event: a browser in the United States logs in by the code flow, or exchanges the refresh token that it
// got an hour ago.
func Sample(m Moment, now time.Time) *hooks.Event {
	const userID, clientID = "auth0|507f1f77bcf86cd799439020", "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
	now = now.UTC().Truncate(time.Millisecond)
	origin, device := sampleOrigin, sampleDevice
	began := now
	if m == Refresh {
		began = now.Add(-time.Hour)
	}
	e := &hooks.Event{
		Transaction: sampleTransaction(m),
		Request: hooks.Request{
			IP: origin.IP, ASN: origin.ASN, Method: "GET", Hostname: "localhost", Language: "en-US", UserAgent: origin.UserAgent,
			Query: map[string]any{}, Body: map[string]any{},
			Geo: sampleGeo(),
		},
		Client: hooks.Client{ClientID: clientID, Name: "My App", Metadata: map[string]string{}},
		User: hooks.User{
			UserID: userID, Email: "jane@example.com", EmailVerified: true, Name: "Jane Doe", Nickname: "jane", GivenName: "Jane",
			FamilyName: "Doe", CreatedAt: now.AddDate(-1, 0, 0), UpdatedAt: now.AddDate(0, -1, 0),
			AppMetadata: map[string]any{}, UserMetadata: map[string]any{},
			Identities: []hooks.Identity{{Connection: "Username-Password-Authentication", Provider: "auth0", UserID: "507f1f77bcf86cd799439020"}},
		},
		Connection:     hooks.Connection{ID: "con_0000000000000001", Name: "Username-Password-Authentication", Strategy: models.StrategyDatabase},
		ResourceServer: &hooks.ResourceServer{Identifier: "https://api.example.com"},
		Stats:          hooks.Stats{LoginsCount: 4},
		Authentication: &hooks.Authentication{Methods: []models.AuthMethod{{Name: "pwd", Timestamp: began}}},
		Authorization:  &hooks.Authorization{Roles: []string{}},
		Tenant:         hooks.Tenant{ID: "example"},
		Session: &hooks.Session{
			ID: "sess_0000000000000001", UserID: userID, CreatedAt: began, UpdatedAt: began, AuthenticatedAt: began, LastInteractedAt: began,
			IdleExpiresAt: began.Add(72 * time.Hour), ExpiresAt: began.Add(168 * time.Hour), Clients: []string{clientID},
			CookieMode: models.CookiePersistent, Device: device,
		},
	}
	e.Lookup.Risk = seenAt(e, sampleGeo(), now)
	if m == Login {
		e.Request.Query = map[string]any{
			"client_id": clientID, "response_type": "code", "redirect_uri": "https://app.example.com/callback",
			"scope": "openid profile offline_access", "audience": "https://api.example.com", "state": "a-state",
		}
		return e
	}
	e.Request.Method = "POST"
	e.Request.Body = map[string]any{"grant_type": "refresh_token", "client_id": clientID}
	e.RefreshToken = &hooks.RefreshToken{
		ID: sampleTokenID, UserID: userID, ClientID: clientID, SessionID: e.Session.ID, CreatedAt: began,
		ExpiresAt: began.Add(models.DefaultTokenLifetime), IdleExpiresAt: began.Add(models.DefaultIdleTokenLifetime), Rotating: true,
		ResourceServers: []hooks.TokenResourceServer{{Audience: "https://api.example.com", Scopes: "openid profile offline_access"}},
		Device:          device, Metadata: models.Metadata{}, Access: hooks.AccessOffline,
	}
	return e
}

func sampleTransaction(m Moment) *hooks.Transaction {
	t := &hooks.Transaction{
		Protocol: hooks.ProtocolRefresh, RequestedScopes: []string{}, ACRValues: []string{}, UILocales: []string{}, Locale: "en",
		Metadata: map[string]any{},
	}
	if m == Login {
		t.ID, t.Protocol, t.RequestedScopes = "tx_0000000000000001", hooks.ProtocolCode, []string{"openid", "profile", "offline_access"}
		t.RedirectURI, t.ResponseType, t.State = "https://app.example.com/callback", []string{"code"}, "a-state"
	}
	return t
}
