package store

import (
	"errors"
	"path/filepath"
	"testing"

	"example.com/keepsake/models"
)

// TestSQLitePreparesTheHotStatements also sees that the statements outlive a change of the schema, as another process makes it when it migrates.
func TestSQLitePreparesTheHotStatements(t *testing.T) {
	t.Parallel()
	keyring, err := models.NewKeyring([]byte("a secret of thirty-two bytes, at least"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "keepsake.db"), Keyring: keyring})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, hot := range hotOnSQLite.reads {
		if s.r.stmt(t.Context(), hot[sqlite].text) == nil {
			t.Errorf("not prepared for reading: %s", hot[sqlite].text)
		}
	}
	for range 2 {
		err := s.inTx(t.Context(), func(tx querier) error {
			for _, hot := range hotOnSQLite.writes {
				if tx.stmt(t.Context(), hot[sqlite].text) == nil {
					t.Errorf("not prepared for a transaction: %s", hot[sqlite].text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefreshToken(t.Context(), "rt_none"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("read: %v", err)
		}
		if err := s.Exchange(t.Context(), &models.Exchange{ID: "rt_none"}); !errors.Is(err, models.ErrConflict) {
			t.Errorf("exchange: %v", err)
		}
		if _, err := s.pools[1].ExecContext(t.Context(), `ALTER TABLE refresh_tokens RENAME COLUMN last_asn TO former`); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefreshToken(t.Context(), "rt_none"); err == nil || errors.Is(err, models.ErrNotFound) {
			t.Errorf("the statement goes by a schema of the past: %v", err)
		}
		if _, err := s.pools[1].ExecContext(t.Context(), `ALTER TABLE refresh_tokens RENAME COLUMN former TO last_asn`); err != nil {
			t.Fatal(err)
		}
	}
}
