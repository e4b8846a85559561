package store

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"example.com/keepsake/models"
)

// The driver's codes that mean something to callers.
const (
	pgUniqueViolation = "23505"
	pgCheckViolation  = "23514"

	sqliteConstraintPrimaryKey = 1555
	sqliteConstraintUnique     = 2067
)

// sessionEntries is the constraint that counts a session's metadata (migrations/postgres).
const sessionEntries = "sessions_metadata_entries"

// failed is the one place where what went wrong in a database becomes an error of this package: no row is
// models.ErrNotFound, a duplicate models.ErrConflict. doing says what was being done, in lower case. Errors of models pass
// unchanged under it.
func failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, translate(err))
}

func translate(err error) error {
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, gorm.ErrRecordNotFound):
		return models.ErrNotFound
	case errors.Is(err, gorm.ErrDuplicatedKey), isSQLiteDuplicate(err):
		return models.ErrConflict
	case errors.As(err, &pg):
		return translatePostgres(pg)
	}
	return err
}

func translatePostgres(err *pgconn.PgError) error {
	switch {
	case err.Code == pgUniqueViolation:
		return models.ErrConflict
	case err.Code == pgCheckViolation && err.ConstraintName == sessionEntries:
		return models.ErrMetadataEntries
	case len(err.Code) == 5 && (err.Code[:2] == "22" || err.Code[:2] == "23"):
		// Messages about data quote the data.
		return fmt.Errorf("postgresql: SQLSTATE %s on table %q, column %q, constraint %q", err.Code, err.TableName, err.ColumnName, err.ConstraintName)
	}
	return fmt.Errorf("postgresql: %s (SQLSTATE %s)", err.Message, err.Code)
}
