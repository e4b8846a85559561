package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"example.com/keepsake/models"
)

const (
	// sweepEvery is how often short-lived rows and old log events are removed, which an index finds.
	sweepEvery = 5 * time.Minute
	// walkEvery is how many of those pass between two walks over whole tables.
	walkEvery = 12
	// sweepBatch is how many rows one statement removes or looks at, so that none holds locks for long.
	sweepBatch = 500
	// keepRevoked is how long a refresh token is kept after its end: a token that was stolen is then still known for what it is.
	keepRevoked = 30 * 24 * time.Hour
	// sweepPause is the rest between two batches of a sweep in the background.
	sweepPause = 20 * time.Millisecond
)

// sweepExpired are the deletions of short-lived rows, by the index on their expiry.
var sweepExpired = map[string]query{
	"authorization codes": removeExpired("authorization_codes"),
	"login transactions":  removeExpired("login_transactions"),
	"assertions":          removeExpired("assertions"),
	"MFA transactions":    removeExpired("mfa_transactions"),
	"factor counts":       removeExpired("factor_counts"),
	"remembered browsers": removeExpired("remembered_browsers"),
}

// removeExpired skips rows that another replica is removing.
func removeExpired(table string) query {
	const text = `DELETE FROM %[1]s WHERE hash IN (SELECT hash FROM %[1]s WHERE expires_at <= :now ORDER BY expires_at LIMIT :batch%[2]s)`
	return per(fmt.Sprintf(text, table, ` FOR UPDATE SKIP LOCKED`), fmt.Sprintf(text, table, ``))
}

const oldLogs = `DELETE FROM log_events WHERE log_id IN (SELECT log_id FROM log_events WHERE log_id < :floor ORDER BY log_id LIMIT :batch`

var (
	removeLogs = per(oldLogs+` FOR UPDATE SKIP LOCKED)`, oldLogs+`)`)

	// The walks go over a table by its primary key: what ends when is in no index, since an index on a column that every
	// exchange changes would cost every exchange.
	tokenWindow   = window("refresh_tokens")
	sessionWindow = window("sessions")
	removeTokens  = both(`DELETE FROM refresh_tokens WHERE id > :from AND id <= :to
		AND (revoked_at <= :now OR expires_at <= :now OR idle_expires_at <= :now)`)
	removeSessions = both(`DELETE FROM sessions WHERE id > :from AND id <= :to AND (expires_at <= :now OR idle_expires_at <= :now)`)
)

// window finds the last id of the next batch of a walk.
func window(table string) query {
	return both(`SELECT max(id), count(*) FROM (SELECT id FROM ` + table + ` WHERE id > :from ORDER BY id LIMIT :batch) AS w`)
}

// Run does the work in the background until ctx is done: it removes what has ended, and notices changes of the configuration
// that others make. Without it, a change that another process makes is not seen.
func (s *Store) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { s.watch(ctx) })
	for n := 0; ; n++ {
		err := s.sweepShort(ctx, s.now(), sweepPause)
		if err == nil && n%walkEvery == 0 {
			err = s.sweepLong(ctx, s.now(), sweepPause)
		}
		if err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "removing what has expired", "error", err)
		}
		if !pause(ctx, sweepEvery) {
			break
		}
	}
	wg.Wait()
}

// Sweep removes once what has ended at now: expired codes, login transactions and assertions, ended sessions, refresh
// tokens that ended a month ago, and log events beyond the retention. Several may run at once.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	if err := s.sweepShort(ctx, now, 0); err != nil {
		return err
	}
	return s.sweepLong(ctx, now, 0)
}

func (s *Store) sweepShort(ctx context.Context, now time.Time, rest time.Duration) error {
	for what, q := range sweepExpired {
		if err := s.drain(ctx, q, args{"now": now}, rest); err != nil {
			return failed("sweep "+what, err)
		}
	}
	return failed("sweep logs", s.drain(ctx, removeLogs, args{"floor": models.LogIDFloor(now.Add(-s.retention))}, rest))
}

func (s *Store) sweepLong(ctx context.Context, now time.Time, rest time.Duration) error {
	if err := s.walk(ctx, sessionWindow, removeSessions, now, rest); err != nil {
		return failed("sweep sessions", err)
	}
	return failed("sweep refresh tokens", s.walk(ctx, tokenWindow, removeTokens, now.Add(-keepRevoked), rest))
}

// drain repeats a deletion until it finds less than a batch.
func (s *Store) drain(ctx context.Context, q query, a args, rest time.Duration) error {
	a["batch"] = int64(sweepBatch)
	for {
		n, err := s.w.exec(ctx, q, a)
		if err != nil || n < sweepBatch {
			return err
		}
		if !pause(ctx, rest) {
			return ctx.Err()
		}
	}
}

// walk looks at a whole table, batch by batch.
func (s *Store) walk(ctx context.Context, window, remove query, now time.Time, rest time.Duration) error {
	from := ""
	for {
		var to sql.NullString
		var n int64
		if err := s.r.one(ctx, window, args{"from": from, "batch": int64(sweepBatch)}, &to, &n); err != nil || n == 0 {
			return err
		}
		if _, err := s.w.exec(ctx, remove, args{"from": from, "to": to.String, "now": now}); err != nil {
			return err
		}
		if n < sweepBatch {
			return nil
		}
		from = to.String
		if !pause(ctx, rest) {
			return ctx.Err()
		}
	}
}
