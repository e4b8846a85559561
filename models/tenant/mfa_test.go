package tenant

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestFactors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, document string
		want           []models.FactorType
		warnings       int
	}{
		{"no section", "tenant: {}", nil, 0},
		{"none", "guardianFactors: []", []models.FactorType{}, 0},
		{"some", "guardianFactors: [{name: sms, enabled: true}, {name: otp, enabled: false}, {name: email, enabled: true}, {name: sms, enabled: true}]",
			[]models.FactorType{models.FactorPhone, models.FactorEmail}, 0},
		{"some that are not offered", "guardianFactors: [{name: duo, enabled: true}, {name: push-notification, enabled: false}, {name: otp, enabled: true}]",
			[]models.FactorType{models.FactorOTP}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := mustRead(t, tt.document+"\n")
			if diff := cmp.Diff(tt.want, r.Config.Tenant.Factors); diff != "" || len(r.Warnings) != tt.warnings {
				t.Errorf("%s%v", diff, r.Warnings)
			}
		})
	}
}

func TestUsersFactors(t *testing.T) {
	t.Parallel()
	r := mustRead(t, `
users:
  - email: alice@example.com
    user_id: auth0|alice
    mfa: {totp_secret: JBSW Y3DP EHPK 3PXP, recovery_code: abcd-efgh-ijkl-mnop, phone_number: +1 555 123 4567, email: Second@Example.com}
  - {email: bob@example.com, user_id: auth0|bob, mfa: {}}
`)
	want := []models.Authenticator{
		{UserID: "auth0|alice", Type: models.FactorOTP, Key: "JBSWY3DPEHPK3PXP"},
		{UserID: "auth0|alice", Type: models.FactorPhone, Address: "+15551234567"},
		{UserID: "auth0|alice", Type: models.FactorEmail, Address: "second@example.com"},
		{UserID: "auth0|alice", Type: models.FactorRecoveryCode, CodeHash: models.HashSecret("ABCDEFGHIJKLMNOP")},
	}
	if diff := cmp.Diff(want, r.Config.Authenticators); diff != "" {
		t.Error(diff)
	}
}

func TestMistakenFactors(t *testing.T) {
	t.Parallel()
	user := func(mfa string) string { return "users:\n  - {email: a@example.com, mfa: {" + mfa + "}}\n" }
	for document, want := range map[string]string{
		"guardianFactors: [{name: otpp, enabled: true}]\n":        `there is no factor "otpp"`,
		"guardianFactors: [{enabled: true}]\n":                    "a value is required",
		user("totp_secret: short"):                                "a TOTP key is at least 16 characters of base32",
		user("phone_number: '0800'"):                              "A phone number begins with +",
		user("email: nobody"):                                     "This is no email address.",
		user("recovery_code: abc, totp_secret: JBSWY3DPEHPK3PXP"): "a recovery code has at least 16 characters",
		user("recovery_code: ABCDEFGHIJKLMNOPQRSTUVWX"):           "the user has none",
	} {
		if _, err := read(t, document, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", document, err)
		}
	}
}
