package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/keepsake/models"
)

// rotate returns the exchange that takes a token from one generation to the next.
func rotate(id string, generation int64) *models.Exchange {
	now := start.Add(time.Minute)
	return &models.Exchange{
		ID: id, Generation: generation, NewGeneration: generation + 1, SecretHash: models.HashSecret(fmt.Sprint(id, generation+1)),
		Rotating: true, At: now, ExpiresAt: start.Add(30 * 24 * time.Hour), IdleExpiresAt: now.Add(15 * 24 * time.Hour),
		Last: models.Origin{IP: "198.51.100.7", ASN: "AS64497", UserAgent: "app/2"},
	}
}

func TestRefreshGrant(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		want := token("rt_1")
		want.Metadata = models.Metadata{"deviceName": "iPhone <é>"}
		seat := session("sess_1")
		seat.Metadata = models.Metadata{"k": "v"}
		create(t, s.Store, seat)
		issue(t, s.Store, want)

		g := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t)
		wantEqual(t, "token", g.Token, *want)
		wantEqual(t, "session", g.Session, seat)
		wantEqual(t, "user", g.User, get(s.User(t.Context(), "auth0|alice"))(t))

		t.Run("the ended session of a live token is nil", func(t *testing.T) {
			s.clock.advance(25 * time.Hour)
			if g := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t); g.Session != nil {
				t.Errorf("session = %v, want none", g.Session)
			}
		})
		t.Run("a token without a session and a user", func(t *testing.T) {
			lone := token("rt_2")
			lone.SessionID, lone.UserID = "", "auth0|gone"
			issue(t, s.Store, lone)
			if g := get(s.RefreshGrant(t.Context(), "rt_2", models.GrantForHooks))(t); g.Session != nil || g.User != nil {
				t.Errorf("grant = %+v, want neither session nor user", g)
			}
		})
		t.Run("a revoked token is returned", func(t *testing.T) {
			must(t, s.RevokeRefreshToken(t.Context(), "rt_1", s.clock.now()))
			if g := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t); !g.Token.RevokedAt.Equal(s.clock.now()) {
				t.Errorf("revoked at %v, want %v", g.Token.RevokedAt, s.clock.now())
			}
		})
		for _, id := range []string{"rt_unknown", "", "rt_\x00", "\xff"} {
			_, err := s.RefreshGrant(t.Context(), id, models.GrantForHooks)
			wantError(t, err, models.ErrNotFound)
		}
	})
}

func TestExchangeWritesEverything(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		before := token("rt_1")
		before.Metadata = models.Metadata{"keep": "1", "drop": "2", "change": "3"}
		issue(t, s.Store, before)
		x := rotate("rt_1", 0)
		x.Last.UserAgent = "broken \xff\x00 agent"
		x.Metadata.Put("change", "4")
		x.Metadata.Put("new", "5")
		x.Metadata.Remove("drop")
		x.Effects = models.LoginEffects{
			UserID: "auth0|alice", CountLogin: true, LoginIP: "198.51.100.7",
			AppMetadata:  map[string]any{"plan": nil, "nested": map[string]any{"c": "nul \x00"}},
			UserMetadata: map[string]any{"lang": "de"},
			SessionID:    "sess_1", SessionMetadata: models.MetadataDelta{Set: map[string]string{"seen": "yes"}},
		}
		x.Logs = []*models.LogEvent{event("900a", models.LogRefresh), event("900b", models.LogWarning)}
		x.Logs[0].Execution = &models.Execution{ID: "900a", TriggerID: "post-login", Results: []models.ExecutionResult{{ActionName: "A", StartedAt: start, EndedAt: start}}}
		must(t, s.Exchange(t.Context(), x))

		g := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t)
		want := *before
		want.Generation, want.SecretHash, want.RotatedAt, want.LastExchangedAt, want.IdleExpiresAt = 1, x.SecretHash, x.At, x.At, x.IdleExpiresAt
		want.Device.LastIP, want.Device.LastASN, want.Device.LastUserAgent = "198.51.100.7", "AS64497", "broken \ufffd\ufffd agent"
		want.Metadata = models.Metadata{"keep": "1", "change": "4", "new": "5"}
		wantEqual(t, "token", g.Token, want)
		wantEqual(t, "app_metadata", g.User.AppMetadata, map[string]any{"nested": map[string]any{"c": "nul \ufffd"}})
		wantEqual(t, "user_metadata", g.User.UserMetadata, map[string]any{"lang": "de"})
		// One login by the session, one by the exchange.
		if g.User.LoginsCount != 2 || g.User.LastIP != "198.51.100.7" || !g.User.LastLogin.Equal(x.At) {
			t.Errorf("logins %d, last %v from %s", g.User.LoginsCount, g.User.LastLogin, g.User.LastIP)
		}
		wantEqual(t, "session metadata", g.Session.Metadata, models.Metadata{"seen": "yes"})
		wantEqual(t, "execution", get(s.Log(t.Context(), "900a"))(t), x.Logs[0])
		if !hasLog(t, s.Store, "900b") {
			t.Error("the second log event is missing")
		}
	})
}

