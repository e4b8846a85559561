package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
)

// connLifetime is how long a connection is kept, so that a failover or a new balance of servers reaches everybody in time.
const connLifetime = 30 * time.Minute

// pingAfter is how long a connection may have been idle to be used without asking first whether it is still there: the
// question costs a round trip.
const pingAfter = 30 * time.Second

// openPostgres opens the pool of a postgres:// URL. Its errors carry no part of the URL but host, user and database.
func openPostgres(ctx context.Context, url string, maxConns int) (*Store, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// pgx can't always tell where the password is in what it could not parse.
		return nil, errors.New("the database URL is no valid postgres:// URL")
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionShouldPing(func(_ context.Context, p stdlib.ShouldPingParams) bool {
		return p.IdleDuration > pingAfter
	}))
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	pool.SetConnMaxLifetime(connLifetime + rand.N(connLifetime/4)) // so that replicas don't reconnect together
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(redact(err, config.Password), pool.Close())
	}
	db, err := openGorm(postgres.New(postgres.Config{Conn: pool}))
	if err != nil {
		return nil, errors.Join(redact(err, config.Password), pool.Close())
	}
	return &Store{dialect: postgresql, db: db, pools: []*sql.DB{pool}, pgConfig: config, w: querier{pool, postgresql}, r: querier{pool, postgresql}}, nil
}

// redact replaces an error that repeats the password.
func redact(err error, password string) error {
	if password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "xxxxx"))
}
