package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
)

func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		const day = 24 * time.Hour
		must(t, s.CreateAuthorizationCode(ctx, code("old"), models.LoginEffects{}))
		fresh := code("fresh")
		fresh.ExpiresAt = start.Add(100 * day)
		must(t, s.CreateAuthorizationCode(ctx, fresh, models.LoginEffects{}))
		must(t, s.CreateLoginTransaction(ctx, &models.LoginTransaction{ID: "old", CreatedAt: start, ExpiresAt: start.Add(time.Hour)}))
		must(t, s.CreateLoginTransaction(ctx, &models.LoginTransaction{ID: "fresh", CreatedAt: start, ExpiresAt: start.Add(100 * day)}))
		must(t, s.UseAssertion(ctx, "client", "jti", start.Add(100*day)))
		long := session("sess_long")
		long.ExpiresAt, long.IdleExpiresAt = start.Add(100*day), start.Add(100*day)
		create(t, s.Store, session("sess_old"), long)
		revoked, idle, young, never := token("rt_revoked"), token("rt_idle"), token("rt_young"), token("rt_never")
		idle.IdleExpiresAt = start.Add(day)
		young.ExpiresAt, young.IdleExpiresAt = start.Add(20*day), start.Add(20*day)
		never.ExpiresAt, never.IdleExpiresAt = time.Time{}, time.Time{}
		issue(t, s.Store, revoked, idle, young, never)
		must(t, s.RevokeRefreshToken(ctx, "rt_revoked", start))
		now := start.Add(40 * day)
		old, recent := event(models.NewLogID(now.Add(-store.DefaultLogRetention-time.Millisecond)), models.LogLogin), event(models.NewLogID(now.Add(-store.DefaultLogRetention)), models.LogLogin)
		must(t, s.WriteLogs(ctx, old, recent))

		must(t, s.Sweep(ctx, start)) // nothing has ended yet
		get(s.CodeGrant(ctx, models.HashSecret("old")))(t)
		get(s.RefreshGrant(ctx, "rt_revoked", models.GrantForHooks))(t)
		must(t, s.Sweep(ctx, now))

		is := func(what string, want bool, err error) {
			t.Helper()
			if err != nil && !errors.Is(err, models.ErrNotFound) || want != (err == nil) {
				t.Errorf("%s: %v, want it to be there: %t", what, err, want)
			}
		}
		for secret, want := range map[string]bool{"old": false, "fresh": true} {
			_, err := s.CodeGrant(ctx, models.HashSecret(secret))
			is("code "+secret, want, err)
			is("transaction "+secret, want, s.FinishLoginTransaction(ctx, secret))
		}
		wantError(t, s.UseAssertion(ctx, "client", "jti", start.Add(200*day)), models.ErrUsed)
		for id, want := range map[string]bool{"sess_old": false, "sess_long": true} {
			_, err := s.Session(ctx, id)
			is(id, want, err)
		}
		for id, want := range map[string]bool{"rt_revoked": false, "rt_idle": false, "rt_young": true, "rt_never": true} {
			_, err := s.RefreshGrant(ctx, id, models.GrantForHooks)
			is(id, want, err)
		}
		if hasLog(t, s.Store, old.ID) || !hasLog(t, s.Store, recent.ID) {
			t.Error("the log was not cut at its retention")
		}
	})
}

func TestSweepGoesBeyondOneBatch(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		var events []*models.LogEvent
		for n := range 1203 {
			events = append(events, event(models.NewLogID(start.Add(time.Duration(n)*time.Millisecond)), models.LogLogin))
		}
		must(t, s.WriteLogs(t.Context(), events...))
		for n := range 1203 {
			dead := session(fmt.Sprintf("sess_%04d", n))
			dead.UserID = "auth0|gone"
			if n%3 == 0 {
				dead.ExpiresAt, dead.IdleExpiresAt = start.Add(1000*time.Hour), start.Add(1000*time.Hour)
			}
			create(t, s.Store, dead)
		}
		must(t, s.Sweep(t.Context(), start.Add(48*time.Hour)))
		if n := get(s.CountSessions(t.Context(), "auth0|gone"))(t); n != 401 {
			t.Errorf("%d sessions are left, want 401", n)
		}
		if n := get(s.CountLogs(t.Context(), models.LogFilter{}))(t); n != 1203 {
			t.Errorf("%d events are left inside the retention", n)
		}
		must(t, s.Sweep(t.Context(), start.Add(store.DefaultLogRetention+time.Hour)))
		if n := get(s.CountLogs(t.Context(), models.LogFilter{}))(t); n != 0 {
			t.Errorf("%d events are left beyond the retention", n)
		}
	})
}

func TestRunSweeps(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		must(t, s.CreateAuthorizationCode(t.Context(), code("old"), models.LoginEffects{}))
		create(t, s.Store, session("sess_old"))
		s.clock.advance(1000 * time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		eventually(t, func() bool {
			_, err := s.CodeGrant(ctx, models.HashSecret("old"))
			return errors.Is(err, models.ErrNotFound)
		})
		cancel()
		<-done // Run ends with its context
	})
}
