package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
)

// dialect is which of the two databases a store speaks to.
type dialect int

const (
	postgresql dialect = iota
	sqlite
)

// statement is SQL whose :named parameters have become $1, $2 … in the order of names.
type statement struct {
	text  string
	names []string
}

// query is one statement in both dialects.
type query [2]statement

// both compiles a text that either database understands.
func both(text string) query { return per(text, text) }

// per compiles one text per database.
func per(forPostgreSQL, forSQLite string) query {
	return query{postgresql: compile(forPostgreSQL), sqlite: compile(forSQLite)}
}

// compile replaces :name by its number. "::" is PostgreSQL's cast and stays. Texts with a colon inside a string literal are
// not understood; there are none.
func compile(text string) statement {
	var out strings.Builder
	s := statement{}
	numbers := make(map[string]int)
	for i := 0; i < len(text); i++ {
		if text[i] != ':' || i+1 == len(text) || !isNameByte(text[i+1]) || i > 0 && text[i-1] == ':' {
			out.WriteByte(text[i])
			continue
		}
		end := i + 1
		for end < len(text) && isNameByte(text[end]) {
			end++
		}
		name := text[i+1 : end]
		if numbers[name] == 0 {
			s.names = append(s.names, name)
			numbers[name] = len(s.names)
		}
		out.WriteByte('$')
		out.WriteString(strconv.Itoa(numbers[name]))
		i = end - 1
	}
	s.text = out.String()
	return s
}

func isNameByte(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' }

// values are those of a statement's parameters, by name; false for none of that name. A value may be a time.Time (zero is NULL), a value of
// asJSON, or what the driver takes.
type values interface {
	value(name string) (any, bool)
}

// args are values in a map.
type args map[string]any

func (a args) value(name string) (any, bool) {
	v, ok := a[name]
	return v, ok
}

// jsonValue is a value that is bound as JSON text.
type jsonValue struct{ v any }

// asJSON marks a value to be bound as JSON.
func asJSON(v any) any { return jsonValue{v} }

// querier runs statements on a pool or inside a transaction.
type querier struct {
	pool    gorm.ConnPool
	dialect dialect
	// native is the pool below pool: PostgreSQL's, outside of transactions. What has no need of database/sql goes there directly.
	native *pgxpool.Pool
	// prepared are the statements that SQLite has prepared, by their text.
	prepared map[string]*sql.Stmt
}

// stmt returns the prepared statement of a text; nil when there is none.
func (q querier) stmt(ctx context.Context, text string) *sql.Stmt {
	prepared := q.prepared[text]
	if tx, ok := q.pool.(*sql.Tx); ok && prepared != nil {
		return tx.StmtContext(ctx, prepared)
	}
	return prepared
}

func (q querier) bind(s statement, values values) ([]any, error) {
	bound := make([]any, len(s.names))
	for i, name := range s.names {
		v, ok := values.value(name)
		if !ok {
			return nil, fmt.Errorf("statement parameter %s has no value", name)
		}
		switch x := v.(type) {
		case time.Time:
			bound[i] = q.time(x)
		case string:
			bound[i] = v
			if fit := storable(x); fit != x {
				bound[i] = fit
			}
		case jsonValue:
			text, err := encodeJSON(x.v)
			if err != nil {
				return nil, fmt.Errorf("encode %s: %w", name, err)
			}
			bound[i] = text
		default:
			bound[i] = v
		}
	}
	return bound, nil
}

// time returns what the database keeps for a time: NULL for the zero time, else whole milliseconds in UTC.
func (q querier) time(t time.Time) any {
	switch {
	case t.IsZero():
		return nil
	case q.dialect == sqlite:
		return t.UnixMilli()
	}
	return toMilli(t)
}

func toMilli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// storable makes text from outside (a User-Agent, an id in a URL) valid for PostgreSQL. The replacement is a character
// that no id has, so a lookup by such a text finds nothing.
func storable(s string) string {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// exec runs a statement and returns how many rows it touched.
func (q querier) exec(ctx context.Context, query query, values values) (int64, error) {
	s := query[q.dialect]
	bound, err := q.bind(s, values)
	if err != nil {
		return 0, err
	}
	if q.native != nil {
		var tag pgconn.CommandTag
		err := retry(ctx, func() (err error) {
			tag, err = q.native.Exec(ctx, s.text, bound...)
			return err
		})
		return tag.RowsAffected(), err
	}
	var result sql.Result
	if prepared := q.stmt(ctx, s.text); prepared != nil {
		result, err = prepared.ExecContext(ctx, bound...)
	} else {
		result, err = q.pool.ExecContext(ctx, s.text, bound...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// one scans the only row of a statement. sql.ErrNoRows when there is none.
func (q querier) one(ctx context.Context, query query, values values, dest ...any) error {
	s := query[q.dialect]
	bound, err := q.bind(s, values)
	if err != nil {
		return err
	}
	if q.native != nil {
		row := wireRow(dest)
		return retry(ctx, func() error { return q.native.QueryRow(ctx, s.text, bound...).Scan(row) })
	}
	if prepared := q.stmt(ctx, s.text); prepared != nil {
		return prepared.QueryRowContext(ctx, bound...).Scan(dest...)
	}
	return q.pool.QueryRowContext(ctx, s.text, bound...).Scan(dest...)
}

// all calls scan for each row of a statement.
func (q querier) all(ctx context.Context, query query, values values, scan func(*sql.Rows) error) error {
	s := query[q.dialect]
	bound, err := q.bind(s, values)
	if err != nil {
		return err
	}
	rows, err := q.pool.QueryContext(ctx, s.text, bound...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// applied turns "no row touched" into sql.ErrNoRows.
func applied(n int64, err error) error {
	if err == nil && n == 0 {
		return sql.ErrNoRows
	}
	return err
}
