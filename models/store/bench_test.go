package store_test

import (
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
	g, err := s.RefreshGrant(b.Context(), id)
	if err != nil {
		return err
	}
	x := rotate(id, g.Token.Generation)
	x.Metadata.Put("last_country", "US")
	x.Logs = []*models.LogEvent{{Type: models.LogRefresh, UserID: g.Token.UserID, ClientID: g.Token.ClientID}}
	return s.Exchange(b.Context(), x)
}
