package oauth

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// at lets the server's requests come from an origin.
func (s *server) at(o models.Origin) { s.origin = o }

var (
	bern    = models.Origin{IP: "192.0.2.1", UserAgent: "phone", Geo: &models.Geo{Latitude: 46.9, Longitude: 7.4, HasPosition: true}}
	newYork = models.Origin{IP: "198.51.100.7", UserAgent: "phone", Geo: &models.Geo{Latitude: 40.7, Longitude: -74, HasPosition: true}}
)

// assessed has the next run of the hooks note the risk assessment.
func (s *server) assessed(into *models.RiskAssessment) {
	s.hook(func(_ *hooks.Event, api *hooks.API) error {
		r, err := api.RiskAssessment()
		if err == nil {
			*into = *r
		}
		return err
	})
}

func TestRiskAtLogins(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st)
		var risk models.RiskAssessment
		s.assessed(&risk)
		check := func(step, travel, device string, confidence models.Confidence) {
			t.Helper()
			if risk.ImpossibleTravel.Code != travel || risk.NewDevice.Code != device || risk.Confidence != confidence {
				t.Errorf("%s: %+v", step, risk)
			}
		}
		s.at(bern)
		s.passwordLogin(clientSPA)
		check("the first login", "initial_login", "initial_login", models.ConfidenceNeutral)
		s.clock.advance(time.Hour)
		s.passwordLogin(clientSPA)
		check("from the same place", "minimal_travel_from_last_login", "match", models.ConfidenceHigh)
		s.clock.advance(time.Hour)
		s.at(newYork)
		s.passwordLogin(clientSPA)
		check("an hour later in New York", "impossible_travel_from_last_login", "partial_match", models.ConfidenceLow)
		s.clock.advance(8 * time.Hour)
		s.at(bern)
		_, cookie := s.session()
		s.tokensOf(cookie)
		check("back by plane, in a browser", "substantial_travel_from_last_login", "match", models.ConfidenceMedium)
		s.at(models.Origin{IP: "192.0.2.1", UserAgent: "laptop"})
		s.passwordLogin(clientSPA)
		check("a new device without a place", "missing_geoip", "no_match", models.ConfidenceLow)
	})
}

