package store

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"

	"example.com/keepsake/models"
)

func TestFailed(t *testing.T) {
	t.Parallel()
	other := errors.New("other")
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"no row", sql.ErrNoRows, models.ErrNotFound},
		{"no record", gorm.ErrRecordNotFound, models.ErrNotFound},
		{"a duplicate", &pgconn.PgError{Code: "23505"}, models.ErrConflict},
		{"a duplicate in gorm's words", gorm.ErrDuplicatedKey, models.ErrConflict},
		{"too many entries", &pgconn.PgError{Code: "23514", ConstraintName: sessionEntries}, models.ErrMetadataEntries},
		{"an error of models", models.ErrUsed, models.ErrUsed},
		{"anything else", other, other},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := failed("do it", tt.err)
			if !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), "do it: ") {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
	if failed("do it", nil) != nil {
		t.Error("no error became one")
	}
}

func TestErrorsOfPostgreSQLQuoteNoValues(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"22P02", "22001", "23503", "23514", "23502"} {
		err := failed("do it", &pgconn.PgError{Code: code, Message: `invalid input: "hunter2"`, Detail: "hunter2", Where: "hunter2"})
		if strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), code) {
			t.Errorf("error = %v", err)
		}
	}
	err := failed("do it", &pgconn.PgError{Code: "42P01", Message: "relation does not exist"})
	if !strings.Contains(err.Error(), "relation does not exist") {
		t.Errorf("error = %v", err)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	if got := redact(errors.New("password hunter2 is wrong"), "hunter2").Error(); got != "password xxxxx is wrong" {
		t.Error(got)
	}
	plain := errors.New("away")
	if redact(plain, "") != plain || redact(plain, "hunter2") != plain {
		t.Error("an error without the password was changed")
	}
}
