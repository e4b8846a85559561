package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// tally is what the workers of one run saw.
type tally struct {
	elapsed   time.Duration
	latencies []time.Duration // of the operations that succeeded, in ascending order
	errors    int
	first     error // of the errors
}

// play has all players play until duration is over.
func play(ctx context.Context, players []player, duration time.Duration) *tally {
	var over atomic.Bool
	timer := time.AfterFunc(duration, func() { over.Store(true) })
	defer timer.Stop()
	return playWhile(ctx, players, func() bool { return !over.Load() })
}

// playCount has all players play until count operations were begun.
func playCount(ctx context.Context, players []player, count int) *tally {
	var begun atomic.Int64
	return playWhile(ctx, players, func() bool { return begun.Add(1) <= int64(count) })
}

// playWhile has all players play as long as more says so: each begins its next operation when the one before is answered. What was
// begun is finished, and counted.
func playWhile(ctx context.Context, players []player, more func() bool) *tally {
	var (
		mu     sync.Mutex
		total  tally
		wg     sync.WaitGroup
		begun  = time.Now()
		record = func(t *tally) {
			mu.Lock()
			defer mu.Unlock()
			total.latencies = append(total.latencies, t.latencies...)
			total.errors += t.errors
			if total.first == nil {
				total.first = t.first
			}
		}
	)
	for _, p := range players {
		wg.Go(func() {
			t := &tally{latencies: make([]time.Duration, 0, 4096)}
			defer record(t)
			for ctx.Err() == nil && more() {
				started := time.Now()
				err := p(ctx)
				switch {
				case err == nil:
					t.latencies = append(t.latencies, time.Since(started))
					continue
				case t.first == nil:
					t.first = err
				}
				t.errors++
				if errors.Is(err, errOver) {
					return
				}
			}
		})
	}
	wg.Wait()
	total.elapsed = time.Since(begun)
	slices.Sort(total.latencies)
	return &total
}

// quantile returns the latency that a share q of all operations did not exceed.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// result is one run of a cell. Costs are per operation that succeeded.
type result struct {
	Rate   float64 `json:"per_second"`
	P50    float64 `json:"p50_ms"`
	P95    float64 `json:"p95_ms"`
	P99    float64 `json:"p99_ms"`
	Errors float64 `json:"errors"`
	// CPU time in microseconds: of the server, of PostgreSQL with all its processes, and of the load generator.
	ServerCPU    float64 `json:"server_cpu_us"`
	DatabaseCPU  float64 `json:"database_cpu_us"`
	GeneratorCPU float64 `json:"generator_cpu_us"`
	PeakMiB      float64 `json:"server_peak_mib"`
	Statements   float64 `json:"statements"`
	WALBytes     float64 `json:"wal_bytes"`
}

// usage is what was used up to a moment.
type usage struct {
	server, database, generator time.Duration
	databaseCounters
}

func (w *world) usage(ctx context.Context, t *target) (u usage, err error) {
	if u.server, err = cpuOfFamily(t.process.pid()); err != nil {
		return u, err
	}
	if u.generator, err = cpuOf(os.Getpid()); err != nil {
		return u, err
	}
	if t.key.database != postgres {
		return u, nil
	}
	if u.database, err = cpuOfFamily(w.cluster.server.PID()); err != nil {
		return u, err
	}
	u.databaseCounters, err = w.cluster.counters(ctx, t.dbName)
	return u, err
}

// settle undoes what earlier runs left behind, so that it is not paid for by the next one.
func (w *world) settle(ctx context.Context, t *target) error {
	if t.key.database == postgres {
		if err := removeIssued(ctx, t.url); err != nil {
			return err
		}
	}
	return w.cluster.checkpoint(ctx)
}

// measure plays a cell once. The error of the first operation that failed, if one did, is returned beside the result.
func (w *world) measure(ctx context.Context, c cell) (r result, failure, err error) {
	players, err := w.playersOf(ctx, c)
	if err != nil {
		return r, nil, err
	}
	t := w.targets[c.target()]
	if err := w.settle(ctx, t); err != nil {
		return r, nil, err
	}
	return w.run(ctx, t, players)
}

// run has players play once against a target, and measures it after the warm-up.
func (w *world) run(ctx context.Context, t *target, players []player) (r result, failure, err error) {
	play(ctx, players, w.options.Warmup)
	return w.runNow(ctx, t, players)
}

// runNow is run without the warm-up.
func (w *world) runNow(ctx context.Context, t *target, players []player) (r result, failure, err error) {
	if err := resetPeak(t.process.pid()); err != nil {
		return r, nil, err
	}
	before, err := w.usage(ctx, t)
	if err != nil {
		return r, nil, err
	}
	seen := play(ctx, players, w.options.Duration)
	after, err := w.usage(ctx, t)
	if err != nil {
		return r, nil, err
	}
	peak, err := memoryOf(t.process.pid(), residentPeak)
	if err != nil {
		return r, nil, err
	}
	if err := ctx.Err(); err != nil {
		return r, nil, err
	}
	r = seen.result(before, after)
	r.PeakMiB = float64(peak) / (1 << 20)
	return r, seen.first, nil
}

// rate is how many operations succeeded in a second.
func (t *tally) rate() float64 { return float64(len(t.latencies)) / t.elapsed.Seconds() }

func (t *tally) result(before, after usage) result {
	n := float64(max(len(t.latencies), 1))
	millis := func(q float64) float64 { return asMillis(quantile(t.latencies, q)) }
	micros := func(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) / n }
	return result{
		Rate: t.rate(), P50: millis(0.50), P95: millis(0.95), P99: millis(0.99), Errors: float64(t.errors),
		ServerCPU: micros(after.server - before.server), DatabaseCPU: micros(after.database - before.database),
		GeneratorCPU: micros(after.generator - before.generator),
		Statements:   float64(after.statements-before.statements) / n, WALBytes: float64(after.wal-before.wal) / n,
	}
}
