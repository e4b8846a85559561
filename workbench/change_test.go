package workbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func TestChange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		set  string
		want func(e *hooks.Event)
	}{
		{"request.geoip.countryCode=DE", func(e *hooks.Event) { e.Request.Geo.CountryCode = "DE" }},
		{"event.request.ip=198.51.100.7", func(e *hooks.Event) { e.Request.IP = "198.51.100.7" }},
		{"request.geoip=null", func(e *hooks.Event) { e.Request.Geo = nil }},
		{"organization.name=acme", func(e *hooks.Event) { e.Organization = &hooks.Organization{Name: "acme"} }},
		{"session=null", func(e *hooks.Event) { e.Session = nil }},
		{"session.cookie.mode=non-persistent", func(e *hooks.Event) { e.Session.CookieMode = models.CookieNonPersistent }},
		{`session.clients=[{"client_id":"a"}]`, func(e *hooks.Event) { e.Session.Clients = []string{"a"} }},
		{"refresh_token.metadata.country=US", func(e *hooks.Event) { e.RefreshToken.Metadata = models.Metadata{"country": "US"} }},
		{"refresh_token.created_at=2029-01-01T00:00:00.000Z", func(e *hooks.Event) { e.RefreshToken.CreatedAt = time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"refresh_token.rotating=false", func(e *hooks.Event) { e.RefreshToken.Rotating = false }},
		{"stats.logins_count=1", func(e *hooks.Event) { e.Stats.LoginsCount = 1 }},
		{`authorization.roles=["admin"]`, func(e *hooks.Event) { e.Authorization.Roles = []string{"admin"} }},
		{`user.app_metadata.limits={"seats":5}`, func(e *hooks.Event) { e.User.AppMetadata = map[string]any{"limits": map[string]any{"seats": 5.0}} }},
		{"user.email=null", func(e *hooks.Event) { e.User.Email = "" }},
		{`request.query.x="4"`, func(e *hooks.Event) { e.Request.Query = map[string]any{"x": "4"} }},
		{`authentication.methods=[{"name":"mfa","timestamp":"2029-01-01T00:00:00Z","type":"otp"}]`, func(e *hooks.Event) {
			e.Authentication.Methods = []models.AuthMethod{{Name: "mfa", Type: "otp", Timestamp: time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)}}
		}},
	} {
		t.Run(tt.set, func(t *testing.T) {
			t.Parallel()
			change, err := workbench.ParseSet(tt.set)
			if err != nil {
				t.Fatal(err)
			}
			got, want := workbench.Sample(workbench.Refresh, now), workbench.Sample(workbench.Refresh, now)
			if _, err := workbench.Change(got, change); err != nil {
				t.Fatal(err)
			}
			tt.want(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangeRefuses(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"request.headers.x=1":               "there is no event.request.headers",
		"refreshToken.id=rt":                "there is no event.refreshToken",
		"user.email=4":                      "event.user.email must be a string",
		"stats.logins_count=many":           "event.stats.logins_count must be a number",
		"stats.logins_count=1.5":            "event.stats.logins_count must be a number",
		"user.email_verified=perhaps":       "event.user.email_verified must be true or false",
		"refresh_token.created_at=today":    "event.refresh_token.created_at must be a time",
		"authorization.roles=admin":         "event.authorization.roles must be an array",
		"organization=acme":                 "event.organization must be an object",
		"refresh_token.metadata=x":          "event.refresh_token.metadata must be an object",
		"refresh_token.metadata.count=4":    "event.refresh_token.metadata.count must be a string",
		"authentication.methods=[\"pwd\"]":  "event.authentication.methods[0] must be an object",
		"session.cookie.mode=4":             "event.session.cookie.mode must be a string",
		"request.geoip.latitude=far up":     "event.request.geoip.latitude must be a number",
		"client.metadata={\"a\":{\"b\":1}}": "event.client.metadata.a must be a string",
	} {
		change, err := workbench.ParseSet(set)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := workbench.Change(workbench.Sample(workbench.Refresh, now), change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
	}
	for _, set := range []string{"", "a", "=x", "a..b=c", ".a=b"} {
		if _, err := workbench.ParseSet(set); err == nil {
			t.Errorf("%q was accepted", set)
		}
	}
}

// TestKnownMembersAreLeft: what an event of Auth0's has and a run makes of other things is no mistake.
func TestKnownMembersAreLeft(t *testing.T) {
	t.Parallel()
	left, err := workbench.Change(workbench.Sample(workbench.Login, now), map[string]any{"configuration": map[string]any{}})
	if diff := cmp.Diff([]string{"event.configuration"}, left); diff != "" || err != nil {
		t.Errorf("left (-want +got):\n%s, error %v", diff, err)
	}
}
