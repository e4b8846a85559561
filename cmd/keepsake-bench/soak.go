package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// samplesPerTenth is how often memory is looked at in each tenth of a soak: every ten seconds of ten minutes.
const samplesPerTenth = 6

// memorySample is how much memory a server had at a moment.
type memorySample struct {
	resident int64 // bytes, with all its processes
	heap     int64 // bytes in use by Go's heap, of the server's own process
}

// readMemory looks at a server.
func readMemory(ctx context.Context, t *target) (memorySample, error) {
	resident, err := memoryOf(t.process.pid(), residentNow)
	if err != nil {
		return memorySample{}, err
	}
	a, err := t.do(ctx, call{method: http.MethodGet, path: "metrics", address: addressHome, want: http.StatusOK})
	if err != nil {
		return memorySample{}, fmt.Errorf("read the server's metrics: %w", err)
	}
	heap, err := metric(a.body, "go_memstats_heap_inuse_bytes")
	return memorySample{resident: resident, heap: int64(heap)}, err
}

// metric finds the value of a metric without labels.
func metric(text []byte, name string) (float64, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("the server has no metric %s", name)
}

// soakWith watches the memory of a server that refreshes with some Actions.
func soakWith(actions string) func(context.Context, *world, *section) error {
	return func(ctx context.Context, w *world, s *section) error {
		duration := w.options.Soak
		if actions == five {
			duration /= tenths
		}
		return w.soak(ctx, s, actions, duration)
	}
}

func (w *world) soak(ctx context.Context, s *section, actions string, duration time.Duration) error {
	t, err := w.open(ctx, s, postgres, actions)
	if err != nil {
		return err
	}
	workers := w.options.workersOr(64)[0]
	players, err := w.chains(ctx, t, workers)
	if err != nil {
		return err
	}
	idle, err := readMemory(ctx, t)
	if err != nil {
		return err
	}
	tenth := duration / tenths
	s.note("%s of refreshes by %d workers; memory was looked at every %s. Before the load the server had %s MiB, %s MiB of them heap in use.",
		duration, workers, (tenth / samplesPerTenth).Round(time.Millisecond), mib(idle.resident), mib(idle.heap))
	rows := s.add("", "minute", "per second", "p99 ms", "errors", "RSS MiB: mean", "most", "heap in use MiB: mean", "most")
	if tenth != time.Minute {
		rows.Columns[0] = "after"
	}
	var means []memorySample
	for n := range tenths {
		samples, seen, err := soakTenth(ctx, t, players, tenth)
		if err != nil {
			return err
		}
		resident, heap := figuresOf(samples)
		means = append(means, memorySample{int64(resident.mean), int64(heap.mean)})
		label := fmt.Sprint(n + 1)
		if tenth != time.Minute {
			label = (tenth * time.Duration(n+1)).String()
		}
		rows.row(label, number(seen.rate()), millis(seen.latencies, 0.99), fmt.Sprint(seen.errors),
			mib(int64(resident.mean)), mib(int64(resident.most)), mib(int64(heap.mean)), mib(int64(heap.most)))
		w.say("%s: %s/s, RSS %s MiB", label, number(seen.rate()), mib(int64(resident.mean)))
		if seen.first != nil {
			s.note("The first error: %v", seen.first)
		}
		s.Figures["resident_most_mib"] = max(s.Figures["resident_most_mib"], resident.most/(1<<20))
	}
	second, last := means[1], means[tenths-1]
	growth := ratio(last.resident, second.resident)
	s.note("Resident memory in the last tenth is %.3f of that in the second (%s and %s MiB), heap in use %.3f.",
		growth, mib(last.resident), mib(second.resident), ratio(last.heap, second.heap))
	s.Figures["resident_last_to_second"], s.Figures["heap_last_to_second"] = growth, ratio(last.heap, second.heap)
	s.Figures["resident_last_mib"] = float64(last.resident) / (1 << 20)
	return nil
}

// soakTenth plays for a while and looks at the server's memory all along, and at the end.
func soakTenth(ctx context.Context, t *target, players []player, duration time.Duration) ([]memorySample, *tally, error) {
	looking, stop := context.WithCancel(ctx)
	defer stop()
	var (
		wg      sync.WaitGroup
		samples []memorySample
		failure error
	)
	wg.Go(func() {
		ticker := time.NewTicker(duration / samplesPerTenth)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-looking.Done():
				return
			}
			sample, err := readMemory(ctx, t)
			if err != nil {
				failure = err
				return
			}
			samples = append(samples, sample)
		}
	})
	seen := play(ctx, players, duration)
	stop()
	wg.Wait()
	if failure == nil {
		failure = ctx.Err()
	}
	if failure != nil {
		return nil, nil, failure
	}
	if len(samples) == 0 { // it was too short, or the machine too busy, for any
		sample, err := readMemory(ctx, t)
		if err != nil {
			return nil, nil, err
		}
		samples = append(samples, sample)
	}
	return samples, seen, nil
}

// memoryFigures are of some samples, in bytes.
type memoryFigures struct{ mean, most float64 }

func figuresOf(samples []memorySample) (resident, heap memoryFigures) {
	figures := func(of func(memorySample) int64) memoryFigures {
		values := make([]float64, len(samples))
		sum := 0.0
		for i, s := range samples {
			values[i] = float64(of(s))
			sum += values[i]
		}
		return memoryFigures{mean: sum / float64(len(values)), most: slices.Max(values)}
	}
	return figures(func(s memorySample) int64 { return s.resident }), figures(func(s memorySample) int64 { return s.heap })
}

func mib(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/(1<<20)) }
