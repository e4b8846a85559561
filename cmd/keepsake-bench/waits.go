package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// waitsEvery is how often PostgreSQL is asked what its processes do.
const waitsEvery = 5 * time.Millisecond

// timeWith shows where PostgreSQL's time goes while tokens are refreshed: by statement, and by what its processes wait for.
func timeWith(actions string) func(context.Context, *world, *section) error {
	return func(ctx context.Context, w *world, s *section) error {
		t, err := w.open(ctx, s, postgres, actions)
		if err != nil {
			return err
		}
		workers := w.options.workersOr(32)
		players, err := w.chains(ctx, t, slices.Max(workers))
		if err != nil {
			return err
		}
		for _, n := range workers {
			if err := w.timeRun(ctx, s, t, players[:n]); err != nil {
				return err
			}
		}
		return nil
	}
}

// timeRun looks at one run of some players.
func (w *world) timeRun(ctx context.Context, s *section, t *target, players []player) error {
	if err := w.settle(ctx, t); err != nil {
		return err
	}
	play(ctx, players, w.options.Warmup)
	if err := w.cluster.resetStatements(ctx); err != nil {
		return err
	}
	looking, stop := context.WithCancel(ctx)
	defer stop()
	var (
		wg      sync.WaitGroup
		waits   map[string]int
		samples int
		failure error
	)
	wg.Go(func() { waits, samples, failure = w.cluster.watchWaits(looking, t.dbName) })
	r, runFailure, err := w.runNow(ctx, t, players)
	stop()
	wg.Wait()
	for _, err := range []error{err, runFailure, failure} {
		if err != nil {
			return err
		}
	}
	costs, err := w.cluster.topStatements(ctx, t.dbName, 8, 1)
	if err != nil {
		return err
	}
	title := fmt.Sprintf("%d workers", len(players))
	rows := s.add(title+": an exchange", "per second", "p50 ms", "p99 ms", "CPU µs: server", "database", "generator", "statements", "WAL bytes")
	rows.row(number(r.Rate), fmt.Sprintf("%.2f", r.P50), fmt.Sprintf("%.2f", r.P99), fmt.Sprintf("%.0f", r.ServerCPU), fmt.Sprintf("%.0f", r.DatabaseCPU),
		fmt.Sprintf("%.0f", r.GeneratorCPU), fmt.Sprintf("%.1f", r.Statements), fmt.Sprintf("%.0f", r.WALBytes))
	if w.cluster.counts {
		s.statements(title+": pg_stat_statements", costs)
	} else {
		s.note("pg_stat_statements is not installed beside this PostgreSQL server.")
	}
	rows = s.add(fmt.Sprintf("%s: what PostgreSQL's busy processes were seen doing (pg_stat_activity, %d looks)", title, samples), "statement and what it waits for", "processes on average")
	for _, what := range slices.SortedFunc(maps.Keys(waits), func(a, b string) int { return cmp.Or(waits[b]-waits[a], cmp.Compare(a, b)) }) {
		rows.row(what, fmt.Sprintf("%.2f", float64(waits[what])/float64(max(samples, 1))))
	}
	return nil
}

// resetStatements forgets the statements so far.
func (c *cluster) resetStatements(ctx context.Context) error {
	if !c.counts {
		return nil
	}
	if _, err := c.admin.Exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
		return fmt.Errorf("reset statement statistics: %w", err)
	}
	return nil
}

const selectWaits = `SELECT left(regexp_replace(query, '\s+', ' ', 'g'), 60) || ' … ' || coalesce(wait_event_type || ': ' || wait_event, 'working'), count(*)
	FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND backend_type = 'client backend' GROUP BY 1`

// watchWaits counts what the busy connections of a database are at, until ctx is done.
func (c *cluster) watchWaits(ctx context.Context, database string) (seen map[string]int, samples int, err error) {
	seen = map[string]int{}
	ticker := time.NewTicker(waitsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return seen, samples, nil
		}
		rows, err := c.admin.Query(context.WithoutCancel(ctx), selectWaits, database)
		if err != nil {
			return nil, 0, fmt.Errorf("read what PostgreSQL does: %w", err)
		}
		for rows.Next() {
			var what string
			var n int
			if err := rows.Scan(&what, &n); err != nil {
				rows.Close()
				return nil, 0, fmt.Errorf("read what PostgreSQL does: %w", err)
			}
			seen[what] += n
		}
		if err := rows.Err(); err != nil {
			return nil, 0, fmt.Errorf("read what PostgreSQL does: %w", err)
		}
		samples++
	}
}
