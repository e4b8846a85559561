package storetest

import (
	"bytes"
	"path/filepath"
	"testing"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
)

// Option changes what a store is opened with.
type Option func(*store.Options)

// Each runs f as a parallel subtest per database, "sqlite" and "postgres", each with a fresh one.
func Each(t *testing.T, f func(t *testing.T, s *store.Store), options ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, SQLite(t, options...))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, Postgres(t, options...))
	})
}

// SQLite opens a fresh SQLite file that is gone after the test.
func SQLite(t testing.TB, options ...Option) *store.Store {
	t.Helper()
	return Open(t, SQLiteURL(t), options...)
}

// SQLiteURL returns the URL of an SQLite file that does not exist yet, in a folder that is gone after the test.
func SQLiteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "keepsake.db")
}

// Postgres opens a fresh PostgreSQL database that is gone after the test.
func Postgres(t testing.TB, options ...Option) *store.Store {
	t.Helper()
	return Open(t, PostgresURL(t), options...)
}

// Open opens the store of a URL and closes it after the test.
func Open(t testing.TB, url string, options ...Option) *store.Store {
	t.Helper()
	o := store.Options{URL: url, Keyring: Keyring(t), MaxConns: 8}
	for _, option := range options {
		option(&o)
	}
	s, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return s
}

// Keyring returns the keyring that stores are opened with unless an Option says otherwise.
func Keyring(t testing.TB) *models.Keyring {
	t.Helper()
	keyring, err := models.NewKeyring(bytes.Repeat([]byte("k"), models.MinSecretLength))
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}
