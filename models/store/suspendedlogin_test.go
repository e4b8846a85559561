package store_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"example.com/keepsake/models"
)

func suspendedLogin(id string) *models.LoginTransaction {
	return &models.LoginTransaction{
		ID: id, ClientID: "client", Browser: []byte{1}, SessionID: "sess_1", AuthenticatedAt: start, CreatedAt: start, ExpiresAt: start.Add(time.Hour),
		Suspended: &models.SuspendedLogin{
			TransactionID: "tx_1", UserID: "auth0|alice", SessionID: "sess_1", Hooks: json.RawMessage(`{"claim":"a secret claim"}`),
			Waiting: models.WaitingForm, Form: &models.FormPrompt{FormID: "ap_1", Vars: map[string]any{"a": "<b>\x00"}}, At: start,
			Factors: []models.FactorRequest{{Mode: models.FactorEnroll, Factors: []models.Factor{{Type: "otp", Options: map[string]any{"a": true}}}}},
		},
	}
}

func TestSuspendedLogin(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx, want := t.Context(), suspendedLogin("id")
		want.Params = map[string][]string{}
		must(t, s.CreateLoginTransaction(ctx, want))
		wantEqual(t, "transaction", get(s.LoginTransaction(ctx, "id", start))(t), want)

		want.Suspended.Form.Answered, want.Suspended.Form.Answer = true, map[string]any{"city": "Bern", "age": 42.0}
		must(t, s.UpdateSuspendedLogin(ctx, "id", func(l *models.SuspendedLogin) error {
			l.Form.Answered, l.Form.Answer = true, want.Suspended.Form.Answer
			return nil
		}))
		wantEqual(t, "answered", get(s.LoginTransaction(ctx, "id", start))(t), want)

		refused := errors.New("refused")
		wantError(t, s.UpdateSuspendedLogin(ctx, "id", func(l *models.SuspendedLogin) error {
			l.TransactionID = "lost"
			return refused
		}), refused)
		wantEqual(t, "after a refusal", get(s.LoginTransaction(ctx, "id", start))(t), want)

		nothing := func(*models.SuspendedLogin) error { return nil }
		must(t, s.CreateLoginTransaction(ctx, &models.LoginTransaction{ID: "not suspended", CreatedAt: start, ExpiresAt: start.Add(time.Hour)}))
		wantError(t, s.UpdateSuspendedLogin(ctx, "not suspended", nothing), models.ErrNotFound)
		wantError(t, s.UpdateSuspendedLogin(ctx, "unknown", nothing), models.ErrNotFound)
		s.clock.advance(time.Hour)
		wantError(t, s.UpdateSuspendedLogin(ctx, "id", nothing), models.ErrNotFound)
	})
}

// TestSuspendedLoginLosesNoChange has several change one login at once: an attempt that is not counted would be one too many.
func TestSuspendedLoginLosesNoChange(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		must(t, s.CreateLoginTransaction(t.Context(), suspendedLogin("id")))
		const writers = 4
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				err := s.UpdateSuspendedLogin(t.Context(), "id", func(l *models.SuspendedLogin) error {
					l.Methods = append(l.Methods, models.AuthMethod{Name: "mfa", Timestamp: start})
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := len(get(s.LoginTransaction(t.Context(), "id", start))(t).Suspended.Methods); got != writers {
			t.Errorf("%d changes are stored, want %d", got, writers)
		}
	})
}
