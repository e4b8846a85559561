package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// connLifetime is how long a connection is kept, so that a failover or a new balance of servers reaches everybody in time.
const connLifetime = 30 * time.Minute

// pingAfter is how long a connection may have been idle to be used without asking first whether it is still there: the
// question costs a round trip.
const pingAfter = 30 * time.Second

// closeTimeout is how long Close waits for connections that are in use.
const closeTimeout = 5 * time.Second

// openPostgres opens the pool of a postgres:// URL. Its errors carry no part of the URL but host, user and database.
//
// There is one pool, pgx's, which serves those who wait in their order; gorm and goose have it through database/sql.
func openPostgres(ctx context.Context, url string, maxConns int) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		// pgx can't always tell where the password is in what it could not parse.
		return nil, errors.New("the database URL is no valid postgres:// URL")
	}
	password := config.ConnConfig.Password
	config.MaxConns, config.MinConns = int32(maxConns), 0
	config.MaxConnLifetime, config.MaxConnLifetimeJitter = connLifetime, connLifetime/4 // so that replicas don't reconnect together
	config.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool { return p.IdleDuration > pingAfter }
	config.AfterConnect = func(_ context.Context, c *pgx.Conn) error {
		nameParameters(c.TypeMap())
		return nil
	}
	native, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, redact(err, password)
	}
	if err := native.Ping(ctx); err != nil {
		native.Close()
		return nil, redact(err, password)
	}
	pool := stdlib.OpenDBFromPool(native, stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return false }))
	db, err := openGorm(postgresDialector{pool})
	if err != nil {
		return nil, errors.Join(redact(err, password), pool.Close(), closeNative(native))
	}
	q := querier{pool: pool, dialect: postgresql, native: native}
	return &Store{dialect: postgresql, db: db, pools: []*sql.DB{pool}, native: native, pgConfig: config.ConnConfig, w: q, r: q}, nil
}

// parameters are the kinds of parameters that are bound here, by gorm and by goose, and a few more, by PostgreSQL's names. Kinds derived from
// them, and pointers, pgx reduces to them.
var parameters = map[string][]any{
	"bool": {false}, "_bool": {[]bool(nil)},
	"int4": {int32(0)}, "int8": {0, int64(0)}, "_int8": {[]int(nil), []int64(nil)},
	"float8": {0.0}, "_float8": {[]float64(nil)},
	"text": {""}, "_text": {[]string(nil)},
	"bytea": {[]byte(nil)}, "_bytea": {[][]byte(nil)},
	"timestamptz": {time.Time{}}, "_timestamptz": {[]time.Time(nil)},
}

// nameParameters tells pgx the types of parameters, for the modes in which the server isn't asked for them: a URL can set these for a pooler in
// between (default_query_exec_mode=exec and simple_protocol). pgx would know all that it has ever heard of, in a dozen forms each, but
// that is 1.4 MB of code which the build leaves out: see GOFLAGS in the Makefile.
func nameParameters(m *pgtype.Map) {
	for name, kinds := range parameters {
		for _, kind := range kinds {
			m.RegisterDefaultPgType(kind, name)
		}
	}
}

// closeNative closes the pool, which waits for those who still have a connection of it, but not without end.
func closeNative(pool *pgxpool.Pool) error {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		pool.Close()
	}()
	select {
	case <-closed:
		return nil
	case <-time.After(closeTimeout):
		return errors.New("close database: some connections are still in use")
	}
}

// redact replaces an error that repeats the password.
func redact(err error, password string) error {
	if password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "xxxxx"))
}
