package store

import (
	"errors"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
	driver "modernc.org/sqlite"
)

// sqliteDialector is what gorm has to know of SQLite to read and write the configuration. The dialectors that there are bring a driver
// that needs cgo, or one that prepares a statement again at each call; migrations are goose's.
type sqliteDialector struct{ pool gorm.ConnPool }

// Name is SQLite's name in gorm.
func (sqliteDialector) Name() string { return "sqlite" }

// Initialize sets up the clauses that SQLite has.
func (d sqliteDialector) Initialize(db *gorm.DB) error {
	db.ConnPool = d.pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses:        []string{"INSERT", "VALUES", "ON CONFLICT", "RETURNING"},
		UpdateClauses:        []string{"UPDATE", "SET", "FROM", "WHERE", "RETURNING"},
		DeleteClauses:        []string{"DELETE", "FROM", "WHERE", "RETURNING"},
		LastInsertIDReversed: true,
	})
	return nil
}

// Migrator is nil: gorm asks for one only when it is told to migrate.
func (sqliteDialector) Migrator(*gorm.DB) gorm.Migrator { return nil }

// DataTypeOf is the name of a field's type in a migration, as gorm has it. Nothing here uses it.
func (sqliteDialector) DataTypeOf(f *schema.Field) string { return string(f.DataType) }

// DefaultValueOf is what is inserted for a field that is left to the database.
func (sqliteDialector) DefaultValueOf(*schema.Field) clause.Expression {
	return clause.Expr{SQL: "NULL"}
}

// BindVarTo writes a parameter's place.
func (sqliteDialector) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { _ = w.WriteByte('?') }

// QuoteTo writes a name, which may be that of a column with its table's before it.
func (sqliteDialector) QuoteTo(w clause.Writer, name string) {
	parts := strings.Split(name, ".")
	for i, part := range parts {
		parts[i] = "`" + strings.ReplaceAll(part, "`", "``") + "`"
	}
	_, _ = w.WriteString(strings.Join(parts, "."))
}

// Explain writes a statement with its values, for a log.
func (sqliteDialector) Explain(sql string, values ...any) string {
	return logger.ExplainSQL(sql, nil, `"`, values...)
}

// Translate finds duplicates.
func (sqliteDialector) Translate(err error) error {
	if isSQLiteDuplicate(err) {
		return gorm.ErrDuplicatedKey
	}
	return err
}

// isSQLiteDuplicate reports whether a row is there already.
func isSQLiteDuplicate(err error) bool {
	var failure *driver.Error
	return errors.As(err, &failure) && (failure.Code() == sqliteConstraintUnique || failure.Code() == sqliteConstraintPrimaryKey)
}
