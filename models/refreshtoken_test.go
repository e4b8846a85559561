package models_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/keepsake/models"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func TestStanding(t *testing.T) {
	t.Parallel()
	const leeway = 10 * time.Second
	for _, row := range []struct {
		name      string
		current   int64
		presented int64
		leeway    time.Duration
		sinceTurn time.Duration
		want      models.Standing
	}{
		{"the newest", 3, 3, 0, time.Hour, models.StandingCurrent},
		{"the first, never exchanged", 0, 0, 0, time.Hour, models.StandingCurrent},
		{"the one before, no leeway", 3, 2, 0, 0, models.StandingReused},
		{"the one before, at once", 3, 2, leeway, 0, models.StandingOverlap},
		{"the one before, at the end of the leeway", 3, 2, leeway, leeway - time.Nanosecond, models.StandingOverlap},
		{"the one before, when the leeway is over", 3, 2, leeway, leeway, models.StandingReused},
		{"the one before, long after", 3, 2, leeway, time.Hour, models.StandingReused},
		{"the second-to-last, inside the leeway", 3, 1, leeway, 0, models.StandingReused},
		{"the very first, inside the leeway", 3, 0, leeway, 0, models.StandingReused},
		{"the one before the first exchange, inside the leeway", 1, 0, leeway, 0, models.StandingOverlap},
		{"one that was never issued", 3, 4, leeway, 0, models.StandingUnknown},
		{"a negative one", 0, -1, leeway, 0, models.StandingUnknown},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			token := models.RefreshToken{Generation: row.current, RotatedAt: noon}
			if got := token.Standing(row.presented, row.leeway, noon.Add(row.sinceTurn)); got != row.want {
				t.Errorf("Standing = %d, want %d", got, row.want)
			}
		})
	}
}

// TestStandingInvariants: one generation is current, at most one more is good, and all that was issued before is reuse.
func TestStandingInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		token := models.RefreshToken{Generation: rapid.Int64Range(0, 50).Draw(t, "current"), RotatedAt: noon}
		presented := rapid.Int64Range(-3, 55).Draw(t, "presented")
		leeway := time.Duration(rapid.Int64Range(0, 60).Draw(t, "leeway")) * time.Second
		now := noon.Add(time.Duration(rapid.Int64Range(0, 90).Draw(t, "since")) * time.Second)
		got := token.Standing(presented, leeway, now)
		switch {
		case (got == models.StandingCurrent) != (presented == token.Generation):
			t.Fatalf("current: %d", got)
		case (got == models.StandingUnknown) != (presented < 0 || presented > token.Generation):
			t.Fatalf("unknown: %d", got)
		case got == models.StandingOverlap && (presented != token.Generation-1 || now.Sub(noon) >= leeway):
			t.Fatalf("overlap: %d", got)
		}
	})
}

func TestRefreshTokenLives(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name          string
		token         models.RefreshToken
		expired, live bool
	}{
		{"without an end", models.RefreshToken{}, false, true},
		{"before both ends", models.RefreshToken{ExpiresAt: noon.Add(1), IdleExpiresAt: noon.Add(1)}, false, true},
		{"at its absolute end", models.RefreshToken{ExpiresAt: noon}, true, false},
		{"at its idle end", models.RefreshToken{ExpiresAt: noon.Add(time.Hour), IdleExpiresAt: noon}, true, false},
		{"past its absolute end, still in use", models.RefreshToken{ExpiresAt: noon.Add(-1), IdleExpiresAt: noon.Add(time.Hour)}, true, false},
		{"revoked", models.RefreshToken{RevokedAt: noon.Add(-time.Hour)}, false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.token.Expired(noon); got != row.expired {
				t.Errorf("Expired = %v", got)
			}
			if got := row.token.Live(noon); got != row.live {
				t.Errorf("Live = %v", got)
			}
		})
	}
}

func TestRefreshTokenPolicy(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name          string
		policy        models.RefreshTokenPolicy
		expires, idle time.Time
	}{
		{"non-expiring", models.RefreshTokenPolicy{Lifetime: time.Hour, IdleLifetime: time.Minute}, time.Time{}, time.Time{}},
		{"expiring", models.RefreshTokenPolicy{Expiring: true, Lifetime: time.Hour, IdleLifetime: time.Minute}, noon.Add(time.Hour), noon.Add(time.Minute)},
		{"infinite lifetime", models.RefreshTokenPolicy{Expiring: true, IdleLifetime: time.Minute}, time.Time{}, noon.Add(time.Minute)},
		{"infinite idle lifetime", models.RefreshTokenPolicy{Expiring: true, Lifetime: time.Hour}, noon.Add(time.Hour), time.Time{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.policy.Expiry(noon); !got.Equal(row.expires) {
				t.Errorf("Expiry = %v, want %v", got, row.expires)
			}
			if got := row.policy.IdleExpiry(noon); !got.Equal(row.idle) {
				t.Errorf("IdleExpiry = %v, want %v", got, row.idle)
			}
		})
	}
}

func TestNarrowScopes(t *testing.T) {
	t.Parallel()
	granted := []string{"openid", "offline_access", "read:notes"}
	for _, row := range []struct {
		name      string
		requested []string
		want      []string
	}{
		{"nothing requested", nil, granted},
		{"an empty list requested", []string{}, granted},
		{"some, in another order", []string{"read:notes", "openid"}, []string{"openid", "read:notes"}},
		{"more than was granted", []string{"openid", "write:notes"}, []string{"openid"}},
		{"nothing of what was granted", []string{"write:notes"}, []string{}},
		{"one twice", []string{"openid", "openid"}, []string{"openid"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := models.NarrowScopes(granted, row.requested)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		scope := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		granted := rapid.SliceOfDistinct(scope, rapid.ID[string]).Draw(t, "granted")
		requested := rapid.SliceOf(scope).Draw(t, "requested")
		for _, s := range models.NarrowScopes(granted, requested) {
			if !slices.Contains(granted, s) || (len(requested) > 0 && !slices.Contains(requested, s)) {
				t.Fatalf("%q was not both granted and requested", s)
			}
		}
	})
}

func TestLoginEffectsIsZero(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		effects models.LoginEffects
		want    bool
	}{
		{"nothing", models.LoginEffects{}, true},
		{"whose they would be", models.LoginEffects{UserID: "auth0|1", SessionID: "sess_1", LoginIP: "::1"}, true},
		{"app metadata", models.LoginEffects{AppMetadata: map[string]any{"a": nil}}, false},
		{"user metadata", models.LoginEffects{UserMetadata: map[string]any{"a": 1}}, false},
		{"a login", models.LoginEffects{CountLogin: true}, false},
		{"session metadata", models.LoginEffects{SessionMetadata: models.MetadataDelta{Evict: true}}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.effects.IsZero(); got != row.want {
				t.Errorf("IsZero = %v", got)
			}
		})
	}
}
