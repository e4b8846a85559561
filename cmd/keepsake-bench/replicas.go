package main

import (
	"context"
	"fmt"
	"sync"
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
	for len(r.targets) < mostReplicas {
		p, client, err := w.start(ctx, first, first.url, w.binary)
		if err != nil {
			r.close()
			return nil, err
		}
		other := *first
		other.process, other.client = p, client
		r.targets = append(r.targets, &other)
	}
	return r, nil
}

// close ends the processes but for the first, which belongs to the study.
func (r *replicas) close() {
	for _, t := range r.targets[1:] {
		t.process.stop()
	}
}

// studyReplicas compares one, two and four processes, with the same number of workers.
func studyReplicas(ctx context.Context, w *world, s *section) error {
	r, err := w.openReplicas(ctx, s, noAction)
	if err != nil {
		return err
	}
	defer r.close()
	tokens, err := w.fill(ctx, r.targets[0], maxWorkers)
	if err != nil {
		return err
	}
	s.note("Runs of %s alternate, %d of each. Each request goes to the next process, so that a token's generations come from all of them.", w.options.Duration, w.options.Runs)
	rows := s.add("", "workers", "processes", "per second (min–max)", "÷ one", "p50 ms", "p99 ms", "errors", "CPU µs: servers", "database", "RSS MiB of all", "WAL bytes")
	numbers := []int{1, 2, mostReplicas}
	for _, workers := range w.options.workersOr(32) {
		runs := map[int][]result{}
		for range w.options.Runs {
			for _, n := range numbers {
				result, err := w.runReplicas(ctx, r.targets[:n], tokens, workers)
				if err != nil {
					return err
				}
				runs[n] = append(runs[n], result)
				w.say("%d workers, %d processes: %.0f/s", workers, n, result.Rate)
			}
		}
		for _, n := range numbers {
			rate := over(runs[n], func(r result) float64 { return r.Rate })
			toOne := ratios(runs[n], runs[1])
			middle := func(format string, figure func(result) float64) string {
				return fmt.Sprintf(format, over(runs[n], figure).Median)
			}
			rows.row(fmt.Sprint(workers), fmt.Sprint(n), fmt.Sprintf("%s (%s–%s)", number(rate.Median), number(rate.Min), number(rate.Max)),
				fmt.Sprintf("%.2f (%.2f–%.2f)", toOne.Median, toOne.Min, toOne.Max),
				middle("%.2f", func(r result) float64 { return r.P50 }), middle("%.2f", func(r result) float64 { return r.P99 }),
				fmt.Sprintf("%.0f", over(runs[n], func(r result) float64 { return r.Errors }).Max),
				middle("%.0f", func(r result) float64 { return r.ServerCPU }), middle("%.0f", func(r result) float64 { return r.DatabaseCPU }),
				middle("%.0f", func(r result) float64 { return r.PeakMiB }), middle("%.0f", func(r result) float64 { return r.WALBytes }))
			s.Figures[fmt.Sprintf("rate_to_one/%d/%d", workers, n)] = toOne.Median
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

// raceCopies is how often a token is presented to each process at the same time.
const raceCopies = 2

// studyRace presents each token to all processes at once. The benchmark's clients have no leeway: one exchange must be answered, and after
// the others the token is dead.
func studyRace(ctx context.Context, w *world, s *section) error {
	r, err := w.openReplicas(ctx, s, noAction)
	if err != nil {
		return err
	}
	defer r.close()
	tokens, err := w.fill(ctx, r.targets[0], w.options.Races)
	if err != nil {
		return err
	}
	winners := map[int]int{}
	answers := map[string]int{}
	for i := range w.options.Races {
		// Some tokens have been exchanged before, by one process or another.
		for n := range i % 3 {
			if err := tokens.exchange(ctx, r.targets[(i+n)%len(r.targets)], i); err != nil {
				return err
			}
		}
		won, seen, err := raceOne(ctx, r.targets, tokens.token(i))
		if err != nil {
			return err
		}
		winners[won]++
		for answer, n := range seen {
			answers[answer] += n
		}
	}
	revoked, wrong, err := judgeRaces(ctx, r.targets[0].url, tokens)
	if err != nil {
		return err
	}
	copies := raceCopies * len(r.targets)
	s.note("%d tokens, each presented %d times at once: %d times to each of %d processes. The tokens had been exchanged none to two times before. Afterwards %d of the tokens are revoked, "+
		"and %d have another generation than one exchange more gives.", w.options.Races, copies, raceCopies, len(r.targets), revoked, wrong)
	rows := s.add("How many of the exchanges of one token were answered", "answered", "tokens")
	for n := range copies + 1 {
		if winners[n] > 0 || n == 1 {
			rows.row(fmt.Sprint(n), fmt.Sprint(winners[n]))
		}
	}
	rows = s.add("Answers", "answer", "times")
	for _, answer := range sortedKeys(answers) {
		rows.row(answer, fmt.Sprint(answers[answer]))
	}
	s.Figures["tokens"], s.Figures["answered_once"] = float64(w.options.Races), float64(winners[1])
	s.Figures["answered_more_than_once"] = float64(w.options.Races - winners[0] - winners[1])
	s.Figures["revoked"], s.Figures["wrong_generation"] = float64(revoked), float64(wrong)
	return nil
}

// raceOne presents one token to all processes and returns how many exchanges were answered, and how often each answer came.
func raceOne(ctx context.Context, targets []*target, token string) (won int, answers map[string]int, err error) {
	var (
		wg    sync.WaitGroup
		gun   = make(chan struct{})
		texts = make([]string, raceCopies*len(targets))
		errs  = make([]error, len(texts))
	)
	for i := range texts {
		wg.Go(func() {
			<-gun
			texts[i], errs[i] = present(ctx, targets[i%len(targets)], token)
		})
	}
	close(gun)
	wg.Wait()
	answers = map[string]int{}
	for i, text := range texts {
		if errs[i] != nil {
			return 0, nil, errs[i]
		}
		answers[text]++
	}
	return answers[wonRace], answers, nil
}
