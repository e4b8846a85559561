package main

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// mostReplicas is how many server processes there are at most on one database.
const mostReplicas = 4

// replicas are server processes on one database.
type replicas struct {
	targets []*target // one for each, and the first is the study's own
}

// openReplicas starts a study's target and more processes beside it.
func (w *world) openReplicas(ctx context.Context, s *section, actions string) (*replicas, error) {
	first, err := w.open(ctx, s, postgres, actions)
	if err != nil {
		return nil, err
	}
	r := &replicas{targets: []*target{first}}
	if err := w.addReplicas(ctx, r, mostReplicas-1); err != nil {
		return nil, err
	}
	return r, nil
}

// addReplicas starts n more processes on the database of the first, with variables of their environment. After an error there are none.
func (w *world) addReplicas(ctx context.Context, r *replicas, n int, env ...string) error {
	first := r.targets[0]
	for range n {
		p, client, err := w.start(ctx, first, first.url, w.binary, env...)
		if err != nil {
			r.close()
			return err
		}
		other := *first
		other.process, other.client = p, client
		r.targets = append(r.targets, &other)
	}
	return nil
}

// close ends the processes but for the first, which belongs to the study.
func (r *replicas) close() {
	for _, t := range r.targets[1:] {
		t.process.stop()
	}
}

// formation is some processes that share the work.
type formation struct {
	targets []*target
	procs   int    // GOMAXPROCS of each
	label   string // which part of the processors that is
}

// formations are one, two and four processes that each may use all processors, and those that have their share of them, as in containers with
// limits.
func (w *world) formations(ctx context.Context, r *replicas) ([]formation, error) {
	all := runtime.GOMAXPROCS(0)
	list := []formation{{r.targets[:1], all, "all"}}
	for n := 2; n <= mostReplicas; n *= 2 {
		list = append(list, formation{r.targets[:n], all, "all"})
	}
	for n := 2; n <= mostReplicas; n *= 2 {
		share, begun := max(1, all/n), len(r.targets)
		if err := w.addReplicas(ctx, r, n, fmt.Sprintf("GOMAXPROCS=%d", share)); err != nil {
			return nil, err
		}
		list = append(list, formation{r.targets[begun:], share, "share"})
	}
	return list, nil
}

// studyReplicas compares one, two and four processes, with the same number of workers.
func studyReplicas(ctx context.Context, w *world, s *section) error {
	r, err := w.openReplicas(ctx, s, noAction)
	if err != nil {
		return err
	}
	defer r.close()
	list, err := w.formations(ctx, r)
	if err != nil {
		return err
	}
	tokens, err := w.fill(ctx, r.targets[0], maxWorkers)
	if err != nil {
		return err
	}
	s.note("Runs of %s alternate, %d of each. Each request goes to the next process, so that a token's generations come from all of them.", w.options.Duration, w.options.Runs)
	rows := s.add("", "workers", "processes", "GOMAXPROCS of each", "per second (min–max)", "÷ one", "p50 ms", "p99 ms", "errors", "CPU µs: servers", "database", "RSS MiB of all", "WAL bytes")
	for _, workers := range w.options.workersOr(32) {
		runs := make([][]result, len(list))
		for range w.options.Runs {
			for i, f := range list {
				result, err := w.runReplicas(ctx, f.targets, tokens, workers)
				if err != nil {
					return err
				}
				runs[i] = append(runs[i], result)
				w.say("%d workers, %d processes with GOMAXPROCS=%d: %.0f/s", workers, len(f.targets), f.procs, result.Rate)
			}
		}
		for i, f := range list {
			rate, toOne := over(runs[i], rateOf), ratios(runs[i], runs[0])
			middle := func(format string, figure func(result) float64) string {
				return fmt.Sprintf(format, over(runs[i], figure).Median)
			}
			rows.row(fmt.Sprint(workers), fmt.Sprint(len(f.targets)), fmt.Sprint(f.procs), fmt.Sprintf("%s (%s–%s)", number(rate.Median), number(rate.Min), number(rate.Max)),
				fmt.Sprintf("%.2f (%.2f–%.2f)", toOne.Median, toOne.Min, toOne.Max),
				middle("%.2f", func(r result) float64 { return r.P50 }), middle("%.2f", p99Of),
				fmt.Sprintf("%.0f", over(runs[i], errorsOf).Max),
				middle("%.0f", func(r result) float64 { return r.ServerCPU }), middle("%.0f", func(r result) float64 { return r.DatabaseCPU }),
				middle("%.0f", func(r result) float64 { return r.PeakMiB }), middle("%.0f", func(r result) float64 { return r.WALBytes }))
			s.Figures[fmt.Sprintf("rate_to_one/%d/%d/%s", workers, len(f.targets), f.label)] = toOne.Median
		}
	}
	return nil
}

// runReplicas plays one run against some processes.
func (w *world) runReplicas(ctx context.Context, targets []*target, tokens *bulk, workers int) (result, error) {
	list := make([]player, workers)
	for i := range list {
		turn := i
		list[i] = func(ctx context.Context) error {
			turn++
			return tokens.exchange(ctx, targets[turn%len(targets)], i)
		}
	}
	// The costs of the first process are counted by run; those of the others are added here.
	others := targets[1:]
	cpu := func() (total time.Duration, err error) {
		for _, t := range others {
			used, err := cpuOfFamily(t.process.pid())
			if err != nil {
				return 0, err
			}
			total += used
		}
		return total, nil
	}
	play(ctx, list, w.options.Warmup)
	before, err := cpu()
	if err != nil {
		return result{}, err
	}
	r, failure, err := w.runNow(ctx, targets[0], list)
	if err != nil {
		return result{}, err
	}
	if failure != nil {
		w.say("failed: %v", failure)
	}
	after, err := cpu()
	if err != nil {
		return result{}, err
	}
	r.ServerCPU += float64((after - before).Microseconds()) / max(r.Rate*w.options.Duration.Seconds(), 1)
	for _, t := range others {
		resident, err := memoryOf(t.process.pid(), residentNow)
		if err != nil {
			return result{}, err
		}
		r.PeakMiB += float64(resident) / (1 << 20)
	}
	return r, nil
}
