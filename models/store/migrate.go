package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrationLock names the advisory lock that one migrating process holds.
const migrationLock = 0x6b65657073616b65 // "keepsake"

// migrate brings the schema up to date, one process at a time.
func (s *Store) migrate(ctx context.Context) error {
	folder, gooseDialect := "migrations/postgres", goose.DialectPostgres
	var options []goose.ProviderOption
	if s.dialect == sqlite {
		folder, gooseDialect = "migrations/sqlite", goose.DialectSQLite3
	} else {
		options = append(options, goose.WithSessionLocker(advisoryLock{}))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	pool := s.pools[len(s.pools)-1]
	provider, err := goose.NewProvider(gooseDialect, pool, files, options...)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	s.schema = sources[len(sources)-1].Version
	if s.dialect == postgresql {
		_, err = provider.Up(ctx)
		return err
	}
	return retryUp(ctx, provider, len(sources)+1)
}

// retryUp migrates an SQLite file. There is no lock that spans several transactions there, so another process may make
// a table or a column first: then this one fails, and finds it made at the next attempt. Every such failure is a step that
// somebody else finished, which bounds the attempts.
func retryUp(ctx context.Context, provider *goose.Provider, steps int) error {
	var err error
	for range steps + 1 {
		if _, err = provider.Up(ctx); err == nil || !doneAlready(err) {
			return err
		}
	}
	return err
}

// doneAlready reports whether a migration failed because what it makes, a table or a column, is there.
func doneAlready(err error) bool {
	return strings.Contains(err.Error(), "already exists") || strings.Contains(err.Error(), "duplicate column name")
}

// advisoryLock makes processes that migrate one database wait for each other. Unlike goose's own it waits in the
// database instead of asking every few seconds.
type advisoryLock struct{}

// SessionLock waits for the lock.
func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("wait for the migration lock: %w", err)
	}
	return nil
}

// SessionUnlock gives the lock back.
func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	var held bool
	if err := conn.QueryRowContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrationLock)).Scan(&held); err != nil {
		return fmt.Errorf("give back the migration lock: %w", err)
	}
	if !held {
		return errors.New("give back the migration lock: it was not held")
	}
	return nil
}
