package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"example.com/keepsake/models"
)

// bulk is a great number of refresh tokens that were put into a database without a login each. They are rows as Keepsake writes them, and
// tokens that it takes: the benchmark knows the server's secret. Nothing is kept of a token that was never exchanged: it is made when it
// is presented.
type bulk struct {
	key   []byte // of the tokens' MAC
	begun time.Time
	count int

	mu      sync.Mutex
	current map[int]string // the tokens of those that were exchanged
}

// tokensPerMilli spreads the tokens over time, so that their ids are in order.
const tokensPerMilli = 10

// tokensPerUser is how many tokens one person has.
const tokensPerUser = 10

func newBulk(count int, now time.Time) (*bulk, error) {
	keyring, err := models.NewKeyring([]byte(serverSecret))
	if err != nil {
		return nil, err
	}
	const age = 24 * time.Hour
	return &bulk{key: keyring.Keys("refresh token")[0], begun: now.Add(-age), count: count, current: map[int]string{}}, nil
}

// family returns the bytes behind the id of a token, and the random part of the first token.
func (b *bulk) family(i int) (id [idSize]byte, random [randomSize]byte) {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(b.begun.UnixMilli()+int64(i/tokensPerMilli)))
	const timeSize = 6
	copy(id[:], ms[2:])
	binary.BigEndian.PutUint16(id[timeSize:], uint16(i%tokensPerMilli)) // within a millisecond they are in order too
	copy(id[timeSize+2:], digest[:])
	copy(random[:], digest[len(digest)-randomSize:])
	return id, random
}

func (b *bulk) id(i int) string {
	id, _ := b.family(i)
	return models.FormatID(models.PrefixRefreshToken, id)
}

// token returns the one that is good now.
func (b *bulk) token(i int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if token, ok := b.current[i]; ok {
		return token
	}
	return b.first(i)
}

func (b *bulk) first(i int) string {
	id, random := b.family(i)
	return formatToken(b.key, id, 0, random)
}

func (b *bulk) keep(i int, token string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current[i] = token
}

// exchange exchanges a token. No two exchanges of one token may be under way.
func (b *bulk) exchange(ctx context.Context, t *target, i int) error {
	form := refreshForm(public, b.token(i))
	if err := t.refresh(ctx, form); err != nil {
		return err
	}
	b.keep(i, form.Get("refresh_token"))
	return nil
}

// choice is which of all tokens are presented: count of them, of which at returns one.
type choice struct {
	count int
	at    func(n int) int
}

// all presents every token.
func (b *bulk) all() choice { return choice{b.count, func(n int) int { return n }} }

// players are as many as workers. Each has tokens of its own, of which the function that next returns chooses one; next is told how many they
// are.
func (b *bulk) players(t *target, c choice, workers int, next func(own int) func() int) []player {
	players := make([]player, workers)
	for w := range players {
		pick := next(share(c.count, w, workers))
		players[w] = func(ctx context.Context) error { return b.exchange(ctx, t, c.at(w+pick()*workers)) }
	}
	return players
}

// share is how many of count a worker has, if they are dealt out one by one.
func share(count, worker, workers int) int { return (count - worker + workers - 1) / workers }

// inTurn is a next of players: one after the other.
func inTurn(own int) func() int {
	last := -1
	return func() int {
		last = (last + 1) % own
		return last
	}
}

