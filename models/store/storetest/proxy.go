package storetest

import (
	"testing"

	"example.com/keepsake/models/store/pgserver"
)

// Proxy counts round trips between a client and PostgreSQL.
type Proxy = pgserver.Proxy

// NewProxy starts a proxy that counts round trips in front of the server of a postgres:// URL. It ends with the test.
func NewProxy(t testing.TB, address string) *pgserver.Proxy {
	t.Helper()
	p, err := pgserver.NewProxy(address)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}
