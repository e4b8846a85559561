package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// sqliteMode is the mode of a database file that is made here. SQLite gives it to the files beside it (-wal, -shm) too.
const sqliteMode = 0o600

// openSQLite opens the file of a sqlite: URL, and makes it if need be: one connection that writes, whose transactions take
// the lock when they begin (a deferred one fails with SQLITE_BUSY at once when it has to wait later), and some that read.
func openSQLite(ctx context.Context, path string, readers int) (*Store, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("the database URL needs a file: sqlite:path")
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, sqliteMode)
	if err != nil {
		return nil, fmt.Errorf("make the database file: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("make the database file: %w", err)
	}
	writer, err := sqlitePool(ctx, path, 1, "_txlock=immediate")
	if err != nil {
		return nil, err
	}
	reader, err := sqlitePool(ctx, path, readers, "_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	db, err := openGorm(sqliteDialector{writer})
	if err != nil {
		return nil, errors.Join(err, writer.Close(), reader.Close())
	}
	return &Store{dialect: sqlite, db: db, pools: []*sql.DB{reader, writer}, w: querier{pool: writer, dialect: sqlite}, r: querier{pool: reader, dialect: sqlite}}, nil
}

func sqlitePool(ctx context.Context, path string, conns int, more string) (*sql.DB, error) {
	// As a URI, so that SQLite does not take a "?" in the path for the end of it.
	location := url.URL{Path: filepath.ToSlash(path)}
	dsn := "file:" + strings.TrimPrefix(location.EscapedPath(), "./") +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&" + more
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return pool, nil
}

// hotOnSQLite are the statements of the refresh exchange and of the Management API's refresh tokens. Their texts never change.
var hotOnSQLite = struct{ reads, writes []query }{
	reads:  []query{selectBriefGrant, selectRefreshGrant, selectRefreshToken},
	writes: []query{selectGuard, exchange, logsAlone, setTokenMetadata, selectRefreshToken},
}

// prepareHot has SQLite parse the hot statements once for each connection, and not at each call. The driver's pool does so for a new
// connection by itself, and SQLite again after a migration.
func (s *Store) prepareHot(ctx context.Context) error {
	if s.dialect != sqlite {
		return nil // pgx does it for all statements
	}
	for _, side := range []struct {
		q          *querier
		pool       *sql.DB
		statements []query
	}{{&s.r, s.pools[0], hotOnSQLite.reads}, {&s.w, s.pools[1], hotOnSQLite.writes}} {
		side.q.prepared = make(map[string]*sql.Stmt, len(side.statements))
		for _, query := range side.statements {
			text := query[sqlite].text
			prepared, err := side.pool.PrepareContext(ctx, text)
			if err != nil {
				return fmt.Errorf("prepare statement: %w", err)
			}
			side.q.prepared[text] = prepared
		}
	}
	return nil
}
