package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// How replicas learn of a change: the transaction that makes it grows config_version and, on PostgreSQL, sends a notification
// with the new version. Whoever listens clears its caches at once.
//
// A notification may not come: a pooler in between may not pass any on, and SQLite has none. So each process looks at the version too, on the
// connection that listens. What it can't look at may have changed: while that connection is lost, or does not answer, nothing is kept in memory. In this
// way nothing is served that was changed more than staleness ago.
const (
	configChannel = "keepsake_config"
	// watcherName is what PostgreSQL shows of the connection that listens (pg_stat_activity.application_name).
	watcherName = "keepsake watch"
	// staleness is how long a change may stay unseen by another process.
	staleness = time.Second
	// pollEvery is the rest between two looks at the version, pollTimeout how long one may take. A change may come right after a look, and the next one fail.
	pollEvery   = 300 * time.Millisecond
	pollTimeout = 500 * time.Millisecond
	_           = uint(staleness - pollEvery - pollTimeout) // does not compile when they are too long

	// connectTimeout ends an attempt to connect, so that another server of the URL gets its turn.
	connectTimeout = 10 * time.Second
)

var (
	selectVersion = both(`SELECT version FROM config_version WHERE id = 1`)
	// lockVersion takes the row's lock, so that changes of the configuration are one after another.
	lockVersion  = per(`SELECT version FROM config_version WHERE id = 1 FOR UPDATE`, `SELECT version FROM config_version WHERE id = 1`)
	growVersion  = both(`UPDATE config_version SET version = version + 1 WHERE id = 1`)
	notifyChange = both(`SELECT pg_notify(:channel::text, :version::text)`)
)

// changeConfig runs f, which changes configuration and says whether it did, in a transaction of which there is one at a
// time. After a change this replica's caches are clear when it returns, the others' soon after.
func (s *Store) changeConfig(ctx context.Context, f func(querier) (bool, error)) error {
	changed := false
	err := s.inTx(ctx, func(tx querier) error {
		var version int64
		err := tx.one(ctx, lockVersion, nil, &version)
		if err != nil {
			return err
		}
		if changed, err = f(tx); err != nil || !changed {
			return err
		}
		if _, err := tx.exec(ctx, growVersion, nil); err != nil {
			return err
		}
		if s.dialect == sqlite {
			return nil
		}
		_, err = tx.exec(ctx, notifyChange, args{"channel": configChannel, "version": strconv.FormatInt(version+1, 10)})
		return err
	})
	// Even after an error: a commit whose answer was lost may have happened. And even when there was nothing to change: then another replica
	// may have changed it while this one waited for the lock, and its caches may be older than that.
	s.forget()
	return err
}

// readVersion reads the version and reports whether it is another one than last time.
func (s *Store) readVersion(ctx context.Context, q querier) (bool, error) {
	var version int64
	if err := q.one(ctx, selectVersion, nil, &version); err != nil {
		return false, err
	}
	return s.version.Swap(version) != version, nil
}

// watch keeps the caches fresh until ctx is done.
func (s *Store) watch(ctx context.Context) {
	if s.dialect == sqlite {
		s.poll(ctx)
		return
	}
	var looked atomic.Int64 // when the version was looked at last, in nanoseconds since 1970
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for pause(ctx, pollEvery) {
			if time.Since(time.Unix(0, looked.Load())) > pollEvery+pollTimeout {
				s.forget()
			}
		}
	})
	for lost := false; ctx.Err() == nil; {
		err := s.listen(ctx, &looked, &lost)
		s.forget()
		if !lost && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "the configuration can't be watched; nothing of it is cached", "error", err)
		}
		lost = true
		pause(ctx, pollEvery)
	}
}

// poll looks at the version again and again.
func (s *Store) poll(ctx context.Context) {
	lost := false
	for pause(ctx, pollEvery) {
		looking, cancel := context.WithTimeout(ctx, pollTimeout)
		changed, err := s.readVersion(looking, s.r)
		cancel()
		if changed || err != nil {
			s.forget()
		}
		if err != nil && !lost && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "the configuration can't be watched; nothing of it is cached", "error", translate(err))
		}
		lost = err != nil
	}
}

// listen listens on a connection of its own until that is lost, and notes when it has looked at the version. Whatever changed before it listened may
// have been missed, so the caches are cleared first.
func (s *Store) listen(ctx context.Context, looked *atomic.Int64, lost *bool) error {
	connecting, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	config := s.pgConfig.Copy()
	config.RuntimeParams["application_name"] = watcherName
	conn, err := pgx.ConnectConfig(connecting, config)
	if err != nil {
		return redact(err, s.pgConfig.Password)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(connecting, "LISTEN "+configChannel); err != nil {
		return translate(err)
	}
	s.forget()
	if *lost {
		s.logger.InfoContext(ctx, "the configuration is watched again")
	}
	for *lost = false; ; {
		if err := s.look(ctx, conn); err != nil {
			return err
		}
		looked.Store(time.Now().UnixNano())
		if err := s.await(ctx, conn); err != nil {
			return err
		}
	}
}

// look looks at the version. A connection that is gone without a sign shows here.
func (s *Store) look(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	var version int64
	if err := conn.QueryRow(ctx, selectVersion[postgresql].text).Scan(&version); err != nil {
		return translate(err)
	}
	if s.version.Swap(version) != version {
		s.forget()
	}
	return nil
}

// await waits for a notification, or for the time to look.
func (s *Store) await(ctx context.Context, conn *pgx.Conn) error {
	waiting, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	notification, err := conn.WaitForNotification(waiting)
	switch {
	case err == nil:
		if version, err := strconv.ParseInt(notification.Payload, 10, 64); err == nil {
			s.version.Store(version)
		}
		s.forget()
		return nil
	case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("wait for a notification: %w", err)
	}
	return nil
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
