package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.com/keepsake/models"
)

const (
	// maxMissing is how many names that do not exist are remembered at most: anybody can send any client_id.
	maxMissing = 1024
	// maxKey is the longest name that is looked up at all (the longest real ones are audiences and client grants).
	maxKey = 2048
	// maxLoads is how many loads of one cache run at once, so that a flood of unknown names leaves connections for others.
	maxLoads = 4
	// loadTimeout ends a load that nobody may be waiting for any more.
	loadTimeout = 10 * time.Second
)

// cache reads values through and keeps them until clear. Concurrent misses of one key are one load. Values that do
// not exist (models.ErrNotFound) are remembered too, within a bound; other errors are not.
type cache[V any] struct {
	load  func(ctx context.Context, key string) (V, error)
	slots chan struct{}

	mu      sync.RWMutex
	values  map[string]V
	missing map[string]struct{}
	flights map[string]*flight[V]
}

// flight is one load under way.
type flight[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func newCache[V any](load func(ctx context.Context, key string) (V, error)) *cache[V] {
	c := &cache[V]{load: load, slots: make(chan struct{}, maxLoads)}
	c.clear()
	return c
}

// get returns the value of a key, loading it if need be.
func (c *cache[V]) get(ctx context.Context, key string) (V, error) {
	c.mu.RLock()
	v, ok := c.values[key]
	_, gone := c.missing[key]
	c.mu.RUnlock()
	switch {
	case ok:
		return v, nil
	case gone, len(key) > maxKey:
		return v, models.ErrNotFound
	}
	f := c.join(ctx, key)
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return v, ctx.Err()
	}
}

// join returns the load of a key that is under way, or begins one. It goes on when ctx ends, for the others who wait.
func (c *cache[V]) join(ctx context.Context, key string) *flight[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[key]; ok {
		return f
	}
	f := &flight[V]{done: make(chan struct{})}
	if v, ok := c.values[key]; ok { // it has landed meanwhile
		f.value = v
		close(f.done)
		return f
	}
	c.flights[key] = f
	go c.run(context.WithoutCancel(ctx), key, f)
	return f
}

func (c *cache[V]) run(ctx context.Context, key string, f *flight[V]) {
	defer close(f.done)
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		f.value, f.err = c.load(ctx, key)
		<-c.slots
	case <-ctx.Done():
		f.err = ctx.Err()
	}
	c.land(key, f)
}

// land keeps what a load found, unless clear has forgotten the load: then it may have read what is no longer so.
func (c *cache[V]) land(key string, f *flight[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] != f {
		return
	}
	delete(c.flights, key)
	switch {
	case f.err == nil:
		c.values[key] = f.value
	case errors.Is(f.err, models.ErrNotFound):
		if len(c.missing) >= maxMissing {
			clear(c.missing)
		}
		c.missing[key] = struct{}{}
	}
}

// clear forgets everything, loads under way included.
func (c *cache[V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values = make(map[string]V)
	c.missing = make(map[string]struct{})
	c.flights = make(map[string]*flight[V])
}
