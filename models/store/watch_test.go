package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store/storetest"
)

// A change that one replica makes is seen by another that has the old state in its caches.
func TestReplicasSeeChanges(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			writer, reader := storetest.Open(t, u), storetest.Open(t, u)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() { reader.Run(ctx) })
			defer wg.Wait()
			defer cancel()
			for round := range 3 {
				id := fmt.Sprint("client-", round)
				_, err := reader.Client(ctx, id)
				wantError(t, err, models.ErrNotFound)
				get(writer.Apply(ctx, &models.TenantConfig{Clients: []models.Client{{ID: id, Name: id}}}))(t)
				get(writer.Client(ctx, id))(t) // at once where it was made
				eventually(t, func() bool { _, err := reader.Client(ctx, id); return err == nil })
			}
		})
	}
}

// Of two replicas that start at once, the one that comes second makes no keys. It has looked for them before, and must not go on as if there were
// none.
func TestAReplicaThatComesSecondHasTheKeys(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, ctx := url(t), t.Context()
			first, second := storetest.Open(t, u), storetest.Open(t, u)
			if keys := get(second.SigningKeys(ctx))(t); len(keys) != 0 {
				t.Fatalf("%d keys in an empty database", len(keys))
			}
			must(t, first.CreateSigningKeys(ctx, []models.SigningKey{{ID: "first", Alg: models.RS256, JWK: []byte("{}"), CreatedAt: start}}))
			must(t, second.CreateSigningKeys(ctx, []models.SigningKey{{ID: "second", Alg: models.RS256, JWK: []byte("{}"), CreatedAt: start}}))
			if keys := get(second.SigningKeys(ctx))(t); len(keys) != 1 || keys[0].ID != "first" {
				t.Errorf("keys = %+v", keys)
			}
		})
	}
}

// A listener whose connection is lost comes back, and sees what it missed.
func TestAListenerComesBack(t *testing.T) {
	t.Parallel()
	u := storetest.PostgresURL(t)
	writer, reader := storetest.Open(t, u), storetest.Open(t, u)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { reader.Run(ctx) })
	defer wg.Wait()
	defer cancel()
	db := get(sql.Open("pgx", u))(t)
	defer db.Close()
	listener := func() (pid int64) {
		err := db.QueryRowContext(ctx, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'keepsake watch'`).Scan(&pid)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
		return pid
	}
	eventually(t, func() bool { return listener() != 0 })
	first := listener()
	_, err := reader.Client(ctx, "new")
	wantError(t, err, models.ErrNotFound)
	_, err = db.ExecContext(ctx, `SELECT pg_terminate_backend($1)`, first)
	must(t, err)
	eventually(t, func() bool { return listener() != first })
	get(writer.Apply(ctx, &models.TenantConfig{Clients: []models.Client{{ID: "new", Name: "new"}}}))(t)
	eventually(t, func() bool { _, err := reader.Client(ctx, "new"); return err == nil })
}

// Notifications can get lost. A change of which none tells is seen all the same, and what can't be looked at is not served from memory.
func TestChangesAreSeenWithoutNotifications(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": storetest.PostgresURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			s := storetest.Open(t, u)
			get(s.Apply(t.Context(), &models.TenantConfig{Clients: []models.Client{{ID: "x", Name: "x"}}}))(t)
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() { s.Run(ctx) })
			defer wg.Wait()
			defer cancel()
			get(s.Client(ctx, "x"))(t)
			driver, dsn := "pgx", u
			if name == "sqlite" {
				driver, dsn = "sqlite", strings.TrimPrefix(u, "sqlite:")+"?_pragma=busy_timeout(10000)"
			}
			db := get(sql.Open(driver, dsn))(t)
			defer db.Close()
			run := func(statement string) { get(db.ExecContext(ctx, statement))(t) }
			gone := func() bool { _, err := s.Client(ctx, "x"); return errors.Is(err, models.ErrNotFound) }

			run(`UPDATE clients SET id = 'y'`)
			run(`UPDATE config_version SET version = version + 1`)
			eventually(t, gone)
			get(s.Client(ctx, "y"))(t)

			run(`ALTER TABLE config_version RENAME TO elsewhere`)
			run(`UPDATE clients SET id = 'x'`)
			eventually(t, func() bool { return !gone() })
			run(`ALTER TABLE elsewhere RENAME TO config_version`)
		})
	}
}

// eventually waits for what another goroutine brings about; it fails only when that does not come at all.
func eventually(t *testing.T, f func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it did not happen")
		}
	}
}

func TestConfigurationIsCached(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		get(s.Apply(t.Context(), tenant()))(t)
		client, actions := get(s.Client(t.Context(), "fixed"))(t), get(s.PostLoginActions(t.Context()))(t)
		if client != get(s.Client(t.Context(), "fixed"))(t) {
			t.Error("a client was read twice")
		}
		if actions != get(s.PostLoginActions(t.Context()))(t) {
			t.Error("the actions were read twice")
		}
		for _, key := range []string{"", "\x00", "\xff", string(make([]byte, 5000))} {
			_, err := s.Client(t.Context(), key)
			wantError(t, err, models.ErrNotFound)
			_, err = s.Organization(t.Context(), key)
			wantError(t, err, models.ErrNotFound)
			_, err = s.ClientGrant(t.Context(), key, key)
			wantError(t, err, models.ErrNotFound)
			_, err = s.ResourceServer(t.Context(), key)
			wantError(t, err, models.ErrNotFound)
			_, err = s.Connection(t.Context(), key)
			wantError(t, err, models.ErrNotFound)
		}
	})
}