// A login is not told to be from a known device because of the session that it has just made.
func TestRiskOfABrowsersFirstLogin(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	s.at(bern)
	s.passwordLogin(clientSPA)
	var risk models.RiskAssessment
	s.assessed(&risk)
	now, secret := s.clock.Now(), models.NewSecret()
	laptop := models.Origin{IP: "203.0.113.9", UserAgent: "laptop", Geo: bern.Geo}
	err := s.store.CreateSession(t.Context(), &models.Session{
		ID: models.NewID(models.PrefixSession, now), SecretHash: models.HashSecret(secret), UserID: testUser, Connection: "Users",
		CreatedAt: now, UpdatedAt: now, AuthenticatedAt: now, LastInteractedAt: now, ExpiresAt: now.Add(time.Hour), IdleExpiresAt: now.Add(time.Hour),
		Device: models.NewDevice(laptop), Cookie: models.CookiePersistent,
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.at(laptop)
	if s.tokensOf(secret); risk.NewDevice.Code != "no_match" {
		t.Errorf("its first login: %+v", risk.NewDevice)
	}
	s.clock.advance(time.Minute)
	if s.tokensOf(secret); risk.NewDevice.Code != "match" {
		t.Errorf("single sign-on from it: %+v", risk.NewDevice)
	}
	logged, err := s.store.Log(t.Context(), s.logged(models.LogLogin)[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	details, _ := logged.Details["riskAssessment"].(map[string]any)
	assessments, _ := details["assessments"].(map[string]any)
	if device, _ := assessments["NewDevice"].(map[string]any); details["confidence"] != "high" || details["version"] != "1" || device["code"] != "match" {
		t.Errorf("the log says %v", logged.Details["riskAssessment"])
	}
}

// At an exchange the assessment goes by the token alone: whoever asks for it costs no read.
func TestRiskAtAnExchange(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t))
	list, err := models.ParseDenyList(strings.NewReader("198.51.100.0/24 spam"), "list.txt")
	if err != nil {
		t.Fatal(err)
	}
	s.untrusted = list
	s.locate = func(ip string) *models.Geo {
		return map[string]*models.Geo{bern.IP: bern.Geo, newYork.IP: newYork.Geo}[ip]
	}
	s.at(bern)
	token := s.passwordLogin(clientSPA).str("refresh_token")
	s.people = noHistory{s.people}
	var risk models.RiskAssessment
	s.assessed(&risk)
	s.clock.advance(time.Minute)
	s.at(newYork)
	a := s.refresh(token)
	want := models.RiskAssessment{
		Confidence:       models.ConfidenceLow,
		ImpossibleTravel: models.Assessment{Code: "impossible_travel_from_last_login", Confidence: models.ConfidenceLow},
		NewDevice:        models.Assessment{Code: "partial_match", Confidence: models.ConfidenceMedium, Details: map[string]string{"device": "unknown", "useragent": "known"}},
		UntrustedIP: models.Assessment{Code: "found_on_deny_list", Confidence: models.ConfidenceLow, Details: map[string]string{
			"ip": newYork.IP, "matches": "198.51.100.0/24", "source": "list.txt", "category": "spam",
		}},
	}
	if diff := cmp.Diff(want, risk); diff != "" {
		t.Errorf("after a minute (-want +got):\n%s", diff)
	}
	if a = s.refresh(a.str("refresh_token")); a.status != http.StatusOK || risk.ImpossibleTravel.Code != "minimal_travel_from_last_login" || risk.NewDevice.Code != "match" {
		t.Errorf("again from there: %d %+v", a.status, risk)
	}
}

type noHistory struct{ People }

func (noHistory) LoginHistory(context.Context, string, string) (*models.LoginHistory, error) {
	panic("an exchange read the login history")
}

func TestEventTellsTheDomainAndTheHandshake(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), func(c *models.TenantConfig) {
		c.Tenant.CustomDomains = []models.CustomDomain{{Domain: "login.example.com", Metadata: map[string]string{"region": "eu"}}}
		c.Clients[0].RefreshToken.Policies = []models.ResourcePolicy{{Audience: "https://notes.example/", Scope: []string{"read:notes"}}}
	})
	var event *hooks.Event
	s.hook(func(e *hooks.Event, _ *hooks.API) error { event = e; return nil })
	s.passwordLogin(clientSPA)
	if event.CustomDomain != nil || event.SecurityContext != nil {
		t.Errorf("custom domain %v, security context %v", event.CustomDomain, event.SecurityContext)
	}
	s.at(models.Origin{Hostname: "Login.Example.Com", JA3: "c13a", JA4: "t13d"})
	s.passwordLogin(clientSPA)
	if diff := cmp.Diff(&models.CustomDomain{Domain: "login.example.com", Metadata: map[string]string{"region": "eu"}}, event.CustomDomain); diff != "" {
		t.Errorf("custom domain (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&hooks.SecurityContext{JA3: "c13a", JA4: "t13d"}, event.SecurityContext); diff != "" {
		t.Errorf("security context (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]models.ResourcePolicy{{Audience: "https://notes.example/", Scope: []string{"read:notes"}}}, event.Client.Policies); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}

// What models/mfa knows of the user's factors is what Actions see; it is read when they ask.
func TestEnrolledFactorsOfTheEvent(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), func(c *models.TenantConfig) {
		c.Authenticators = []models.Authenticator{{UserID: testUser, Type: models.FactorOTP, Key: testTOTPKey}}
	})
	var factors []models.Factor
	var providers []string
	s.hook(func(_ *hooks.Event, api *hooks.API) (err error) {
		if factors, err = api.EnrolledFactors(); err == nil {
			providers, err = api.MultifactorProviders()
		}
		return err
	})
	s.passwordLogin(clientSPA)
	if diff := cmp.Diff([]models.Factor{{Type: "otp"}}, factors); diff != "" {
		t.Errorf("factors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{hooks.ProviderGoogleAuthenticator}, providers); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
}
