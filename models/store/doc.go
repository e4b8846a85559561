// Package store keeps Keepsake's nouns in PostgreSQL or in one SQLite file.
//
// It owns the schema (migrations/), every statement, the caches of the configuration and the background work that keeps
// both tidy. It is the only package that knows gorm, pgx and goose. It does not own any rule: limits, lifetimes and what a
// token or a session means are in package models, and who may see what is decided by oauth, mgmt and web, whose small
// interfaces the one concrete Store satisfies.
//
// The rules of this package are:
//
//   - A refresh costs two round trips on PostgreSQL: RefreshGrant and Exchange. Whatever is read or written on that path is
//     one statement with a constant text, so that the driver prepares it once per connection.
//   - Statements are written with :named parameters (statement.go) and are the same for both databases where SQL allows
//     it. Where it does not, PostgreSQL gets one statement with data-modifying CTEs and SQLite the same
//     steps inside one immediate transaction, which has the only writing connection to itself.
//   - gorm opens transactions and maps the configuration tables. Other statements go past it, on PostgreSQL to the pool of pgx that is
//     below it too: its own builder would parse the text anew each time, and reads "?" and "@" as parameters, which are operators of jsonb. A row of
//     the hot path is read from the bytes as they came (row.go), and what is stored with every exchange is encoded by hand (logjson.go).
//   - An exchange reads what it needs: without hooks half of what there is (models.GrantExtent).
//   - Nothing is served from memory that another process changed more than a second ago, whether or not it could say so (watch.go).
//   - Text from outside is made storable at one place (bind): PostgreSQL takes neither NUL nor broken UTF-8.
//   - Times are UTC and whole milliseconds in both databases; the zero time is NULL.
//   - What is secret is stored as a hash (tokens, codes, cookies, client secrets) or sealed under the server's secret
//     (signing keys, Action secrets, keys of second factors, what suspended logins wait with); Reseal brings what is under a former
//     secret under the current one. No error carries a
//     bound value.
//   - Apply creates and updates what a tenant's document has and removes almost nothing. That is why it keeps the demo tenant
//     and any other off the same database (guardDemo).
package store
