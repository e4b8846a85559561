// Package pgserver runs a PostgreSQL server of one's own: in a temporary folder, on a free port of the loopback interface, gone
// when the program ends. It also counts round trips on the wire (Proxy).
//
// It owns processes and sockets, and knows nothing of Keepsake's data: tests use it through models/store/storetest, and the
// benchmark (cmd/keepsake-bench) directly, with settings that keep commits durable.
//
// The server binaries come from PATH or from /usr/lib/postgresql, else from a download by embedded-postgres.
package pgserver
