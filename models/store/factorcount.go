package store

import (
	"context"
	"time"

	"example.com/keepsake/models"
)

var (
	// countFactor adds one, and begins anew once the window is over. No row comes back when there were max.
	countFactor = both(`INSERT INTO factor_counts AS f (hash, count, expires_at) VALUES (:hash, 1, :until)
		ON CONFLICT (hash) DO UPDATE SET
			count = CASE WHEN f.expires_at <= :now THEN 1 ELSE f.count + 1 END,
			expires_at = CASE WHEN f.expires_at <= :now THEN :until ELSE f.expires_at END
		WHERE f.expires_at <= :now OR f.count < :max`)
	uncountFactor = both(`UPDATE factor_counts SET count = count - 1 WHERE hash = :hash AND count > 0`)

	rememberBrowser = both(`INSERT INTO remembered_browsers (hash, user_id, created_at, expires_at) VALUES (:hash, :user_id, :now, :until)
		ON CONFLICT (hash) DO UPDATE SET expires_at = :until`)
	browserRemembered = both(`SELECT count(*) FROM remembered_browsers WHERE hash = :hash AND expires_at > :now`)
)

// factorCountKey is what a count is kept under.
func factorCountKey(what, userID string) []byte { return models.HashSecret(what + "\x00" + userID) }

// CountFactor counts something of a user ("check", "message") that may happen max times in a window, before it is done. models.ErrTooMany when it
// happened that often.
func (s *Store) CountFactor(ctx context.Context, what, userID string, max int, now time.Time, window time.Duration) error {
	n, err := s.w.exec(ctx, countFactor, args{"hash": factorCountKey(what, userID), "max": int64(max), "now": now, "until": now.Add(window)})
	if err == nil && n == 0 {
		err = models.ErrTooMany
	}
	return failed("count "+what, err)
}

// UncountFactor takes one back: what was tried was right. The others stay, or whoever guesses would gain by the owner's logins.
func (s *Store) UncountFactor(ctx context.Context, what, userID string) error {
	_, err := s.w.exec(ctx, uncountFactor, args{"hash": factorCountKey(what, userID)})
	return failed("uncount "+what, err)
}

// browserKey is what a remembered browser is kept under: a cookie says nothing of another user of the same browser.
func browserKey(secret, userID string) []byte { return models.HashSecret(secret + "\x00" + userID) }

// RememberBrowser remembers until a time that a user gave a second factor in the browser with that secret.
func (s *Store) RememberBrowser(ctx context.Context, secret, userID string, now, until time.Time) error {
	_, err := s.w.exec(ctx, rememberBrowser, args{"hash": browserKey(secret, userID), "user_id": userID, "now": now, "until": until})
	return failed("remember browser", err)
}

// BrowserRemembered reports whether the user gave a second factor in the browser with that secret, and had it remembered.
func (s *Store) BrowserRemembered(ctx context.Context, secret, userID string, now time.Time) (bool, error) {
	var n int64
	err := s.r.one(ctx, browserRemembered, args{"hash": browserKey(secret, userID), "now": now}, &n)
	return n > 0, failed("find remembered browser", err)
}
