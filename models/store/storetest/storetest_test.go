package storetest_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/mgmt"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
	"example.com/keepsake/oauth"
	"example.com/keepsake/web"
)

// The store is what its callers need. Here, and not beside the store, so that a caller that does not build does not take the
// store's own tests with it.
var (
	_ oauth.Config = (*store.Store)(nil)
	_ oauth.Grants = (*store.Store)(nil)
	_ oauth.People = (*store.Store)(nil)
	_ oauth.Logs   = (*store.Store)(nil)

	_ mgmt.RefreshTokens = (*store.Store)(nil)
	_ mgmt.Sessions      = (*store.Store)(nil)
	_ mgmt.Logs          = (*store.Store)(nil)
	_ mgmt.Directory     = (*store.Store)(nil)

	_ web.Transactions = (*store.Store)(nil)
	_ web.Sessions     = (*store.Store)(nil)
	_ web.Config       = (*store.Store)(nil)
	_ web.Logs         = (*store.Store)(nil)
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestEachDatabaseIsFresh(t *testing.T) {
	t.Parallel()
	for range 2 {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			if err := s.Ready(t.Context()); err != nil {
				t.Error(err)
			}
			if keys, err := s.SigningKeys(t.Context()); err != nil || len(keys) != 0 {
				t.Errorf("%d signing keys, %v", len(keys), err)
			}
			if err := s.UseAssertion(t.Context(), "client", "jti", time.Now().Add(time.Hour)); err != nil {
				t.Errorf("another test was here: %v", err)
			}
		})
	}
}

func TestDatabasesAreDropped(t *testing.T) {
	t.Parallel()
	var url string
	used := t.Run("use", func(t *testing.T) {
		url = storetest.PostgresURL(t)
		storetest.Open(t, url)
	})
	if !used {
		return // without a URL the driver would go to whatever server the machine has
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("ping of a dropped database: %v", err)
	}
}

func TestProxyCountsRoundTrips(t *testing.T) {
	t.Parallel()
	proxy := storetest.NewProxy(t, storetest.PostgresURL(t))
	db, err := sql.Open("pgx", proxy.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	query := func(ctx context.Context) {
		t.Helper()
		var s string // larger than one segment, so that a message arrives in pieces
		if err := conn.QueryRowContext(ctx, `SELECT repeat('Z', $1::int)`, 300000).Scan(&s); err != nil || len(s) != 300000 {
			t.Fatalf("%d bytes, %v", len(s), err)
		}
	}
	query(t.Context())
	before := proxy.RoundTrips()
	for range 3 {
		query(t.Context())
	}
	if n := proxy.RoundTrips() - before; n != 3 {
		t.Errorf("3 queries took %d round trips", n)
	}
	before = proxy.RoundTrips()
	tx, err := conn.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := proxy.RoundTrips() - before; n != 2 {
		t.Errorf("begin and commit took %d round trips, want 2", n)
	}
}
