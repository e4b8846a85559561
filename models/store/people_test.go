package store_test

import (
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/keepsake/models"
)

func TestUserByLogin(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		_, err := s.Apply(t.Context(), &models.TenantConfig{Users: []models.User{{ID: "auth0|mallory", Connection: "db", Email: "m@example.com", Username: "bob@example.com"}}})
		must(t, err)
		for identifier, want := range map[string]string{
			"alice@example.com": "auth0|alice", "ALICE@EXAMPLE.COM": "auth0|alice", "Alice": "auth0|alice",
			"bob@example.com": "auth0|bob", // not she who took it as username
		} {
			if u := get(s.UserByLogin(t.Context(), "db", identifier))(t); u.ID != want {
				t.Errorf("%s is %s, want %s", identifier, u.ID, want)
			}
		}
		for _, identifier := range []string{"", "nobody@example.com", "alice%", "\x00", "auth0|alice"} {
			_, err := s.UserByLogin(t.Context(), "db", identifier)
			wantError(t, err, models.ErrNotFound)
		}
		_, err = s.UserByLogin(t.Context(), "elsewhere", "alice@example.com")
		wantError(t, err, models.ErrNotFound)
		_, err = s.User(t.Context(), "auth0|nobody")
		wantError(t, err, models.ErrNotFound)
	})
}

func TestApplyEffects(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		before := get(s.User(t.Context(), "auth0|alice"))(t)
		s.clock.advance(time.Hour)
		must(t, s.ApplyEffects(t.Context(), models.LoginEffects{UserID: "auth0|alice"}))
		wantEqual(t, "after nothing", get(s.User(t.Context(), "auth0|alice"))(t), before)

		must(t, s.ApplyEffects(t.Context(), models.LoginEffects{UserID: "auth0|alice", AppMetadata: map[string]any{"plan": "pro", "nested": map[string]any{"c": 3.0}}}))
		want := *before
		want.AppMetadata = map[string]any{"plan": "pro", "nested": map[string]any{"c": 3.0}}
		want.UpdatedAt = s.clock.now()
		wantEqual(t, "a shallow patch", get(s.User(t.Context(), "auth0|alice"))(t), &want)

		must(t, s.ApplyEffects(t.Context(), models.LoginEffects{UserID: "auth0|gone", CountLogin: true, SessionID: "sess_gone",
			SessionMetadata: models.MetadataDelta{Evict: true}}))
		create(t, s.Store, session("sess_1"))
		must(t, s.ApplyEffects(t.Context(), models.LoginEffects{SessionID: "sess_1", SessionMetadata: models.MetadataDelta{Set: map[string]string{"a": "1"}}}))
		wantEqual(t, "session metadata", get(s.Session(t.Context(), "sess_1"))(t).Metadata, models.Metadata{"a": "1"})
	})
}

func TestLoginTransaction(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		want := &models.LoginTransaction{
			ID: models.NewSecret(), ClientID: "client", Params: url.Values{"state": {"a\x00b\xff", "two"}, "scope": {"openid"}}, OrganizationID: "org_1",
			Browser: []byte{1, 2}, CreatedAt: start, ExpiresAt: start.Add(models.LoginTransactionLifetime),
		}
		ctx := t.Context()
		must(t, s.CreateLoginTransaction(ctx, want))
		wantEqual(t, "transaction", get(s.LoginTransaction(ctx, want.ID, start))(t), want)
		wantError(t, s.CreateLoginTransaction(ctx, want), models.ErrConflict)

		must(t, s.AuthenticateLoginTransaction(ctx, want.ID, "sess_1", start.Add(time.Second)))
		must(t, s.DecideLoginTransaction(ctx, want.ID, true))
		want.SessionID, want.AuthenticatedAt, want.Consented = "sess_1", start.Add(time.Second), true
		wantEqual(t, "with consent", get(s.LoginTransaction(ctx, want.ID, start))(t), want)
		must(t, s.DecideLoginTransaction(ctx, want.ID, false))
		want.Consented, want.Declined = false, true
		wantEqual(t, "declined", get(s.LoginTransaction(ctx, want.ID, start))(t), want)

		// Whoever signs in next has not been asked yet.
		for _, consented := range []bool{true, false} {
			must(t, s.DecideLoginTransaction(ctx, want.ID, consented))
			must(t, s.AuthenticateLoginTransaction(ctx, want.ID, "sess_2", start.Add(time.Minute)))
			want.SessionID, want.AuthenticatedAt, want.Consented, want.Declined = "sess_2", start.Add(time.Minute), false, false
			wantEqual(t, "signed in again", get(s.LoginTransaction(ctx, want.ID, start))(t), want)
		}

		s.clock.advance(models.LoginTransactionLifetime)
		_, err := s.LoginTransaction(ctx, want.ID, s.clock.now())
		wantError(t, err, models.ErrNotFound)
		wantError(t, s.AuthenticateLoginTransaction(ctx, want.ID, "sess_1", start), models.ErrNotFound)
		wantError(t, s.DecideLoginTransaction(ctx, want.ID, true), models.ErrNotFound)
		wantError(t, s.FinishLoginTransaction(ctx, "unknown"), models.ErrNotFound)
	})
}

func TestALoginTransactionEndsOnce(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		must(t, s.CreateLoginTransaction(t.Context(), &models.LoginTransaction{ID: "id", CreatedAt: start, ExpiresAt: start.Add(time.Hour)}))
		wantOnce(t, models.ErrNotFound, func() error { return s.FinishLoginTransaction(t.Context(), "id") })
	})
}

func TestAnAssertionIsUsedOnce(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		expires := start.Add(time.Minute)
		wantOnce(t, models.ErrUsed, func() error { return s.UseAssertion(t.Context(), "client", "jti\x00", expires) })
		must(t, s.UseAssertion(t.Context(), "another", "jti\x00", expires))
		s.clock.advance(time.Minute)
		wantOnce(t, models.ErrUsed, func() error { return s.UseAssertion(t.Context(), "client", "jti\x00", s.clock.now().Add(time.Minute)) })
	})
}

// wantOnce calls f many times at once: one call must succeed and the others fail with want.
func wantOnce(t *testing.T, want error, f func() error) {
	t.Helper()
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := f(); err == nil {
				ok.Add(1)
			} else {
				wantError(t, err, want)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 {
		t.Errorf("%d succeeded, want 1", ok.Load())
	}
}

func TestConsent(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		c := &models.Consent{UserID: "auth0|alice", ClientID: "client", Scopes: []string{"openid", "read:notes"}, UpdatedAt: start}
		_, err := s.Consent(t.Context(), c.UserID, c.ClientID, c.Audience)
		wantError(t, err, models.ErrNotFound)
		must(t, s.SaveConsent(t.Context(), c))
		wantEqual(t, "consent", get(s.Consent(t.Context(), c.UserID, c.ClientID, c.Audience))(t), c)
		s.clock.advance(time.Hour)
		must(t, s.SaveConsent(t.Context(), &models.Consent{UserID: c.UserID, ClientID: c.ClientID, Scopes: []string{"openid"}}))
		c.Scopes, c.UpdatedAt = []string{"openid"}, s.clock.now()
		wantEqual(t, "consent", get(s.Consent(t.Context(), c.UserID, c.ClientID, c.Audience))(t), c)
	})
}
