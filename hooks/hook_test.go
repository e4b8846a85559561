package hooks_test

import (
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

func TestDeniedError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		denied  hooks.DeniedError
		session string
		code    string
		revokes bool
	}{
		{"a denial", hooks.DeniedError{Reason: "no"}, "sess_1", "access_denied", false},
		{"a code of its own", hooks.DeniedError{Code: "too_late"}, "", "too_late", false},
		{"a code with characters that none may have", hooks.DeniedError{Code: "a\"b\\c\u00e9\n"}, "", "a_b_c__", false},
		{"a revocation", hooks.DeniedError{Revoke: true}, "", "access_denied", true},
		{"the session's", hooks.DeniedError{RevokeSession: true}, "sess_1", "access_denied", true},
		{"the session's, and tokens stay", hooks.DeniedError{RevokeSession: true, PreserveRefreshTokens: true}, "sess_1", "access_denied", false},
		{"the session's, and the token is bound to none", hooks.DeniedError{RevokeSession: true}, "", "access_denied", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if code := tt.denied.OAuthCode(); code != tt.code {
				t.Errorf("code %q, want %q", code, tt.code)
			}
			if revokes := tt.denied.RevokesToken(tt.session); revokes != tt.revokes {
				t.Errorf("revokes the token: %v", revokes)
			}
		})
	}
}

func TestTakeMultifactor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		have *hooks.Multifactor
		due  bool
	}{
		{"nothing was asked for", nil, false},
		{"any factor", &hooks.Multifactor{Provider: hooks.ProviderAny}, true},
		{"it was taken back", &hooks.Multifactor{Provider: hooks.ProviderNone}, false},
	} {
		out := hooks.Outcome{Multifactor: tt.have}
		if got := out.TakeMultifactor(); (got != nil) != tt.due || out.Multifactor != nil {
			t.Errorf("%s: %v, and %v is left", tt.name, got, out.Multifactor)
		}
	}
}

func TestNeedsBrowser(t *testing.T) {
	t.Parallel()
	factors := []models.FactorRequest{{Mode: models.FactorChallenge, Factors: []models.Factor{{Type: "otp"}}}}
	for name, tt := range map[string]struct {
		suspension hooks.Suspension
		want       bool
	}{
		"a factor":                  {hooks.Suspension{Factors: factors}, false},
		"a redirect":                {hooks.Suspension{Redirect: &hooks.Redirect{}}, true},
		"a form":                    {hooks.Suspension{Render: &hooks.Render{}}, true},
		"a factor, then a redirect": {hooks.Suspension{Factors: factors, Redirect: &hooks.Redirect{}}, true},
	} {
		if got := tt.suspension.NeedsBrowser(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
