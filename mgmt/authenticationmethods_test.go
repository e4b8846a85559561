package mgmt

import (
	"testing"

	"example.com/keepsake/models"
)

func TestAuthenticationMethods(t *testing.T) {
	t.Parallel()
	path := root + "/users/auth0%7Cann/authentication-methods"
	withFactors := func(w *world) {
		w.store.factors = map[string][]models.Authenticator{"auth0|ann": {
			{ID: "totp|dev_1", UserID: "auth0|ann", Type: models.FactorOTP, Key: "NEVERSHOWN", CreatedAt: clock, LastUsedAt: clock},
			{ID: "sms|dev_2", UserID: "auth0|ann", Type: models.FactorPhone, Address: "+15551234567", CreatedAt: clock},
			{ID: "recovery-code|dev_3", UserID: "auth0|ann", Type: models.FactorRecoveryCode, CodeHash: []byte("never shown"), CreatedAt: clock},
		}}
	}
	run(t, []scenario{
		{
			name: "list", prepare: withFactors, method: "GET", path: path, status: 200,
			want: `[{"id":"totp|dev_1","type":"totp","confirmed":true,"created_at":"2026-08-02T08:00:00.123Z","last_auth_at":"2026-08-02T08:00:00.123Z"},` +
				`{"id":"sms|dev_2","type":"phone","confirmed":true,"created_at":"2026-08-02T08:00:00.123Z","last_auth_at":null,"phone_number":"+15551234567"},` +
				`{"id":"recovery-code|dev_3","type":"recovery-code","confirmed":true,"created_at":"2026-08-02T08:00:00.123Z","last_auth_at":null}]`,
		},
		{name: "list none", method: "GET", path: path, status: 200, want: `[]`},
		{name: "list nobody's", method: "GET", path: root + "/users/nobody/authentication-methods", status: 404, want: failure(404, "User not found", "")},
		{
			name: "delete", prepare: withFactors, method: "DELETE", path: path, status: 204, writes: 1,
			check: func(t *testing.T, w *world, rec *recorder) {
				if rec.Body.Len() != 0 || len(w.store.factors["auth0|ann"]) != 0 {
					t.Errorf("%q, %v", rec.Body, w.store.factors)
				}
				if e := w.store.events[0]; e.Type != models.LogManagementAPI || e.Description != "Delete all authentication methods for the given user" {
					t.Errorf("event %+v", e)
				}
			},
		},
		{name: "delete nobody's", method: "DELETE", path: root + "/users/nobody/authentication-methods", status: 404, want: failure(404, "User not found", "")},
	})
}
