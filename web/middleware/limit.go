package middleware

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// What a Limiter allows unless LimitOptions says otherwise.
const (
	// DefaultWorkingPerCPU is how many requests are worked on at once for each CPU. Two cores serve the most with 32, and are no faster with more.
	DefaultWorkingPerCPU = 16
	// DefaultInside is how many requests are inside at most, those that stepped aside included. Each keeps some memory.
	DefaultInside = 512
	// DefaultHold is how long a request that is refused is kept before it is told so.
	DefaultHold = 250 * time.Millisecond
	// DefaultHeld is how many are kept at once. Each is a connection, with a few kilobytes.
	DefaultHeld = 8192
)

// LimitOptions configures a Limiter. Zero means the default.
type LimitOptions struct {
	// Working is how many requests are worked on at once; zero: DefaultWorkingPerCPU for each CPU.
	Working int
	// Waiting is how many more wait for their turn, in the order in which they came; zero: as many as Working. A burst is then served,
	// and who is last in the line waits no longer than somebody is worked on.
	Waiting int
	// Crowded is how many are let in, in the end, when far more come than can be worked on and wait; zero: half of Working. There is always
	// somebody to let in then, so that a line would only make everybody wait.
	Crowded int
	// Inside is how many are worked on, wait or have stepped aside, together.
	Inside int
	// Hold is how long a request that is refused is kept before the answer, and Held how many are kept at once.
	Hold time.Duration
	Held int
	// Exempt are paths that are always served: those that say how the server is.
	Exempt []string
	// Shed is told of each request that is refused; nil: nobody is.
	Shed func()
	// Logger gets a line when requests are refused, at most one a second; nil means none.
	Logger *slog.Logger
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Limiter bounds what a server does at once. A server that queues without end answers everybody late, and goes on doing so for those
// who have left; one that refuses answers the others in time, and is well again as soon as there is less to do.
//
// Its Limit stands outside of everything else: what is refused must cost next to nothing.
type Limiter struct {
	options LimitOptions
	turns   chan struct{} // one element for each request that is worked on
	active  atomic.Int64  // worked on, or waiting for it
	inside  atomic.Int64  // active, or stepped aside
	refusal refusal
}

// NewLimiter returns a Limiter.
func NewLimiter(o LimitOptions) *Limiter {
	o.Working = positive(o.Working, DefaultWorkingPerCPU*runtime.GOMAXPROCS(0))
	o.Waiting = positive(o.Waiting, o.Working)
	o.Crowded = positive(o.Crowded, (o.Working+1)/2)
	o.Inside = max(positive(o.Inside, DefaultInside), o.Working+o.Waiting)
	return &Limiter{options: o, turns: make(chan struct{}, o.Working), refusal: newRefusal(o)}
}

func positive[N int | time.Duration](n, standard N) N {
	if n > 0 {
		return n
	}
	return standard
}

// Limit serves a request when it is its turn, and answers 503 with Retry-After when too many wait already.
func (l *Limiter) Limit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(l.options.Exempt, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if !l.enter(r.Context()) {
			l.refusal.answer(w, r)
			return
		}
		defer l.leave()
		next.ServeHTTP(w, r)
	})
}

// enter waits for a turn; false when there is none to wait for, or the request's ctx ended meanwhile.
func (l *Limiter) enter(ctx context.Context) bool {
	active, inside := l.active.Add(1), l.inside.Add(1)
	if active <= l.most(active) && inside <= int64(l.options.Inside) {
		select { // a channel serves those who wait in their order
		case l.turns <- struct{}{}:
			return true
		case <-ctx.Done():
		}
	}
	l.active.Add(-1)
	l.inside.Add(-1)
	return false
}

// most is how many may be active now, of whom so many are there: the fewer, the more have come. Those who are kept before they are refused tell
// how many that is, so that nothing has to be remembered, and everybody is served again as soon as fewer come.
func (l *Limiter) most(active int64) int64 {
	all := int64(l.options.Working + l.options.Waiting)
	tooMany := max(0, active+l.refusal.held.Load()-all)
	return max(all-tooMany, int64(l.options.Crowded))
}

func (l *Limiter) leave() {
	<-l.turns
	l.active.Add(-1)
	l.inside.Add(-1)
}

// StepAside lets another request be worked on while the caller, in a request of its own, waits for something that costs the server nothing: a
// turn to hash a password, an answer from elsewhere. The caller calls back when it goes on, which waits for a turn: nobody is refused
// half-way. Outside of a request it does nothing.
func (l *Limiter) StepAside() (back func()) {
	select {
	case <-l.turns:
	default:
		return func() {}
	}
	l.active.Add(-1)
	return func() {
		l.active.Add(1)
		l.turns <- struct{}{}
	}
}
