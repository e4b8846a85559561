package store_test

import (
	"database/sql"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/pgserver"
	"example.com/keepsake/models/store/storetest"
)

// durableURL starts a server of the test's own whose commits are durable and on which nothing else happens, so that what it counts is the
// test's.
func durableURL(t *testing.T) string {
	t.Helper()
	server, err := pgserver.Start(t.Context(), pgserver.Options{Settings: []string{
		"fsync=on", "synchronous_commit=on", "autovacuum=off", "checkpoint_timeout=1h", "max_wal_size=4GB", "log_min_messages=fatal", "shared_buffers=32MB",
	}})
	must(t, err)
	t.Cleanup(server.Stop)
	db := get(sql.Open("pgx", server.URL()))(t)
	defer db.Close()
	must(t, server.Await(t.Context(), db.PingContext))
	return server.URL()
}

// counters are what PostgreSQL has counted.
type counters struct {
	syncs                    int64 // of the write-ahead log
	updates, inserts, others int64 // rows of refresh_tokens updated, of log_events inserted, and all else that was written
}

// read reads the counters once nobody else is connected: a connection hands its own in before it is gone.
func (c *counters) read(t *testing.T, db *sql.DB) {
	t.Helper()
	eventually(t, func() bool {
		var others int
		must(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others))
		return others == 0
	})
	must(t, db.QueryRowContext(t.Context(), `SELECT (SELECT wal_sync FROM pg_stat_wal),
		sum(n_tup_upd) FILTER (WHERE relname = 'refresh_tokens'), sum(n_tup_ins) FILTER (WHERE relname = 'log_events'),
		sum(n_tup_ins + n_tup_upd + n_tup_del) - sum(n_tup_upd) FILTER (WHERE relname = 'refresh_tokens')
			- sum(n_tup_ins) FILTER (WHERE relname = 'log_events') FROM pg_stat_user_tables`).Scan(&c.syncs, &c.updates, &c.inserts, &c.others))
}

// An exchange is one durable commit that writes two rows, the token's and the log's, whatever its hooks did to the metadata.
func TestAnExchangeIsOneFlushAndTwoRows(t *testing.T) {
	t.Parallel()
	url := durableURL(t)
	db := get(sql.Open("pgx", url))(t)
	defer db.Close()
	db.SetMaxOpenConns(1)
	play := func(f func(s *store.Store)) counters {
		s := storetest.Open(t, url, at(&clock{}), oneConnection)
		f(s)
		must(t, s.Close())
		var c counters
		c.read(t, db)
		return c
	}
	s := storetest.Open(t, url, at(&clock{}))
	seed(t, s)
	issue(t, s, token("rt_0"), token("rt_1"))
	must(t, s.Close())
	const times = 20
	for n, tt := range []struct {
		name   string
		extent models.GrantExtent
		put    bool
	}{
		{"without hooks", models.GrantForTokens, false},
		{"with metadata", models.GrantForHooks, true},
	} {
		id, generation := fmt.Sprint("rt_", n), int64(0)
		exchanges := func(s *store.Store) {
			for range times {
				get(s.RefreshGrant(t.Context(), id, tt.extent))(t)
				x := rotate(id, generation)
				generation++
				x.Logs = []*models.LogEvent{{Type: models.LogRefresh, UserID: "auth0|alice"}}
				if tt.put {
					x.Metadata.Put("last", strconv.FormatInt(generation, 10))
				}
				must(t, s.Exchange(t.Context(), x))
			}
		}
		before := play(exchanges) // what happens once is over then
		// PostgreSQL flushes by itself, too, now and then: in one of some rounds it does not.
		var got counters
		for round := 0; round < 5 && got.syncs != times; round++ {
			after := play(exchanges)
			got = counters{after.syncs - before.syncs, after.updates - before.updates, after.inserts - before.inserts, after.others - before.others}
			before = after
		}
		wantEqual(t, tt.name, got, counters{syncs: times, updates: times, inserts: times}, cmp.AllowUnexported(counters{}))
	}
}
