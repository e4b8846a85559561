package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/keepsake/models/store"
)

// floorDB runs the two statements of an exchange on pgx, with its default cache of prepared statements.
type floorDB struct {
	pool  *pgxpool.Pool
	read  string
	write string
	// readArgs and writeArgs make the parameters, in order.
	readArgs, writeArgs []func(*rotation) any
	columns             []string // of the read
}

// rotation is one exchange as the statements see it.
type rotation struct {
	now        time.Time
	id         string
	generation int64
	ip, agent  string
	logID      string
	logType    string
	logData    string
	secretHash []byte // the next token's
	row        tokenRow
}

// tokenRow is what the floor needs of the row it reads.
type tokenRow struct {
	userID, clientID, sessionID, audience string
	userName                              *string
	generation                            int64
	secretHash                            []byte
	expiresAt, idleExpiresAt, revokedAt   *time.Time
}

// idleLifetime is the tenant's idle_token_lifetime.
const idleLifetime = 1296000 * time.Second

// floorASN stands for the network of the client, which the floor does not look up.
const floorASN = "AS64496"

// parameters are all that the two statements of an exchange take, by name.
var parameters = map[string]func(*rotation) any{
	"id":              func(x *rotation) any { return x.id },
	"at":              func(x *rotation) any { return x.now },
	"generation":      func(x *rotation) any { return x.generation },
	"new_generation":  func(x *rotation) any { return x.generation + 1 },
	"secret_hash":     func(x *rotation) any { return x.secretHash },
	"rotating":        func(*rotation) any { return true },
	"expires_at":      func(x *rotation) any { return x.row.expiresAt },
	"idle_expires_at": func(x *rotation) any { return x.now.Add(idleLifetime) },
	"last_ip":         func(x *rotation) any { return x.ip },
	"last_asn":        func(*rotation) any { return floorASN },
	"last_user_agent": func(x *rotation) any { return x.agent },
	"log_id":          func(x *rotation) any { return x.logID },
	"log_date":        func(x *rotation) any { return x.now },
	"log_type":        func(x *rotation) any { return x.logType },
	"log_user":        func(x *rotation) any { return x.row.userID },
	"log_client":      func(x *rotation) any { return x.row.clientID },
	"log_data":        func(x *rotation) any { return x.logData },
	"log_execution":   func(*rotation) any { return nil },
}

// fields are where the columns of the read go, by name. Others are skipped.
func (r *tokenRow) fields() map[string]any {
	return map[string]any{
		"user_id": &r.userID, "client_id": &r.clientID, "session_id": &r.sessionID, "audience": &r.audience, "generation": &r.generation,
		"secret_hash": &r.secretHash, "expires_at": &r.expiresAt, "idle_expires_at": &r.idleExpiresAt,
		"revoked_at": &r.revokedAt, "name": &r.userName,
	}
}

func openFloorDB(ctx context.Context, url string, conns int) (*floorDB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(conns)
	d := &floorDB{}
	if d.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, err
	}
	if err := d.learn(ctx); err != nil {
		d.pool.Close()
		return nil, err
	}
	return d, nil
}

// learn takes the statements as Keepsake has them. A parameter that the floor does not know is an error: the floor has to
// be brought up to date.
func (d *floorDB) learn(ctx context.Context) error {
	read, write := store.RefreshStatements()
	d.read, d.write = read.Text, write.Text
	var err error
	if d.readArgs, err = bind(read); err != nil {
		return err
	}
	if d.writeArgs, err = bind(write); err != nil {
		return err
	}
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	description, err := conn.Conn().Prepare(ctx, "read", read.Text)
	if err != nil {
		return fmt.Errorf("prepare the read: %w", err)
	}
	known := new(tokenRow).fields()
	for _, field := range description.Fields {
		name := field.Name
		if _, ok := known[name]; ok {
			delete(known, name) // the token's columns come first; the others repeat names
		} else {
			name = ""
		}
		d.columns = append(d.columns, name)
	}
	for name := range known {
		return fmt.Errorf("the read has no column %s", name)
	}
	return nil
}

func bind(s store.Statement) ([]func(*rotation) any, error) {
	makers := make([]func(*rotation) any, len(s.Params))
	for i, name := range s.Params {
		if makers[i] = parameters[name]; makers[i] == nil {
			return nil, fmt.Errorf("the floor has no value for the statement's parameter %s", name)
		}
	}
	return makers, nil
}

func values(makers []func(*rotation) any, x *rotation) []any {
	list := make([]any, len(makers))
	for i, make := range makers {
		list[i] = make(x)
	}
	return list
}

// load reads the row of x.
func (d *floorDB) load(ctx context.Context, x *rotation) error {
	fields := x.row.fields()
	dest := make([]any, len(d.columns))
	for i, name := range d.columns {
		if name != "" {
			dest[i] = fields[name]
		}
	}
	return d.pool.QueryRow(ctx, d.read, values(d.readArgs, x)...).Scan(dest...)
}

// save writes x and reports whether it was in time.
func (d *floorDB) save(ctx context.Context, x *rotation) (bool, error) {
	tag, err := d.pool.Exec(ctx, d.write, values(d.writeArgs, x)...)
	return tag.RowsAffected() == 1, err
}
