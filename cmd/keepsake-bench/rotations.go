package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// rotatedTokens is how many tokens the rotations are of.
const rotatedTokens = 1000

// tenths is in how many parts a long study looks at what has become of things.
const tenths = 10

// tableState is how the table of refresh tokens fares.
type tableState struct {
	heap, indexes, total int64 // bytes; total has everything, also what belongs to neither
	logs                 int64 // bytes of the table of log records, with its indexes
	live, dead           int64 // rows, as the statistics know them
	updates, hot         int64
	vacuums              int64
}

const selectTableState = `SELECT pg_relation_size(t.relid), pg_indexes_size(t.relid), pg_total_relation_size(t.relid), pg_total_relation_size(l.relid),
	t.n_live_tup, t.n_dead_tup, t.n_tup_upd, t.n_tup_hot_upd, t.autovacuum_count + t.vacuum_count
	FROM pg_stat_user_tables AS t, pg_stat_user_tables AS l WHERE t.relname = 'refresh_tokens' AND l.relname = 'log_events'`

func readTableState(ctx context.Context, url string) (tableState, error) {
	var s tableState
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return s, fmt.Errorf("read table statistics: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	err = db.QueryRow(ctx, selectTableState).Scan(&s.heap, &s.indexes, &s.total, &s.logs, &s.live, &s.dead, &s.updates, &s.hot, &s.vacuums)
	if err != nil {
		return s, fmt.Errorf("read table statistics: %w", err)
	}
	return s, nil
}

// studyRotations rotates few tokens many times and looks at the table after each tenth.
func studyRotations(ctx context.Context, w *world, s *section) error {
	t, err := w.open(ctx, s, postgres, noAction)
	if err != nil {
		return err
	}
	tokens, err := w.fill(ctx, t, rotatedTokens)
	if err != nil {
		return err
	}
	start, err := readTableState(ctx, t.url)
	if err != nil {
		return err
	}
	workers := w.options.workersOr(32)[0]
	s.note("%d rotations of %d tokens in turn by %d workers. PostgreSQL's counters may be a second old, except in the last row, for which the server was ended. "+
		"The table of log records only ever grows until old ones are removed (--log-retention), and is counted apart.", w.options.Rotations, rotatedTokens, workers)
	parts, err := w.rotate(ctx, s, t, tokens.players(t, tokens.all(), workers, inTurn))
	if err != nil {
		return err
	}
	tellRotations(s, start, parts)
	return nil
}

// rotationPart is a tenth of the rotations, with the table after it.
type rotationPart struct {
	tally
	state tableState
}

// rotate plays the rotations in tenths. After the last one the server is ended, so that PostgreSQL has counted everything.
func (w *world) rotate(ctx context.Context, s *section, t *target, players []player) ([]rotationPart, error) {
	var parts []rotationPart
	for n := range tenths {
		share := w.options.Rotations*(n+1)/tenths - w.options.Rotations*n/tenths
		part := rotationPart{tally: *playCount(ctx, players, share)}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(part.latencies) == 0 {
			return nil, fmt.Errorf("nothing was rotated: %w", part.first)
		}
		if part.first != nil {
			s.note("%d rotations failed, the first with: %v", part.errors, part.first)
		}
		if n == tenths-1 {
			t.process.stop()
		}
		var err error
		if part.state, err = readTableState(ctx, t.url); err != nil {
			return nil, err
		}
		parts = append(parts, part)
		w.say("tenth %d: %s/s, p50 %s ms, table %s KiB", n+1, number(part.rate()), millis(part.latencies, 0.5), kib(part.state.total))
	}
	return parts, nil
}

// tellRotations reports what became of the table.
func tellRotations(s *section, start tableState, parts []rotationPart) {
	rows := s.add("", "rotations", "per second", "p50 ms", "p99 ms", "heap KiB", "indexes KiB", "total KiB", "dead rows", "vacuums", "heap-only", "log MiB")
	add := func(done int, rate, p50, p99 string, state tableState) {
		rows.row(fmt.Sprint(done), rate, p50, p99, kib(state.heap), kib(state.indexes), kib(state.total), fmt.Sprint(state.dead), fmt.Sprint(state.vacuums),
			percent(float64(state.hot), float64(state.updates)), fmt.Sprint(state.logs>>20))
	}
	add(0, "", "", "", start)
	done, failed := 0, 0
	for _, part := range parts {
		done, failed = done+len(part.latencies), failed+part.errors
		add(done, number(part.rate()), millis(part.latencies, 0.5), millis(part.latencies, 0.99), part.state)
	}
	first, last := parts[0], parts[len(parts)-1]
	slower := ratio(quantile(last.latencies, 0.5), quantile(first.latencies, 0.5))
	s.note("The table with its indexes has %s KiB at the end, %.2f of what it had after the first tenth (%s KiB) and %.2f of the start (%s KiB); p50 of the last tenth is %.2f of the first's.",
		kib(last.state.total), ratio(last.state.total, first.state.total), kib(first.state.total), ratio(last.state.total, start.total), kib(start.total), slower)
	s.Figures["rotations"], s.Figures["failed"] = float64(done), float64(failed)
	s.Figures["hot_share"] = ratio(last.state.hot, last.state.updates)
	s.Figures["growth_from_start"], s.Figures["growth_from_first_tenth"] = ratio(last.state.total, start.total), ratio(last.state.total, first.state.total)
	s.Figures["p50_last_to_first"] = slower
}

// kib writes bytes.
func kib(bytes int64) string { return fmt.Sprint(bytes >> 10) }

// millis writes a quantile of latencies in ascending order.
func millis(sorted []time.Duration, q float64) string { return inMillis(quantile(sorted, q)) }

func inMillis(d time.Duration) string { return fmt.Sprintf("%.2f", asMillis(d)) }

func asMillis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// ratio is 0 where there is nothing to divide by.
func ratio[N int64 | float64 | time.Duration](a, b N) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
