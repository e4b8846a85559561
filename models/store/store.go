package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"example.com/keepsake/models"
)

// DefaultLogRetention is how long log events are kept when Options does not say.
const DefaultLogRetention = 30 * 24 * time.Hour

// Options are what Open needs.
type Options struct {
	// URL is where the data is: sqlite:path, or postgres://… (postgresql://…) in any form that libpq knows, several
	// hosts included.
	URL string
	// Keyring seals what must not be readable in the database.
	Keyring *models.Keyring
	// Logger gets what goes wrong in the background; nil means none.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// LogRetention is how long log events are kept; zero means DefaultLogRetention.
	LogRetention time.Duration
	// MaxConns is how many connections to the database are open at most; zero means four per CPU, within 8 and 32.
	MaxConns int
}

// Store is an open database. All its methods may be called at the same time.
type Store struct {
	dialect  dialect
	db       *gorm.DB // writes
	pools    []*sql.DB
	native   *pgxpool.Pool   // below the only one of pools; nil for SQLite
	pgConfig *pgx.ConnConfig // nil for SQLite
	w, r     querier         // the writing and the reading side; the same on PostgreSQL

	keyring   *models.Keyring
	logger    *slog.Logger
	now       func() time.Time
	retention time.Duration

	config  caches
	version atomic.Int64 // of the configuration, as last seen
	schema  int64        // the newest migration
}

// Open connects to the database, makes it if it is an SQLite file that does not exist, and migrates it. Several processes may
// open one empty database at once. Its errors never contain the password of the URL.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Keyring == nil {
		return nil, errors.New("open database: no keyring")
	}
	conns := o.MaxConns
	if conns <= 0 {
		conns = min(max(4*runtime.GOMAXPROCS(0), 8), 32)
	}
	s, err := connect(ctx, o.URL, conns)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.keyring, s.logger, s.now, s.retention = o.Keyring, o.Logger, o.Now, o.LogRetention
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.retention <= 0 {
		s.retention = DefaultLogRetention
	}
	s.config = newCaches(s)
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(failed("migrate database", err), s.Close())
	}
	if err := s.prepareHot(ctx); err != nil {
		return nil, errors.Join(failed("open database", err), s.Close())
	}
	if _, err := s.readVersion(ctx, s.r); err != nil {
		return nil, errors.Join(failed("open database", err), s.Close())
	}
	return s, nil
}

func connect(ctx context.Context, url string, conns int) (*Store, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, conns)
	case "postgres", "postgresql":
		return openPostgres(ctx, url, conns)
	}
	return nil, errors.New("the database URL must begin with sqlite:, postgres:// or postgresql://")
}

// openGorm sets gorm up. It prepares nothing itself (the drivers do), wraps no single statement in a transaction,
// and logs nothing: its errors come back to callers, and its log lines would quote values.
func openGorm(d gorm.Dialector) (*gorm.DB, error) {
	quiet := logger.New(nil, logger.Config{LogLevel: logger.Silent, ParameterizedQueries: true})
	return gorm.Open(d, &gorm.Config{SkipDefaultTransaction: true, TranslateError: true, Logger: quiet, DisableAutomaticPing: true})
}

// Close closes all connections. The store can't be used afterwards.
func (s *Store) Close() error {
	var errs []error
	for _, pool := range s.pools {
		errs = append(errs, pool.Close())
	}
	if s.native != nil {
		errs = append(errs, closeNative(s.native))
	}
	return errors.Join(errs...)
}

// appliedMigrations reads goose's own table; its booleans are booleans or 0 and 1.
var appliedMigrations = both(`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)

// Ready reports whether the database answers and has all the migrations that this program knows. The error says which
// of the two is amiss.
func (s *Store) Ready(ctx context.Context) error {
	var have int64
	if err := s.r.one(ctx, appliedMigrations, nil, &have); err != nil {
		return failed("reach database", err)
	}
	if have < s.schema {
		return fmt.Errorf("database schema is at version %d, %d is needed", have, s.schema)
	}
	return nil
}

// inTx runs f inside one transaction, which on SQLite has the database to itself. Errors of f come back as they are.
func (s *Store) inTx(ctx context.Context, f func(querier) error) error {
	return s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		return f(querier{pool: tx.Statement.ConnPool, dialect: s.dialect, prepared: s.w.prepared})
	})
}
