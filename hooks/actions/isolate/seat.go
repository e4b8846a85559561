package isolate

import (
	"context"
	"slices"
	"sync"
	"time"
)

// longTime is how long a job may take before it counts as a long one. Long jobs have places of their own, so that those that wait for
// something, and those that run away, do not keep the short ones waiting.
const longTime = 100 * time.Millisecond

// longFactor is how many long jobs there may be for each place of a short one.
const longFactor = 2

// seats are the places in which jobs are done. Of the short jobs' places and of the long ones' a key has half at most, and beside them every
// key has one of its own, so that no job waits for those of other keys alone. Nobody is sent away: who finds no place waits for one, in the
// order of coming, and a long job that finds none among the long ones stays where it is until there is one.
type seats struct {
	mu       sync.Mutex
	short    lane
	long     lane
	own      map[string]bool // the keys that use the place of their own
	line     []*seat         // who waits for a place
	outgrown []*seat         // who waits for one among the long jobs
}

// lane is a number of places, half of which one key may have.
type lane struct {
	size, taken int
	of          map[string]int
}

func newSeats(short int) *seats {
	return &seats{
		short: lane{size: short, of: make(map[string]int)}, long: lane{size: longFactor * short, of: make(map[string]int)},
		own: make(map[string]bool),
	}
}

func (l *lane) take(key string) bool {
	if l.taken >= l.size || l.of[key] >= max(1, l.size/2) {
		return false
	}
	l.taken++
	l.of[key]++
	return true
}

func (l *lane) free(key string) {
	l.taken--
	if l.of[key]--; l.of[key] == 0 {
		delete(l.of, key)
	}
}

// place is where a job is.
type place int

const (
	placeNone place = iota // in line, or gone
	placeShort
	placeLong
	placeOwn
)

// seat is a job's place. Its members belong to seats.mu.
type seat struct {
	seats *seats
	key   string
	place place
	ready chan struct{} // closed when there is a place
	timer *time.Timer
}

// enter waits for a place. The error is ErrBusy, when ctx ends before there is one.
func (s *seats) enter(ctx context.Context, key string) (*seat, error) {
	mine := &seat{seats: s, key: key, ready: make(chan struct{})}
	s.mu.Lock()
	if !mine.settle() {
		s.line = append(s.line, mine)
	}
	s.mu.Unlock()
	select {
	case <-mine.ready:
		return mine, nil
	case <-ctx.Done():
		mine.leave()
		return nil, ErrBusy
	}
}

// settle finds a place for somebody new, if there is one.
func (s *seat) settle() bool {
	switch {
	case s.seats.short.take(s.key):
		s.place = placeShort
	case !s.seats.own[s.key]:
		s.seats.own[s.key] = true
		s.place = placeOwn
	default:
		return false
	}
	close(s.ready)
	return true
}

// begin counts the time from now on, unless it does so already.
func (s *seat) begin() {
	s.seats.mu.Lock()
	defer s.seats.mu.Unlock()
	if s.timer == nil {
		s.timer = time.AfterFunc(longTime, s.outgrow)
	}
}

// outgrow has the job move to the long ones, as soon as there is a place.
func (s *seat) outgrow() {
	s.seats.mu.Lock()
	defer s.seats.mu.Unlock()
	if s.place == placeNone || s.place == placeLong {
		return
	}
	s.seats.outgrown = append(s.seats.outgrown, s)
	s.seats.advance()
}

// leave gives the place back.
func (s *seat) leave() {
	s.seats.mu.Lock()
	defer s.seats.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	same := func(other *seat) bool { return other == s }
	s.seats.line = slices.DeleteFunc(s.seats.line, same)
	s.seats.outgrown = slices.DeleteFunc(s.seats.outgrown, same)
	s.vacate()
	s.seats.advance()
}

func (s *seat) vacate() {
	switch s.place {
	case placeShort:
		s.seats.short.free(s.key)
	case placeLong:
		s.seats.long.free(s.key)
	case placeOwn:
		delete(s.seats.own, s.key)
	}
	s.place = placeNone
}

// advance gives places that have become free to those who wait for them.
func (s *seats) advance() {
	s.outgrown = slices.DeleteFunc(s.outgrown, func(waiting *seat) bool {
		if !s.long.take(waiting.key) {
			return false
		}
		waiting.vacate()
		waiting.place = placeLong
		return true
	})
	s.line = slices.DeleteFunc(s.line, (*seat).settle)
}
