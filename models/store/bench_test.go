package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// BenchmarkRefresh is what one refresh costs the database: the read and the write.
func BenchmarkRefresh(b *testing.B) {
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		b.Run(name, func(b *testing.B) { benchmarkRefresh(b, open(b, at(&clock{}))) })
	}
}

func benchmarkRefresh(b *testing.B, s *store.Store) {
	seed(b, s)
	create(b, s, session("sess_1"))
	b.ReportAllocs()
	b.ResetTimer() // starting a server is no part of it
	var workers atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		id := fmt.Sprint("rt_", workers.Add(1))
		issue(b, s, token(id))
		for pb.Next() {
			if err := refresh(b, s, id); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func refresh(b *testing.B, s *store.Store, id string) error {
	g, err := s.RefreshGrant(b.Context(), id, models.GrantForHooks)
	if err != nil {
		return err
	}
	x := rotate(id, g.Token.Generation)
	x.Metadata.Put("last_country", "US")
	x.Logs = []*models.LogEvent{{Type: models.LogRefresh, UserID: g.Token.UserID, ClientID: g.Token.ClientID}}
	return s.Exchange(b.Context(), x)
}

// BenchmarkCalls is what single calls cost, one at a time.
func BenchmarkCalls(b *testing.B) {
	for name, open := range map[string]func(testing.TB, ...storetest.Option) *store.Store{
		"sqlite": storetest.SQLite, "postgres": storetest.Postgres,
	} {
		b.Run(name, func(b *testing.B) {
			s := open(b, at(&clock{}))
			seed(b, s)
			create(b, s, session("sess_1"))
			issue(b, s, token("rt_x"))
			_, err := s.Apply(b.Context(), tenant())
			must(b, err)
			benchmarkCalls(b, s)
		})
	}
}

func benchmarkCalls(b *testing.B, s *store.Store) {
	generation := int64(0)
	for _, bench := range []struct {
		name string
		call func(ctx context.Context) error
	}{
		{"read a refresh grant", func(ctx context.Context) error {
			_, err := s.RefreshGrant(ctx, "rt_x", models.GrantForHooks)
			return err
		}},
		{"exchange", func(ctx context.Context) error {
			x := rotate("rt_x", generation)
			generation++
			x.Metadata.Put("last_country", "US")
			x.Logs = []*models.LogEvent{{Type: models.LogRefresh, UserID: "auth0|alice"}}
			return s.Exchange(ctx, x)
		}},
		{"read a refresh token", func(ctx context.Context) error { _, err := s.RefreshToken(ctx, "rt_x"); return err }},
		{"set refresh token metadata", func(ctx context.Context) error {
			_, err := s.SetRefreshTokenMetadata(ctx, "rt_x", models.Metadata{"a": "b"}, &models.LogEvent{Type: models.LogManagementAPI})
			return err
		}},
		{"write a log event", func(ctx context.Context) error {
			return s.WriteLogs(ctx, &models.LogEvent{Type: models.LogClientCredentials})
		}},
		{"configuration", func(ctx context.Context) error { _, err := s.Client(ctx, "fixed"); return err }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := bench.call(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
