package main

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		values []float64
		want   spread
	}{
		{"nothing", nil, spread{}},
		{"one run", []float64{3}, spread{3, 3, 3}},
		{"three runs", []float64{9, 1, 4}, spread{4, 1, 9}},
		{"an even number", []float64{4, 1, 9, 2}, spread{3, 1, 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, spreadOf(tt.values)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRatiosAreTakenRunByRun(t *testing.T) {
	t.Parallel()
	// The machine was half as fast in the second run: the ratio is the same all the same.
	got := ratios([]result{{Rate: 80}, {Rate: 40}, {Rate: 90}}, []result{{Rate: 100}, {Rate: 50}, {Rate: 100}, {Rate: 1}})
	if diff := cmp.Diff(spread{0.8, 0.8, 0.9}, got); diff != "" {
		t.Error(diff)
	}
	if got := ratios([]result{{Rate: 80}}, []result{{}}); got != (spread{}) {
		t.Errorf("a floor that answered nothing gives %v", got)
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := quantile(hundred, q); got != want {
			t.Errorf("quantile %v = %d, want %d", q, got, want)
		}
	}
	if got := quantile(nil, 0.5); got != 0 {
		t.Errorf("the median of nothing = %d", got)
	}
}

func TestPlay(t *testing.T) {
	t.Parallel()
	failed := errors.New("failed")
	var broken atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	wasCalled := make(chan struct{})
	count := 0
	got := play(ctx, []player{
		func(context.Context) error { // fails every other time, and goes on
			if count++; count == 10 {
				<-wasCalled
				cancel()
			}
			if count%2 == 0 {
				return failed
			}
			return nil
		},
		func(context.Context) error { // can't go on
			if broken.Add(1) == 1 {
				close(wasCalled)
			}
			return errOver
		},
	}, time.Hour)
	if len(got.latencies) != 5 || got.errors != 6 || broken.Load() != 1 || got.first == nil {
		t.Errorf("%d succeeded, %d failed (%v), and a broken player was called %d times", len(got.latencies), got.errors, got.first, broken.Load())
	}
}

func TestParseStat(t *testing.T) {
	t.Parallel()
	text := "4711 (post) gres: a b) S 42 1 1 0 -1 4194304 1 2 3 4 150 50 20 5 20 0 1 0 100 1 2\n"
	got, err := parseStat([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if want := (stat{pid: 4711, parent: 42, own: 2 * time.Second, reaped: 250 * time.Millisecond}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, bad := range []string{"", "1 x", "1 (x) S 1 2", "x (x) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8", "1 (x) S 1 1 1 0 -1 0 1 2 3 4 a b c d"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	t.Parallel()
	if peak, err := memoryOf(os.Getpid(), residentPeak); err != nil || peak < 1<<20 {
		t.Errorf("peak memory %d, %v", peak, err)
	}
	own, err := cpuOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	family, err := cpuOfFamily(os.Getpid())
	if err != nil || family < own {
		t.Errorf("CPU time with children %s, without %s, %v", family, own, err)
	}
}
