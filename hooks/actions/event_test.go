package actions_test

import (
	"context"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// baseEvent is a full event of a refresh token exchange. Tests change it.
func baseEvent() *hooks.Event {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 10, minute, 0, 5e6, time.UTC) }
	device := models.Device{
		InitialIP: "13.33.86.47", InitialASN: "AS16509", InitialUserAgent: "curl/7.64.1",
		LastIP: "203.0.113.9", LastASN: "AS13335", LastUserAgent: "curl/8.5.0",
	}
	return &hooks.Event{
		RefreshToken: &hooks.RefreshToken{
			ID: "rt_123fake", UserID: "auth0|5f7c8ec7c33c6c004bbafe82", ClientID: "client123", SessionID: "sess_123fake",
			CreatedAt: at(0), ExpiresAt: at(50), IdleExpiresAt: at(40), LastExchangedAt: at(10), Rotating: true,
			ResourceServers: []hooks.TokenResourceServer{{Audience: "https://api.example.com/", Scopes: "openid offline_access read:notes"}},
			Device:          device, Metadata: models.Metadata{"deviceName": "Auth0's iPhone"}, Access: hooks.AccessOffline,
		},
		Transaction: &hooks.Transaction{
			ID: "tx_1", Protocol: hooks.ProtocolRefresh, RequestedScopes: []string{"openid", "offline_access"}, ACRValues: []string{},
			UILocales: []string{"en"}, Locale: "en", Metadata: map[string]any{},
		},
		Request: hooks.Request{
			IP: "13.33.86.47", ASN: "AS16509", Method: "POST", Hostname: "localhost:8080", Language: "en", UserAgent: "curl/7.64.1",
			Query: map[string]any{"audience": "https://api.example.com/"}, Body: map[string]any{"grant_type": "refresh_token", "scope": []string{"a", "b"}},
			Geo: &models.Geo{
				CityName: "Bellevue", ContinentCode: "NA", CountryCode: "US", CountryCode3: "USA", CountryName: "United States of America",
				Latitude: 47.61793, Longitude: -122.19584, HasPosition: true, SubdivisionCode: "WA", SubdivisionName: "Washington",
				TimeZone: "America/Los_Angeles",
			},
		},
		Client: hooks.Client{
			ClientID: "client123", Name: "My App", Metadata: map[string]string{"tier": "gold"},
			Policies: []models.ResourcePolicy{{Audience: "https://notes.example.com/", Scope: []string{"read:notes"}}},
		},
		User: hooks.User{
			UserID: "auth0|5f7c8ec7c33c6c004bbafe82", Email: "jane@example.com", EmailVerified: true, Name: "Jane Doe", Nickname: "jane",
			GivenName: "Jane", FamilyName: "Doe", Picture: "https://example.com/jane.png", CreatedAt: at(1), UpdatedAt: at(2), LastPasswordReset: at(3),
			AppMetadata: map[string]any{"plan": "pro", "limits": map[string]any{"seats": 5.0}}, UserMetadata: map[string]any{"theme": "dark"},
			Identities: []hooks.Identity{{Connection: "Username-Password-Authentication", Provider: "auth0", UserID: "5f7c8ec7c33c6c004bbafe82"}},
		},
		Organization: &hooks.Organization{ID: "org_abc123", Name: "acme", DisplayName: "Acme Corp", Metadata: map[string]string{"region": "eu"}},
		Session: &hooks.Session{
			ID: "sess_123fake", UserID: "auth0|5f7c8ec7c33c6c004bbafe82", CreatedAt: at(4), UpdatedAt: at(5), AuthenticatedAt: at(6),
			LastInteractedAt: at(7), ExpiresAt: at(55), IdleExpiresAt: at(45), Clients: []string{"client123"}, CookieMode: models.CookiePersistent,
			Device: device, Metadata: models.Metadata{"kiosk": "no"},
		},
		Connection:      hooks.Connection{ID: "con_1", Name: "Username-Password-Authentication", Strategy: "auth0"},
		ResourceServer:  &hooks.ResourceServer{Identifier: "https://api.example.com/"},
		Stats:           hooks.Stats{LoginsCount: 4},
		Authentication:  &hooks.Authentication{Methods: []models.AuthMethod{{Name: "pwd", Timestamp: at(8)}}},
		Authorization:   &hooks.Authorization{Roles: []string{"admin", "editor", "viewer"}, Assigned: []models.Role{{ID: "rol_1", Name: "admin"}, {ID: "rol_2", Name: "editor"}, {ID: "rol_3", Name: "viewer"}}},
		Tenant:          hooks.Tenant{ID: "demo"},
		CustomDomain:    &models.CustomDomain{Domain: "login.example.com", Metadata: map[string]string{"region": "eu"}},
		SecurityContext: &hooks.SecurityContext{JA3: "c13a3e168d43e62e0ad96fae6347e2e4", JA4: "t13d1516h2_8daaf6152771_02713d6af862"},
		Lookup: hooks.Lookup{
			Groups: func(context.Context) ([]models.Group, error) {
				return []models.Group{{ID: "grp_1", Name: "engineering"}, {ID: "grp_2", Name: "oncall"}}, nil
			},
			Risk: func(context.Context) (*models.RiskAssessment, error) {
				return &models.RiskAssessment{
					Confidence:       models.ConfidenceMedium,
					ImpossibleTravel: models.Assessment{Code: "minimal_travel_from_last_login", Confidence: models.ConfidenceHigh},
					NewDevice:        models.Assessment{Code: "partial_match", Confidence: models.ConfidenceMedium, Details: map[string]string{"device": "unknown", "useragent": "known"}},
					UntrustedIP:      models.Assessment{Code: "not_found_on_deny_list", Confidence: models.ConfidenceHigh},
				}, nil
			},
		},
	}
}
