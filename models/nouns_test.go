package models_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestDevice(t *testing.T) {
	t.Parallel()
	first := models.Origin{IP: "203.0.113.7", ASN: "AS13335", UserAgent: "curl/8", Hostname: "login.example.com"}
	later := models.Origin{IP: "2001:db8::1", UserAgent: "Firefox"}
	device := models.NewDevice(first)
	seen := device.Seen(later)
	want := models.Device{
		InitialIP: "203.0.113.7", InitialASN: "AS13335", InitialUserAgent: "curl/8",
		LastIP: "2001:db8::1", LastASN: "", LastUserAgent: "Firefox",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if device.LastIP != first.IP {
		t.Error("Seen changed the device that it was asked of")
	}
}

func TestOriginTravelsInTheContext(t *testing.T) {
	t.Parallel()
	o := models.Origin{IP: "203.0.113.7", Geo: &models.Geo{CountryCode: "DE"}}
	ctx, cancel := context.WithCancel(models.WithOrigin(t.Context(), o))
	defer cancel()
	if diff := cmp.Diff(o, models.OriginFrom(ctx)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(models.Origin{}, models.OriginFrom(t.Context())); diff != "" {
		t.Errorf("from a context without one (-want +got):\n%s", diff)
	}
}

func TestUserDisplayName(t *testing.T) {
	t.Parallel()
	for want, user := range map[string]models.User{
		"a@example.com": {Email: "a@example.com", Username: "a", Name: "A"},
		"a":             {Username: "a", Name: "A"},
		"A":             {Name: "A"},
		"":              {},
	} {
		if got := user.DisplayName(); got != want {
			t.Errorf("DisplayName of %+v is %q, want %q", user, got, want)
		}
	}
}

func TestSessionLives(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		session models.Session
		want    bool
	}{
		{"without an end", models.Session{}, true},
		{"before both ends", models.Session{ExpiresAt: noon.Add(1), IdleExpiresAt: noon.Add(1)}, true},
		{"at its absolute end", models.Session{ExpiresAt: noon, IdleExpiresAt: noon.Add(time.Hour)}, false},
		{"at its idle end", models.Session{ExpiresAt: noon.Add(time.Hour), IdleExpiresAt: noon}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.session.Live(noon); got != row.want {
				t.Errorf("Live = %v", got)
			}
		})
	}
}

func TestWhatAClientMay(t *testing.T) {
	t.Parallel()
	spa := models.Client{ID: "spa", TokenEndpointAuthMethod: models.AuthMethodNone, GrantTypes: []string{models.GrantRefreshToken}}
	web := models.Client{ID: "web", TokenEndpointAuthMethod: models.AuthMethodSecretPost}
	if !spa.Public() || web.Public() {
		t.Errorf("public: %v and %v, want the first only", spa.Public(), web.Public())
	}
	if !spa.Allows(models.GrantRefreshToken) || spa.Allows(models.GrantPassword) || web.Allows(models.GrantRefreshToken) {
		t.Error("a client may use the grant types that it lists, and no other")
	}
	open, closed := models.Connection{}, models.Connection{EnabledClients: []string{"web"}}
	if !open.Enabled("spa") || !closed.Enabled("web") || closed.Enabled("spa") {
		t.Error("a connection without a list is for all clients, one with a list for those")
	}
	api := models.ResourceServer{Scopes: []models.Scope{{Value: "read:notes"}}}
	if !api.HasScope("read:notes") || api.HasScope("read:") {
		t.Error("an API has the scopes that it defines")
	}
}

func TestSessionLifetimes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		tenant    models.Tenant
		end, idle time.Duration
	}{
		{"Auth0's defaults", models.Tenant{}, 7 * 24 * time.Hour, 3 * 24 * time.Hour},
		{"set", models.Tenant{SessionLifetimeHours: 2, IdleSessionLifetimeHours: 0.5}, 2 * time.Hour, 30 * time.Minute},
		{"negative", models.Tenant{SessionLifetimeHours: -1, IdleSessionLifetimeHours: -1}, 7 * 24 * time.Hour, 3 * 24 * time.Hour},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if end, idle := row.tenant.SessionEnd(), row.tenant.IdleSession(); end != row.end || idle != row.idle {
				t.Errorf("lifetimes are %v and %v, want %v and %v", end, idle, row.end, row.idle)
			}
		})
	}
}

func TestInvalidErrorShowsItsMessage(t *testing.T) {
	t.Parallel()
	err := &models.InvalidError{Field: "client_id", Message: "Missing required 'client_id' parameter."}
	if got := err.Error(); got != "Missing required 'client_id' parameter." {
		t.Errorf("Error() = %q", got)
	}
}