func TestExchangeEvictsAndKeepsGeneration(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		before := token("rt_1")
		before.Rotating, before.Metadata = false, models.Metadata{"a": "1", "b": "2"}
		issue(t, s.Store, before)
		x := rotate("rt_1", 0)
		x.NewGeneration, x.SecretHash, x.Rotating = 0, before.SecretHash, false
		x.Metadata.Clear()
		x.Metadata.Put("c", "3")
		must(t, s.Exchange(t.Context(), x))
		got := get(s.RefreshToken(t.Context(), "rt_1"))(t)
		wantEqual(t, "metadata", got.Metadata, models.Metadata{"c": "3"})
		if !got.RotatedAt.Equal(before.RotatedAt) || got.Generation != 0 || !got.LastExchangedAt.Equal(x.At) {
			t.Errorf("rotated at %v, generation %d, exchanged at %v", got.RotatedAt, got.Generation, got.LastExchangedAt)
		}
	})
}

func TestExchangeErrorsWriteNothing(t *testing.T) {
	full := models.Metadata{}
	for i := range models.MaxMetadataEntries {
		full["k"+strconv.Itoa(i)] = "v"
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, s fixture)
		change  func(x *models.Exchange)
		want    error
	}{
		{"an older generation", func(t *testing.T, s fixture) { must(t, s.Exchange(t.Context(), rotate("rt_1", 0))) }, func(*models.Exchange) {}, models.ErrConflict},
		{"a generation that was never issued", nil, func(x *models.Exchange) { x.Generation = 7 }, models.ErrConflict},
		{"a revoked token", func(t *testing.T, s fixture) { must(t, s.RevokeRefreshToken(t.Context(), "rt_1", start)) }, func(*models.Exchange) {}, models.ErrConflict},
		{"an unknown token", nil, func(x *models.Exchange) { x.ID = "rt_unknown" }, models.ErrConflict},
		{"one entry too many", func(t *testing.T, s fixture) {
			get(s.SetRefreshTokenMetadata(t.Context(), "rt_1", full))(t)
		}, func(x *models.Exchange) { x.Metadata.Put("more", "v") }, models.ErrMetadataEntries},
		{"one entry too many in the session", func(t *testing.T, s fixture) {
			get(s.SetSessionMetadata(t.Context(), "sess_1", full))(t)
		}, func(x *models.Exchange) {
			x.Effects = models.LoginEffects{SessionID: "sess_1", SessionMetadata: models.MetadataDelta{Set: map[string]string{"more": "v"}}}
		}, models.ErrMetadataEntries},
		{"a log id that is taken", func(t *testing.T, s fixture) {
			must(t, s.WriteLogs(t.Context(), event("900x", models.LogWarning)))
		}, func(x *models.Exchange) { x.Logs = append(x.Logs, event("900x", models.LogWarning)) }, models.ErrConflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, s fixture) {
				create(t, s.Store, session("sess_1"))
				issue(t, s.Store, token("rt_1"))
				if tt.prepare != nil {
					tt.prepare(t, s)
				}
				before := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t)
				x := rotate("rt_1", 0)
				x.Logs = []*models.LogEvent{event("900a", models.LogRefresh)}
				x.Effects.UserID, x.Effects.CountLogin = "auth0|alice", true
				tt.change(x)
				wantError(t, s.Exchange(t.Context(), x), tt.want)
				wantEqual(t, "grant", get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t), before)
				if hasLog(t, s.Store, "900a") {
					t.Error("the log event was written")
				}
			})
		})
	}
}

