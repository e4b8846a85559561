package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// floodWorkers is how many workers log in without a pause during a flood.
const floodWorkers = 32

// studyLogins measures refreshes with and without a flood of password logins beside them.
func studyLogins(ctx context.Context, w *world, s *section) error {
	t, err := w.open(ctx, s, postgres, noAction)
	if err != nil {
		return err
	}
	workers := w.options.workersOr(8, 32)
	players, err := w.chains(ctx, t, workers[len(workers)-1])
	if err != nil {
		return err
	}
	flood := make([]player, floodWorkers)
	for n := range flood {
		flood[n] = t.passwordUser(cell{Client: post, Alg: es256, Workers: floodWorkers}, n)
	}
	s.note("Runs of %s alternate: refreshes alone, refreshes while %d workers use the password grant without a pause. %d runs of each, medians with the least and the most.",
		w.options.Duration, floodWorkers, w.options.Runs)
	rows := s.add("", "refreshing workers", "logins", "refreshes per second", "p50 ms", "p99 ms (min–max)", "÷ alone", "errors", "RSS MiB", "logins per second", "logins that failed")
	for _, n := range workers {
		var alone, beside []result
		logins := &tally{}
		for range w.options.Runs {
			if err := w.settle(ctx, t); err != nil {
				return err
			}
			quiet, failure, err := w.run(ctx, t, players[:n])
			if err != nil {
				return err
			}
			loud, seen, loudFailure, err := w.runBeside(ctx, t, players[:n], flood)
			if err != nil {
				return err
			}
			for _, failure := range []error{failure, loudFailure, seen.first} {
				if failure != nil {
					s.note("Failed with %d workers: %v", n, failure)
				}
			}
			alone, beside = append(alone, quiet), append(beside, loud)
			logins.latencies = append(logins.latencies, seen.latencies...)
			logins.elapsed, logins.errors = logins.elapsed+seen.elapsed, logins.errors+seen.errors
			w.say("%d workers: p99 %.2f ms alone, %.2f ms beside %s logins/s", n, quiet.P99, loud.P99, number(seen.rate()))
		}
		p99 := func(r result) float64 { return r.P99 }
		factor := ratio(over(beside, p99).Median, over(alone, p99).Median)
		s.Figures[fmt.Sprintf("p99_flooded_to_alone/%d", n)] = factor
		addLogins(rows, n, "none", alone, "", "", "")
		addLogins(rows, n, "a flood", beside, fmt.Sprintf("%.2f", factor), number(logins.rate()), fmt.Sprint(logins.errors))
	}
	return nil
}

func addLogins(rows *table, workers int, logins string, runs []result, factor, perSecond, failed string) {
	p99 := over(runs, func(r result) float64 { return r.P99 })
	rows.row(fmt.Sprint(workers), logins, number(over(runs, func(r result) float64 { return r.Rate }).Median),
		fmt.Sprintf("%.2f", over(runs, func(r result) float64 { return r.P50 }).Median), fmt.Sprintf("%.2f (%.2f–%.2f)", p99.Median, p99.Min, p99.Max), factor,
		fmt.Sprintf("%.0f", over(runs, func(r result) float64 { return r.Errors }).Max),
		fmt.Sprintf("%.0f", over(runs, func(r result) float64 { return r.PeakMiB }).Max), perSecond, failed)
}

// floodAhead is how long a flood has gone on before anything is measured beside it.
const floodAhead = 500 * time.Millisecond

// runBeside plays one run while others play too, and returns what those saw.
func (w *world) runBeside(ctx context.Context, t *target, players, others []player) (r result, seen *tally, failure, err error) {
	flooding, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() {
		seen = playWhile(ctx, others, func() bool { return flooding.Err() == nil })
	})
	select {
	case <-time.After(floodAhead):
		r, failure, err = w.run(ctx, t, players)
	case <-ctx.Done():
		err = ctx.Err()
	}
	stop()
	wg.Wait()
	return r, seen, failure, err
}
