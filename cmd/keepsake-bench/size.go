package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// smallTable is how many tokens the table has that the large one is compared with, and how many are in use at a time where not all are.
const smallTable = 10_000

// Which tokens are presented.
const (
	patternActive = "10,000 in use" // the same ones again and again, spread over the whole table
	patternAny    = "any"           // each time any of all
)

// studySize compares refreshes among few tokens with refreshes among many, on the same PostgreSQL server.
func studySize(ctx context.Context, w *world, s *section) error {
	if err := w.checkSpace(w.options.Tokens); err != nil {
		return err
	}
	contents := []int{min(smallTable, w.options.Tokens), w.options.Tokens}
	places := make([]*sizedPlace, len(contents))
	for i, count := range contents {
		var err error
		if places[i], err = w.openSized(ctx, s, i, count); err != nil {
			return err
		}
	}
	s.note("Two databases in one PostgreSQL server with 256 MB of shared buffers, each with a server of its own; runs of %s alternate between them, %d of each. "+
		"Of the first presentation of a token after a checkpoint PostgreSQL logs a whole page, whatever asks for it: where any token is presented, nearly every one is such "+
		"a first in the large table and hardly any in the small one.", w.options.Duration, w.options.Runs)
	rows := s.add("", "tokens presented", "workers", "tokens in the table", "table and indexes MiB", "per second (min–max)", "p50 ms (min–max)", "÷ small", "p99 ms", "database CPU µs", "WAL bytes", "errors")
	for _, pattern := range []string{patternActive, patternAny} {
		for _, place := range places {
			if err := place.warm(ctx, pattern); err != nil {
				return err
			}
		}
		for _, workers := range w.options.workersOr(1, 32) {
			runs, err := w.alternate(ctx, places, pattern, workers)
			if err != nil {
				return err
			}
			for i, place := range places {
				relative := ""
				if i > 0 {
					p50 := func(r result) float64 { return r.P50 }
					factor := ratio(over(runs[i], p50).Median, over(runs[0], p50).Median)
					relative = fmt.Sprintf("%.2f", factor)
					s.Figures[fmt.Sprintf("p50_large_to_small/%s/%d", pattern, workers)] = factor
				}
				place.tell(rows, pattern, workers, relative, runs[i])
			}
		}
	}
	return nil
}

// alternate plays runs in one place after the other, and returns those of each.
func (w *world) alternate(ctx context.Context, places []*sizedPlace, pattern string, workers int) ([][]result, error) {
	runs := make([][]result, len(places))
	for range w.options.Runs {
		for i, place := range places {
			r, err := w.runSized(ctx, place, pattern, workers)
			if err != nil {
				return nil, err
			}
			runs[i] = append(runs[i], r)
		}
	}
	return runs, nil
}

// sizedPlace is a server whose table has a certain number of tokens.
type sizedPlace struct {
	target *target
	tokens *bulk
	bytes  int64
}

func (w *world) openSized(ctx context.Context, s *section, n, count int) (*sizedPlace, error) {
	t, err := w.target(ctx, targetKey{server: keepsake, database: postgres, actions: noAction, study: fmt.Sprintf("%s_%d", studyKey(s.Name), n)})
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	tokens, err := w.fill(ctx, t, count)
	if err != nil {
		return nil, err
	}
	state, err := readTableState(ctx, t.url)
	if err != nil {
		return nil, err
	}
	w.say("%d tokens in %s: %d MiB", count, time.Since(begun).Round(time.Second), state.total>>20)
	return &sizedPlace{target: t, tokens: tokens, bytes: state.total}, nil
}

// tell adds a row about some runs.
func (p *sizedPlace) tell(rows *table, pattern string, workers int, relative string, runs []result) {
	figures := func(figure func(result) float64) spread { return over(runs, figure) }
	rate, p50 := figures(func(r result) float64 { return r.Rate }), figures(func(r result) float64 { return r.P50 })
	rows.row(pattern, fmt.Sprint(workers), fmt.Sprint(p.tokens.count), fmt.Sprint(p.bytes>>20),
		fmt.Sprintf("%s (%s–%s)", number(rate.Median), number(rate.Min), number(rate.Max)),
		fmt.Sprintf("%.2f (%.2f–%.2f)", p50.Median, p50.Min, p50.Max), relative,
		fmt.Sprintf("%.2f", figures(func(r result) float64 { return r.P99 }).Median),
		fmt.Sprintf("%.0f", figures(func(r result) float64 { return r.DatabaseCPU }).Median),
		fmt.Sprintf("%.0f", figures(func(r result) float64 { return r.WALBytes }).Median),
		fmt.Sprintf("%.0f", figures(func(r result) float64 { return r.Errors }).Max))
}

// presented are the tokens of a pattern.
func (p *sizedPlace) presented(pattern string) choice {
	if pattern == patternAny {
		return p.tokens.all()
	}
	count := min(smallTable, p.tokens.count)
	return choice{count, func(n int) int { return n * (p.tokens.count / count) }}
}

// warm presents each token of those in use once, so that no run pays for being the first.
func (p *sizedPlace) warm(ctx context.Context, pattern string) error {
	if pattern != patternActive {
		return nil
	}
	const workers = 16
	c := p.presented(pattern)
	return playCount(ctx, p.tokens.players(p.target, c, workers, inTurn), c.count).first
}

// runSized plays one run.
func (w *world) runSized(ctx context.Context, p *sizedPlace, pattern string, workers int) (result, error) {
	players := p.tokens.players(p.target, p.presented(pattern), workers, func(own int) func() int {
		return func() int { return rand.IntN(own) }
	})
	r, failure, err := w.run(ctx, p.target, players)
	if err != nil {
		return result{}, err
	}
	w.say("%d tokens, %s, %d workers: %.0f/s, p50 %.2f ms", p.tokens.count, pattern, workers, r.Rate, r.P50)
	if failure != nil {
		w.say("failed: %v", failure)
	}
	return r, nil
}

// checkSpace makes sure that a table of so many tokens finds room on the disk, with its log and what else a busy server writes.
func (w *world) checkSpace(tokens int) error {
	const perToken, beside = 2 << 10, 9 << 30
	free, known := freeSpace(w.folder)
	needed := int64(tokens) * perToken
	if tokens >= smallTable*tenths {
		needed += beside
	}
	if known && free < needed {
		return fmt.Errorf("%d MiB are free where the data would be, %d are needed: name another folder with -dir", free>>20, needed>>20)
	}
	return nil
}