func TestExchangeReplacesAFullMap(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		full := models.Metadata{}
		for i := range models.MaxMetadataEntries {
			full["k"+strconv.Itoa(i)] = "v"
		}
		get(s.SetRefreshTokenMetadata(t.Context(), "rt_1", full))(t)
		x := rotate("rt_1", 0)
		x.Metadata.Remove("k0")
		x.Metadata.Put("more", "v")
		must(t, s.Exchange(t.Context(), x))
		if n := len(get(s.RefreshToken(t.Context(), "rt_1"))(t).Metadata); n != models.MaxMetadataEntries {
			t.Errorf("%d entries, want %d", n, models.MaxMetadataEntries)
		}
	})
}

func TestConcurrentExchangesHaveOneWinner(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		for generation := range int64(4) {
			var won, lost atomic.Int64
			var wg sync.WaitGroup
			for i := range 64 {
				wg.Go(func() {
					x := rotate("rt_1", generation)
					x.Metadata.Put("winner", strconv.Itoa(i))
					x.Logs = []*models.LogEvent{{Type: models.LogRefresh, UserID: "auth0|alice"}}
					switch err := s.Exchange(t.Context(), x); {
					case err == nil:
						won.Add(1)
					case errors.Is(err, models.ErrConflict):
						lost.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || lost.Load() != 63 {
				t.Fatalf("generation %d: %d won and %d lost, want 1 and 63", generation, won.Load(), lost.Load())
			}
		}
		n := get(s.CountLogs(t.Context(), models.LogFilter{Type: models.LogRefresh}))(t)
		if n != 4 {
			t.Errorf("%d log events, want one per winner", n)
		}
	})
}

// A PATCH replaces all metadata, an exchange adds a key. Whatever their order, the PATCH's key is there afterwards, and the
// exchange's is lost only to a PATCH that came later.
func TestPatchRacesExchange(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		const rounds = 1000
		both := 0
		for round := range rounds {
			patch, set := "p"+strconv.Itoa(round), "x"+strconv.Itoa(round)
			full := models.Metadata{patch: "v"}
			for i := len(full); i < models.MaxMetadataEntries-1; i++ {
				full["f"+strconv.Itoa(i)] = "v"
			}
			var patched *models.RefreshToken
			var patchErr, exchangeErr error
			var wg sync.WaitGroup
			wg.Go(func() { patched, patchErr = s.SetRefreshTokenMetadata(t.Context(), "rt_1", full) })
			wg.Go(func() {
				x := rotate("rt_1", int64(round))
				x.Metadata.Put(set, "v")
				exchangeErr = s.Exchange(t.Context(), x)
			})
			wg.Wait()
			if patchErr != nil {
				t.Fatal(patchErr)
			}
			if errors.Is(exchangeErr, models.ErrMetadataEntries) {
				// It came before the PATCH, on top of the last round's full map.
				x := rotate("rt_1", int64(round))
				x.Metadata.Clear()
				x.Metadata.Put(patch, "v")
				exchangeErr = s.Exchange(t.Context(), x)
			}
			if exchangeErr != nil {
				t.Fatalf("round %d: %v", round, exchangeErr)
			}
			got := get(s.RefreshToken(t.Context(), "rt_1"))(t)
			_, hasPatch := got.Metadata[patch]
			_, hasSet := got.Metadata[set]
			patchWasLast := patched.Generation == int64(round)+1
			switch {
			case len(got.Metadata) > models.MaxMetadataEntries:
				t.Fatalf("round %d: %d entries", round, len(got.Metadata))
			case !hasPatch:
				t.Fatalf("round %d: the PATCH's key is lost", round)
			case hasSet && !patchWasLast:
				both++
			case !hasSet && !patchWasLast && len(got.Metadata) > 1:
				t.Fatalf("round %d: the exchange's key is lost", round)
			case hasSet && patchWasLast:
				t.Fatalf("round %d: the PATCH did not replace", round)
			}
		}
		t.Logf("in %d of %d rounds the exchange came second", both, rounds)
	})
}

func TestExchangeHonoursItsContext(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		wantError(t, s.Exchange(ctx, rotate("rt_1", 0)), context.Canceled)
		must(t, s.Exchange(t.Context(), rotate("rt_1", 0)))
	})
}
