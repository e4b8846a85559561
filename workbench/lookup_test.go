package workbench_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

func TestRisk(t *testing.T) {
	t.Parallel()
	const travel = "authentication.riskAssessment.assessments.ImpossibleTravel"
	for _, tt := range []struct {
		name   string
		moment workbench.Moment
		sets   []string
		want   *models.RiskAssessment
	}{
		{"as always", workbench.Login, nil, &models.RiskAssessment{
			Confidence: "high", ImpossibleTravel: models.NewAssessment("minimal_travel_from_last_login", nil), NewDevice: models.NewAssessment("match", nil),
		}},
		{"as always at a refresh", workbench.Refresh, nil, &models.RiskAssessment{
			Confidence: "high", ImpossibleTravel: models.NewAssessment("minimal_travel_from_last_login", nil), NewDevice: models.NewAssessment("match", nil),
		}},
		{"a first login", workbench.Login, []string{"stats.logins_count=1"}, &models.RiskAssessment{
			Confidence: "neutral", ImpossibleTravel: models.NewAssessment("initial_login", nil), NewDevice: models.NewAssessment("initial_login", nil),
		}},
		{"it follows from the request", workbench.Refresh, []string{"request.geoip.latitude=-36.8", "request.geoip.longitude=174.7", "request.user_agent=else/1"}, &models.RiskAssessment{
			Confidence: "low", ImpossibleTravel: models.NewAssessment("impossible_travel_from_last_login", nil), NewDevice: models.NewAssessment("no_match", nil),
		}},
		{"a code says the confidence", workbench.Login, []string{travel + ".code=impossible_travel_from_last_login"}, &models.RiskAssessment{
			Confidence: "low", ImpossibleTravel: models.NewAssessment("impossible_travel_from_last_login", nil), NewDevice: models.NewAssessment("match", nil),
		}},
		{"unless it is said", workbench.Login, []string{travel + `={"code":"anonymous_proxy","confidence":"medium"}`, "authentication.riskAssessment.confidence=high"}, &models.RiskAssessment{
			Confidence: "high", ImpossibleTravel: models.Assessment{Code: "anonymous_proxy", Confidence: "medium"}, NewDevice: models.NewAssessment("match", nil),
		}},
		{"none", workbench.Login, []string{"authentication.riskAssessment=null"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := changed(t, tt.moment, tt.sets...)
			if tt.want == nil {
				if e.Lookup.Risk != nil {
					t.Error("there is one")
				}
				return
			}
			got, err := e.Lookup.Risk(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tt.want.UntrustedIP = models.NewAssessment("assessment_not_available", nil)
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(models.Assessment{}, "Details")); diff != "" {
				t.Errorf("risk (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFactors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		sets []string
		want []models.Factor
	}{
		{"factors", []string{`user.enrolledFactors=[{"type":"otp"},{"type":"phone","options":{"n":1}}]`}, []models.Factor{{Type: "otp"}, {Type: "phone", Options: map[string]any{"n": 1.0}}}},
		{"of providers", []string{`user.multifactor=["google-authenticator","guardian"]`}, []models.Factor{{Type: "otp"}, {Type: "phone"}}},
		{"both", []string{`user={"multifactor":["guardian"],"enrolledFactors":[{"type":"email"},{"type":"recovery-code"}]}`}, []models.Factor{{Type: "email"}, {Type: "recovery-code"}}},
		{"the later change counts", []string{`user.enrolledFactors=[{"type":"otp"},{"type":"email"}]`, `user.multifactor=["guardian"]`}, []models.Factor{{Type: "email"}}},
		{"none", []string{`user.multifactor=["guardian"]`, "user.enrolledFactors=null"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := changed(t, workbench.Login, tt.sets...).Lookup.Factors(t.Context())
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("factors (-want +got):\n%s, error %v", diff, err)
			}
		})
	}
}