// fill puts tokens into the database of a target, each with a person and a session, and leaves the tables as vacuum does.
func (w *world) fill(ctx context.Context, t *target, count int) (*bulk, error) {
	b, err := newBulk(count, time.Now())
	if err != nil {
		return nil, err
	}
	owner, err := newBrowser(t, userName(0))
	if err != nil {
		return nil, err
	}
	model, err := owner.signIn(ctx, clientIDs[public], audienceOf(es256))
	if err != nil {
		return nil, fmt.Errorf("get a token to copy: %w", err)
	}
	db, err := pgx.Connect(ctx, t.url)
	if err != nil {
		return nil, fmt.Errorf("fill the tables: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	w.say("filling %s with %d tokens", t.dbName, count)
	for _, step := range []func(context.Context, *pgx.Conn, string) error{b.copyPeople, b.copyTokens, tidy} {
		if err := step(ctx, db, model.ID); err != nil {
			return nil, fmt.Errorf("fill the tables: %w", err)
		}
	}
	return b, w.cluster.checkpoint(ctx)
}

func bulkUser(i int) string { return fmt.Sprintf("auth0|bulk%d", i/tokensPerUser) }

// bulkSession is 27 characters long, as Keepsake's are.
func bulkSession(i int) string { return fmt.Sprintf("%s%022d", models.PrefixSession, i/tokensPerUser) }

// copyPeople makes the people and their sessions from those of a token, column by column, whatever the columns are.
func (b *bulk) copyPeople(ctx context.Context, db *pgx.Conn, model string) error {
	last := (b.count - 1) / tokensPerUser
	for _, statement := range []string{
		`INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object('id', 'auth0|bulk' || n, 'username', 'bulk' || n, 'username_key', 'bulk' || n,
			'email', 'bulk' || n || '@bench.example', 'email_key', 'bulk' || n || '@bench.example'))).*
		FROM refresh_tokens AS t JOIN users AS u ON u.id = t.user_id, generate_series(0, $2::bigint) AS n WHERE t.id = $1`,
		`INSERT INTO sessions SELECT (jsonb_populate_record(s, jsonb_build_object('id', 'sess_' || lpad(n::text, 22, '0'), 'user_id', 'auth0|bulk' || n,
			'secret_hash', '\x' || encode(sha256(n::text::bytea), 'hex')))).*
		FROM refresh_tokens AS t JOIN sessions AS s ON s.id = t.session_id, generate_series(0, $2::bigint) AS n WHERE t.id = $1`,
	} {
		tag, err := db.Exec(ctx, statement, model, last)
		if err != nil {
			return err
		}
		if tag.RowsAffected() != int64(last)+1 {
			return fmt.Errorf("%d rows were copied, not %d", tag.RowsAffected(), last+1)
		}
	}
	return nil
}

// bulkMetadata is as large as the Actions of the demo tenant make it.
var bulkMetadata = []byte(`{"device_name": "Alice's iPhone 15 Pro", "initial_country": "US", "last_country": "DE", "country_changed": "true", ` +
	`"org_id": "org_a1B2c3D4e5F6g7H8", "last_seen": "2026-11-23T02:00:00.000Z"}`)

const bulkAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"

// copyTokens makes the tokens from one that Keepsake wrote. The indexes beside the primary key are made afterwards, which is faster.
func (b *bulk) copyTokens(ctx context.Context, db *pgx.Conn, model string) error {
	columns, values, err := readRow(ctx, db, model)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, name := range columns {
		at[name] = i
	}
	restore, err := dropIndexes(ctx, db)
	if err != nil {
		return err
	}
	values[at["metadata"]], values[at["initial_user_agent"]], values[at["last_user_agent"]] = bulkMetadata, bulkAgent, bulkAgent
	n := 0
	_, err = db.CopyFrom(ctx, pgx.Identifier{"refresh_tokens"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if n == b.count {
			return nil, nil
		}
		values[at["id"]], values[at["user_id"]], values[at["session_id"]] = b.id(n), bulkUser(n), bulkSession(n)
		values[at["secret_hash"]] = models.HashSecret(b.first(n))
		n++
		return values, nil
	}))
	if err != nil {
		return err
	}
	_, err = db.Exec(ctx, restore)
	return err
}

// readRow reads a token's row in the form in which it can be copied.
func readRow(ctx context.Context, db *pgx.Conn, id string) (columns []string, values []any, err error) {
	rows, err := db.Query(ctx, "SELECT * FROM refresh_tokens WHERE id = $1 AND generation = 0", id)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, nil, errors.Join(errors.New("there is no token to copy"), rows.Err())
	}
	if values, err = rows.Values(); err != nil {
		return nil, nil, err
	}
	for i, field := range rows.FieldDescriptions() {
		columns = append(columns, field.Name)
		if field.DataTypeOID == pgtype.JSONBOID || field.DataTypeOID == pgtype.JSONOID {
			text, err := json.Marshal(values[i])
			if err != nil {
				return nil, nil, err
			}
			values[i] = text
		}
	}
	rows.Close()
	return columns, values, rows.Err()
}

// dropIndexes drops the indexes of the tokens that no constraint needs and returns the statements that make them again.
func dropIndexes(ctx context.Context, db *pgx.Conn) (restore string, err error) {
	rows, err := db.Query(ctx, `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'refresh_tokens' AND indexname NOT IN (SELECT conname FROM pg_constraint)`)
	if err != nil {
		return "", err
	}
	type index struct{ Name, Definition string }
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[index])
	if err != nil {
		return "", err
	}
	statements := []string{"SET maintenance_work_mem = '256MB'"}
	for _, i := range indexes {
		if _, err := db.Exec(ctx, "DROP INDEX "+pgx.Identifier{i.Name}.Sanitize()); err != nil {
			return "", err
		}
		statements = append(statements, i.Definition)
	}
	return strings.Join(statements, "; "), nil
}

// tidy leaves tables as autovacuum would in a while.
func tidy(ctx context.Context, db *pgx.Conn, _ string) error {
	for _, name := range []string{"users", "sessions", "refresh_tokens"} {
		if _, err := db.Exec(ctx, "VACUUM (ANALYZE) "+name); err != nil {
			return err
		}
	}
	return nil
}
