package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/keepsake/models"
)

func TestCacheLoadsOnce(t *testing.T) {
	t.Parallel()
	var loads atomic.Int64
	c := newCache(func(_ context.Context, key string) (string, error) {
		loads.Add(1)
		return "value of " + key, nil
	})
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			if v, err := c.get(t.Context(), "k"); v != "value of k" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
		})
	}
	wg.Wait()
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads, want 1", n)
	}
}

func TestCacheRemembersWhatIsMissingWithinABound(t *testing.T) {
	t.Parallel()
	var loads atomic.Int64
	c := newCache(func(context.Context, string) (int, error) {
		loads.Add(1)
		return 0, fmt.Errorf("load: %w", models.ErrNotFound)
	})
	for range 3 {
		if _, err := c.get(t.Context(), "k"); !errors.Is(err, models.ErrNotFound) {
			t.Fatal(err)
		}
	}
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads of a missing key, want 1", n)
	}
	for i := range 10 * maxMissing {
		_, _ = c.get(t.Context(), fmt.Sprint(i))
	}
	if n := len(c.missing); n > maxMissing {
		t.Errorf("%d missing keys are remembered, at most %d may be", n, maxMissing)
	}
	before := loads.Load()
	if _, err := c.get(t.Context(), string(make([]byte, maxKey+1))); !errors.Is(err, models.ErrNotFound) || loads.Load() != before {
		t.Errorf("a key beyond all bounds: %v", err)
	}
}

func TestCacheDoesNotKeepErrors(t *testing.T) {
	t.Parallel()
	fail := errors.New("database is away")
	c := newCache(func(context.Context, string) (int, error) { return 7, fail })
	if _, err := c.get(t.Context(), "k"); !errors.Is(err, fail) {
		t.Fatal(err)
	}
	fail = nil
	if v, err := c.get(t.Context(), "k"); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}

// What was being loaded while a change came may be the old state: it must be neither kept nor given to those who ask
// afterwards.
func TestCacheForgetsLoadsUnderWay(t *testing.T) {
	t.Parallel()
	reading, read := make(chan struct{}), make(chan struct{})
	var loads atomic.Int64
	c := newCache(func(context.Context, string) (int64, error) {
		n := loads.Add(1)
		if n == 1 {
			close(reading)
			<-read
		}
		return n, nil
	})
	first := make(chan int64)
	go func() {
		v, _ := c.get(t.Context(), "k")
		first <- v
	}()
	<-reading
	c.clear()
	if v, err := c.get(t.Context(), "k"); v != 2 || err != nil {
		t.Errorf("after the change: %d, %v", v, err)
	}
	close(read)
	if v := <-first; v != 1 {
		t.Errorf("the first load gave %d", v)
	}
	if v, err := c.get(t.Context(), "k"); v != 2 || err != nil {
		t.Errorf("at the end: %d, %v", v, err)
	}
}

func TestCacheWaitsNoLongerThanItsCaller(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	c := newCache(func(context.Context, string) (int, error) { <-release; return 1, nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.get(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
	close(release)
	if v, err := c.get(t.Context(), "k"); v != 1 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
}
