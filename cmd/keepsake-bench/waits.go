package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// activityEvery is how often PostgreSQL is asked what its processes do.
const activityEvery = 5 * time.Millisecond

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
		seen    activity
		failure error
	)
	wg.Go(func() { seen, failure = w.cluster.watch(looking, t.dbName) })
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
	seen.table(s, title)
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

const selectActivity = `SELECT left(regexp_replace(query, '\s+', ' ', 'g'), 60) || ' … ' || coalesce(wait_event_type || ': ' || wait_event, 'working'), count(*)
	FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND backend_type = 'client backend' GROUP BY 1`

// activity is what the busy connections of a database were seen doing, and how often.
type activity struct {
	looks int
	seen  map[string]int
}

// watch looks at what the connections of a database do, until ctx is done.
func (c *cluster) watch(ctx context.Context, database string) (activity, error) {
	a := activity{seen: map[string]int{}}
	ticker := time.NewTicker(activityEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return a, nil
		}
		if err := c.look(context.WithoutCancel(ctx), database, &a); err != nil {
			return activity{}, fmt.Errorf("read what PostgreSQL does: %w", err)
		}
	}
}

// look looks once.
func (c *cluster) look(ctx context.Context, database string, a *activity) error {
	rows, err := c.admin.Query(ctx, selectActivity, database)
	if err != nil {
		return err
	}
	a.looks++
	var what string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&what, &n}, func() error {
		a.seen[what] += n
		return nil
	})
	return err
}

// table adds the activity to a section: all of it first, which may be none, then each kind, the most frequent one first.
func (a activity) table(s *section, title string) {
	rows := s.add(fmt.Sprintf("%s: what PostgreSQL's busy processes were seen doing (pg_stat_activity, %d looks)", title, a.looks), "statement and what it waits for", "processes on average")
	add := func(what string, n int) { rows.row(what, fmt.Sprintf("%.2f", float64(n)/float64(max(a.looks, 1)))) }
	all := 0
	for _, n := range a.seen {
		all += n
	}
	add("all", all)
	for _, what := range slices.SortedFunc(maps.Keys(a.seen), func(x, y string) int { return cmp.Or(a.seen[y]-a.seen[x], cmp.Compare(x, y)) }) {
		add(what, a.seen[what])
	}
}
