package isolate

import (
	"context"
	"sync"
	"time"
)

// longTime is how long a job may take before it counts as a long one. Long jobs have places of their own, so that those that wait for
// something, and those that run away, do not keep the short ones waiting.
const longTime = 100 * time.Millisecond

// longFactor is how many long jobs there may be for each place of a short one.
const longFactor = 2

// lane is a number of places, half of which one key may have.
type lane struct {
	places chan struct{}
	mu     sync.Mutex
	taken  map[string]int
}

func newLane(size int) *lane {
	return &lane{places: make(chan struct{}, size), taken: make(map[string]int)}
}

// share takes one of the places that a key may have, if there is one; the place itself is taken from places.
func (l *lane) share(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken[key] >= max(1, cap(l.places)/2) {
		return false
	}
	l.taken[key]++
	return true
}

func (l *lane) unshare(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken[key]--; l.taken[key] == 0 {
		delete(l.taken, key)
	}
}

// seat is a job's place: one of the short jobs' first, one of the long ones' later.
type seat struct {
	pool *Pool
	key  string

	mu    sync.Mutex
	timer *time.Timer
	long  bool
	left  bool
}

// enter waits for a place among the short jobs.
func (p *Pool) enter(ctx context.Context, key string) (*seat, error) {
	for !p.short.share(key) {
		p.mu.Lock()
		changed := p.changed
		p.mu.Unlock()
		if p.short.share(key) { // between the two
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ErrBusy
		}
	}
	select {
	case p.short.places <- struct{}{}:
		return &seat{pool: p, key: key}, nil
	case <-ctx.Done():
		p.short.unshare(key)
		p.announce()
		return nil, ErrBusy
	}
}

// announce wakes those who wait for a share.
func (p *Pool) announce() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
}

// watch has the seat become a long job's when the time has come. Refuse is called when there is none.
func (s *seat) watch(refuse func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer = time.AfterFunc(longTime, func() {
		if !s.lengthen() {
			refuse()
		}
	})
}

func (s *seat) lengthen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left || s.long {
		return true
	}
	l := s.pool.long
	if !l.share(s.key) {
		return false
	}
	select {
	case l.places <- struct{}{}:
	default:
		l.unshare(s.key)
		return false
	}
	s.release(s.pool.short)
	s.long = true
	return true
}

// leave gives the place back.
func (s *seat) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = true
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.long {
		s.release(s.pool.long)
	} else {
		s.release(s.pool.short)
	}
}

func (s *seat) release(l *lane) {
	<-l.places
	l.unshare(s.key)
	s.pool.announce()
}
