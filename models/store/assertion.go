package store

import (
	"context"
	"time"

	"example.com/keepsake/models"
)

// insertAssertion takes the place of one that has expired and was not swept yet.
var insertAssertion = both(`INSERT INTO assertions (hash, expires_at) VALUES (:hash, :expires_at)
	ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at WHERE assertions.expires_at <= :now`)

// UseAssertion remembers the jti of a client's assertion until it expires. models.ErrUsed when it is known.
func (s *Store) UseAssertion(ctx context.Context, clientID, jti string, expires time.Time) error {
	n, err := s.w.exec(ctx, insertAssertion, args{
		"hash": models.HashSecret(clientID + "\x00" + jti), "expires_at": expires, "now": s.now(),
	})
	if err == nil && n == 0 {
		err = models.ErrUsed
	}
	return failed("use assertion", err)
}
