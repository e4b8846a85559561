package main

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// The open loop: requests arrive when they are due, whether earlier ones were answered or not. A request that no connection is free for waits
// for one, and its latency counts from when it was due (so that a slow server is not asked less, and does not look faster for it).
const (
	// openConns is how many connections there are: more than the server serves at once.
	openConns = 1024
	// patience is how long a request waits for a connection before the generator gives it up.
	patience = time.Second
	// dispatchEvery is how often the generator looks which requests are due.
	dispatchEvery = time.Millisecond
)

// shot is one request of an open loop.
type shot struct {
	due     time.Duration // since the beginning
	sent    time.Duration // after it was due
	latency time.Duration // from when it was due to its answer
	verdict verdict
}

// volley is what became of the requests of an open loop.
type volley struct {
	begun  time.Time
	shots  []shot // that were sent, in the order in which they were due
	unsent int    // what the generator gave up
	first  error  // of the failures
	// done is when the last answer was there, since the beginning.
	done time.Duration
}

// fire sends requests at random times (a Poisson process) at a rate per second for a while, and waits for all answers.
func fire(ctx context.Context, conns []*wire, rate float64, duration time.Duration) *volley {
	v := &volley{begun: time.Now()}
	queue := make(chan time.Duration, int(rate*patience.Seconds())+1)
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for _, c := range conns {
		wg.Go(func() {
			own := v.serve(ctx, c, queue)
			mu.Lock()
			defer mu.Unlock()
			v.shots = append(v.shots, own.shots...)
			v.unsent += own.unsent
			if v.first == nil {
				v.first = own.first
			}
		})
	}
	crowded := v.dispatch(ctx, queue, rate, duration)
	close(queue)
	wg.Wait()
	v.done = time.Since(v.begun)
	v.unsent += crowded
	slices.SortFunc(v.shots, func(a, b shot) int { return cmp.Compare(a.due, b.due) })
	return v
}

// dispatch queues the requests as they fall due and returns how many did not even find room in the queue.
func (v *volley) dispatch(ctx context.Context, queue chan<- time.Duration, rate float64, duration time.Duration) (crowded int) {
	ticker := time.NewTicker(dispatchEvery)
	defer ticker.Stop()
	gap := func() time.Duration { return time.Duration(rand.ExpFloat64() / rate * float64(time.Second)) }
	for due := gap(); due < duration; {
		for now := time.Since(v.begun); due <= now && due < duration; due += gap() {
			select {
			case queue <- due:
			default:
				crowded++
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return crowded
		}
	}
	return crowded
}

// serve sends requests over one connection.
func (v *volley) serve(ctx context.Context, c *wire, queue <-chan time.Duration) volley {
	var own volley
	for due := range queue {
		s := shot{due: due, sent: time.Since(v.begun) - due}
		if s.sent > patience || ctx.Err() != nil {
			own.unsent++
			continue
		}
		var err error
		s.verdict, err = c.exchange(ctx)
		s.latency = time.Since(v.begun) - due
		if err != nil && own.first == nil {
			own.first = err
		}
		own.shots = append(own.shots, s)
	}
	return own
}

// count returns how many requests had one of those verdicts.
func count(shots []shot, verdicts ...verdict) int {
	n := 0
	for _, s := range shots {
		if slices.Contains(verdicts, s.verdict) {
			n++
		}
	}
	return n
}

// latencies returns a figure of the requests with a verdict, in ascending order.
func latencies(shots []shot, v verdict, figure func(shot) time.Duration) []time.Duration {
	var list []time.Duration
	for _, s := range shots {
		if s.verdict == v {
			list = append(list, figure(s))
		}
	}
	slices.Sort(list)
	return list
}

// fromDue is a request's latency from when it was due; fromSent from when it was sent.
func fromDue(s shot) time.Duration  { return s.latency }
func fromSent(s shot) time.Duration { return s.latency - s.sent }

// between returns the requests that were due in a span.
func between(shots []shot, from, to time.Duration) []shot {
	at := func(d time.Duration) int {
		i, _ := slices.BinarySearchFunc(shots, d, func(s shot, d time.Duration) int { return cmp.Compare(s.due, d) })
		return i
	}
	return shots[at(from):at(to)]
}
