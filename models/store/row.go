package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// wireRow scans one row of PostgreSQL into the destinations that database/sql takes too, straight from the bytes that came. A row of the
// hot path has forty columns, and to find out anew for each of them how it could be converted costs more than all that is done with them.
// What is none of this package's own kinds is left to pgx.
type wireRow []any

var _ pgx.RowScanner = wireRow{}

// ScanRow reads the present row. It keeps nothing of the driver's memory.
func (dest wireRow) ScanRow(rows pgx.Rows) error {
	values, fields := rows.RawValues(), rows.FieldDescriptions()
	if len(values) != len(dest) {
		return fmt.Errorf("a row of %d columns for %d destinations", len(values), len(dest))
	}
	all := joined(values)
	end := 0
	for i, raw := range values {
		begin := end
		end += len(raw)
		if scanWire(dest[i], raw, all[begin:end], &fields[i]) {
			continue
		}
		if err := rows.Conn().TypeMap().Scan(fields[i].DataTypeOID, fields[i].Format, raw, dest[i]); err != nil {
			return fmt.Errorf("column %s: %w", fields[i].Name, err)
		}
	}
	return nil
}

// joined returns the values one after the other: one piece of memory for all texts of a row.
func joined(values [][]byte) string {
	size := 0
	for _, v := range values {
		size += len(v)
	}
	var b strings.Builder
	b.Grow(size)
	for _, v := range values {
		b.Write(v)
	}
	return b.String()
}

// scanWire scans one value, which is there as bytes that the driver will reuse and as a text that may be kept. It reports false for what it does
// not know, and for what it knows in another form: that is for the slower way, which also says what is wrong.
func scanWire(dest any, raw []byte, kept string, field *pgconn.FieldDescription) bool {
	switch d := dest.(type) {
	case *text:
		*d = text(kept) // of NULL too: the zero value
		return textual(field.DataTypeOID)
	case *words:
		*d = strings.Fields(kept)
		return textual(field.DataTypeOID)
	case document:
		return field.Format == pgtype.TextFormatCode && d.decode(kept) == nil
	case *[]byte:
		if field.Format == pgtype.BinaryFormatCode && field.DataTypeOID == pgtype.ByteaOID {
			*d = append([]byte(nil), raw...)
			return true
		}
		return false
	}
	return field.Format == pgtype.BinaryFormatCode && scanFixed(dest, raw, field.DataTypeOID)
}

// textual reports whether a type is sent as its characters in either format.
func textual(oid uint32) bool { return oid == pgtype.TextOID || oid == pgtype.VarcharOID }

// epoch is where PostgreSQL's binary timestamps begin, in microseconds since 1970.
var epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// scanFixed scans a binary value of fixed size. NULL is the zero value.
func scanFixed(dest any, raw []byte, oid uint32) bool {
	switch d := dest.(type) {
	case *instant:
		switch {
		case oid != pgtype.TimestamptzOID || raw != nil && len(raw) != 8:
			return false
		case raw == nil:
			*d = instant{}
		default:
			*d = instant(time.UnixMicro(epoch + int64(binary.BigEndian.Uint64(raw))).UTC())
		}
	case *flag:
		if oid != pgtype.BoolOID || len(raw) > 1 {
			return false
		}
		*d = len(raw) == 1 && raw[0] != 0
	case *number:
		if oid != pgtype.Int8OID || raw != nil && len(raw) != 8 {
			return false
		}
		*d = 0
		if raw != nil {
			*d = number(binary.BigEndian.Uint64(raw))
		}
	default:
		return false
	}
	return true
}

// maxRetries is how often a statement is tried again: each attempt may find another connection of the pool broken.
const maxRetries = 32

// retry runs a statement, and runs it again as long as it is certain not to have reached the server because its connection was broken, as
// database/sql does. The pool throws such a connection away.
func retry(ctx context.Context, run func() error) error {
	err := run()
	for attempt := 0; attempt < maxRetries && retryable(err) && ctx.Err() == nil; attempt++ {
		err = run()
	}
	return err
}

func retryable(err error) bool {
	var refused *pgconn.ConnectError // nobody is there: that does not get better at once
	return err != nil && pgconn.SafeToRetry(err) && !errors.As(err, &refused)
}
