package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

func TestOpenRefusals(t *testing.T) {
	t.Parallel()
	const password = "hunter2secret"
	for name, url := range map[string]string{
		"no scheme":                "keepsake.db",
		"another database":         "mysql://user:" + password + "@localhost/db",
		"no path":                  "sqlite:",
		"in memory":                "sqlite::memory:",
		"a folder":                 "sqlite:" + t.TempDir(),
		"a folder that is missing": "sqlite:" + filepath.Join(t.TempDir(), "missing", "keepsake.db"),
		"nobody listens":           "postgres://user:" + password + "@127.0.0.1:1/db?sslmode=disable&connect_timeout=2",
		"a broken URL":             "postgres://user:" + password + "%zz@127.0.0.1:1/db",
		"a broken port":            "postgres://user:" + password + "@127.0.0.1:port/db",
		"a broken option":          "postgres://user:" + password + "@127.0.0.1:1/db?sslmode=perhaps",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := store.Open(t.Context(), store.Options{URL: url, Keyring: storetest.Keyring(t)})
			switch {
			case err == nil:
				s.Close()
				t.Error("it was opened")
			case strings.Contains(err.Error(), password):
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
	if _, err := store.Open(t.Context(), store.Options{URL: storetest.SQLiteURL(t)}); err == nil {
		t.Error("opened without a keyring")
	}
}

func TestSQLiteFileMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "what?is #this%20.db")
	s := storetest.Open(t, "sqlite:"+path)
	seed(t, s)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info := get(os.Stat(name))(t)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestOpenAtOnceAndAgain(t *testing.T) {
	t.Parallel()
	empty := func(t testing.TB) string { // without the template's tables
		u := storetest.PostgresURL(t)
		db := get(sql.Open("pgx", u))(t)
		defer db.Close()
		_, err := db.ExecContext(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`)
		must(t, err)
		return u
	}
	for name, url := range map[string]func(testing.TB) string{"sqlite": storetest.SQLiteURL, "postgres": empty} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := url(t)
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					s, err := store.Open(t.Context(), store.Options{URL: u, Keyring: storetest.Keyring(t), MaxConns: 2})
					if err != nil {
						t.Error(err)
						return
					}
					if err := s.Ready(t.Context()); err != nil {
						t.Error(err)
					}
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			s := storetest.Open(t, u)
			seed(t, s)
			again := storetest.Open(t, u)
			get(again.User(t.Context(), "auth0|alice"))(t)
		})
	}
}

func TestReady(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		must(t, s.Ready(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if s.Ready(ctx) == nil {
			t.Error("ready without an answer")
		}
	})
	t.Run("a schema of yesterday", func(t *testing.T) {
		u := storetest.PostgresURL(t)
		s := storetest.Open(t, u)
		db := get(sql.Open("pgx", u))(t)
		defer db.Close()
		_, err := db.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id > 0`)
		must(t, err)
		if err := s.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "version 0") {
			t.Errorf("error = %v", err)
		}
	})
}

// Nothing of what must stay secret is in the SQLite file, in which every table's bytes can be looked at together.
func TestNothingSecretIsStoredInClear(t *testing.T) {
	t.Parallel()
	u := storetest.SQLiteURL(t)
	s := storetest.Open(t, u)
	ctx := t.Context()
	seed(t, s)
	get(s.Apply(ctx, tenant()))(t) // with a client secret and an Action's secret
	must(t, s.CreateSigningKeys(ctx, []models.SigningKey{{ID: "k", Alg: models.RS256, JWK: []byte(`{"d":"private-exponent"}`), CreatedAt: start}}))
	must(t, s.CreateLoginTransaction(ctx, &models.LoginTransaction{ID: "transaction-id", CreatedAt: start, ExpiresAt: start.AddDate(100, 0, 0)}))
	must(t, s.UseAssertion(ctx, "client", "assertion-jti", start.AddDate(100, 0, 0)))
	must(t, s.Close())
	content := get(os.ReadFile(strings.TrimPrefix(u, "sqlite:")))(t)
	if !bytes.Contains(content, []byte("alice")) {
		t.Fatal("the file does not have what was stored in clear: the test looks in the wrong place")
	}
	for _, secret := range []string{"hush-hush", "private-exponent", "transaction-id", "assertion-jti"} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("%q is in the file", secret)
		}
	}
}

func TestErrorsQuoteNoValues(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		err := s.SaveConsent(t.Context(), &models.Consent{UserID: "auth0|unknown-person", ClientID: "client"})
		if err == nil || strings.Contains(err.Error(), "unknown-person") {
			t.Errorf("error = %v", err)
		}
	})
}
