package store

import (
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/schema"
)

// postgresDialector is gorm's for PostgreSQL, without its migrations: those are goose's here, and would be a quarter of a megabyte of the program.
// The methods are called one by one because a type that is embedded, or that becomes an interface, brings all of its own along.
type postgresDialector struct{ pool gorm.ConnPool }

func (d postgresDialector) driver() postgres.Dialector {
	return postgres.Dialector{Config: &postgres.Config{Conn: d.pool}}
}

// Name is PostgreSQL's name in gorm.
func (d postgresDialector) Name() string { return d.driver().Name() }

// Apply bounds the names that gorm makes.
func (d postgresDialector) Apply(c *gorm.Config) error { return d.driver().Apply(c) }

// Initialize sets up the clauses that PostgreSQL has.
func (d postgresDialector) Initialize(db *gorm.DB) error { return d.driver().Initialize(db) }

// Migrator is nil: gorm asks for one only when it is told to migrate.
func (postgresDialector) Migrator(*gorm.DB) gorm.Migrator { return nil }

// DataTypeOf is the name of a field's type in a migration, as gorm has it. Nothing here uses it.
func (postgresDialector) DataTypeOf(f *schema.Field) string { return string(f.DataType) }

// DefaultValueOf is what is inserted for a field that is left to the database.
func (d postgresDialector) DefaultValueOf(f *schema.Field) clause.Expression {
	return d.driver().DefaultValueOf(f)
}

// BindVarTo writes the place of the statement's last parameter.
func (d postgresDialector) BindVarTo(w clause.Writer, s *gorm.Statement, v any) {
	d.driver().BindVarTo(w, s, v)
}

// QuoteTo writes a name, which may be that of a column with its table's before it.
func (d postgresDialector) QuoteTo(w clause.Writer, name string) { d.driver().QuoteTo(w, name) }

// Explain writes a statement with its values, for a log.
func (d postgresDialector) Explain(sql string, values ...any) string {
	return d.driver().Explain(sql, values...)
}

// Translate makes gorm's error of PostgreSQL's.
func (d postgresDialector) Translate(err error) error { return d.driver().Translate(err) }
