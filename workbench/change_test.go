package workbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

var now = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// changed is a sample with the changes of --set.
func changed(t *testing.T, m workbench.Moment, sets ...string) *hooks.Event {
	t.Helper()
	e := workbench.Sample(m, now)
	for _, set := range sets {
		change, err := workbench.ParseSet(set)
		if err != nil {
			t.Fatal(err)
		}
		if left, err := workbench.Change(e, change); err != nil || len(left) > 0 {
			t.Fatalf("%s: %v, left %v", set, err, left)
		}
	}
	return e
}

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
		{`client.refresh_token.policies=[{"audience":"https://api","scope":["read"]}]`, func(e *hooks.Event) {
			e.Client.Policies = []models.ResourcePolicy{{Audience: "https://api", Scope: []string{"read"}}}
		}},
		{`custom_domain={"domain":"id.example.com","domain_metadata":{"brand":"a"}}`, func(e *hooks.Event) {
			e.CustomDomain = &models.CustomDomain{Domain: "id.example.com", Metadata: map[string]string{"brand": "a"}}
		}},
		{`configuration={}`, func(*hooks.Event) {}},
		{`transaction.linking_id=null`, func(*hooks.Event) {}},
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
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(hooks.Event{}, "Lookup")); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangeRefuses(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]string{
		"request.headers.x=1":              "there is no event.request.headers",
		"refreshToken.id=rt":               "there is no event.refreshToken",
		"user.email=4":                     "event.user.email must be a string",
		"stats.logins_count=many":          "event.stats.logins_count must be a number",
		"stats.logins_count=1.5":           "event.stats.logins_count must be a number",
		"user.email_verified=perhaps":      "event.user.email_verified must be true or false",
		"refresh_token.created_at=today":   "event.refresh_token.created_at must be a time",
		"authorization.roles=admin":        "event.authorization.roles must be an array",
		"organization=acme":                "event.organization must be an object",
		"refresh_token.metadata=x":         "event.refresh_token.metadata must be an object",
		"refresh_token.metadata.count=4":   "event.refresh_token.metadata.count must be a string",
		"authentication.methods=[\"pwd\"]": "event.authentication.methods[0] must be an object",
		"session.cookie.mode=4":            "event.session.cookie.mode must be a string",
		"session.cookie=persistent":        "event.session.cookie must be an object",
		"session.cookie.secure=true":       "there is no event.session.cookie.secure",
		"session.clients=[{\"id\":\"a\"}]": "there is no event.session.clients[0].id",
		"client.refresh_token=rotating":    "event.client.refresh_token must be an object",
		"client.refresh_token.leeway=4":    "there is no event.client.refresh_token.leeway",

		"authentication.riskAssessment=low":                                              "event.authentication.riskAssessment must be an object",
		"authentication.riskAssessment.confidence=lowest":                                "event.authentication.riskAssessment.confidence must be one of low, medium, high and neutral",
		"authentication.riskAssessment.version=2":                                        "event.authentication.riskAssessment.version must be a string",
		"authentication.riskAssessment.version=\"2\"":                                    "event.authentication.riskAssessment.version is always \"1\"",
		"authentication.riskAssessment.assessments.NewDevice.confidence=maybe":           "assessments.NewDevice.confidence must be one of",
		"authentication.riskAssessment.assessments.NewDevice.details=x":                  "assessments.NewDevice.details must be an object",
		"user.enrolledFactors=otp":                                                       "event.user.enrolledFactors must be an array",
		"user.enrolledFactors=[\"otp\"]":                                                 "event.user.enrolledFactors[0] must be an object",
		"user.enrolledFactors=[{\"options\":{}}]":                                        "a factor needs a type",
		"user.multifactor=[\"duo\"]":                                                     "no factor has the provider \"duo\"",
		"user={\"enrolledFactors\":[{\"type\":\"otp\"}],\"multifactor\":[\"guardian\"]}": "event.user.multifactor is not what event.user.enrolledFactors comes to",
		"request.geoip.latitude=far up":                                                  "event.request.geoip.latitude must be a number",
		"client.metadata={\"a\":{\"b\":1}}":                                              "event.client.metadata.a must be a string",
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

// TestKnownMembersAreLeft: what an event of Auth0's has and none of Keepsake's, or that a run makes of other things, is handed back.
func TestKnownMembersAreLeft(t *testing.T) {
	t.Parallel()
	left, err := workbench.Change(workbench.Sample(workbench.Login, now), map[string]any{
		"configuration": map[string]any{"a": "b"}, "secrets": map[string]any{}, "transaction": map[string]any{"linking_id": "x", "locale": "de"},
		"authentication": map[string]any{"riskAssessment": map[string]any{"supplemental": map[string]any{}}},
	})
	want := []string{"event.authentication.riskAssessment.supplemental", "event.configuration", "event.secrets", "event.transaction.linking_id"}
	if diff := cmp.Diff(want, left); diff != "" || err != nil {
		t.Errorf("left (-want +got):\n%s, error %v", diff, err)
	}
}
