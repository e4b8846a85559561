package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// overloadFactor is how many times the capacity arrives.
	overloadFactor = 10
	// overloadTokens are the tokens of the connections, and those that take the place of tokens whose exchange failed.
	overloadTokens = 20 * openConns
	// recoverySlots is how many seconds the recovery is looked at.
	recoverySlots = 8
	// recovered is how much of the unloaded p99 the p99 of a second may be when the server counts as well again: p99 of so few requests
	// varies by about that.
	recovered = 1.5
)

// overloadWith sends a server with some Actions far more than it can answer.
func overloadWith(actions string) func(context.Context, *world, *section) error {
	return func(ctx context.Context, w *world, s *section) error {
		t, err := w.open(ctx, s, postgres, actions)
		if err != nil {
			return err
		}
		tokens, err := w.fill(ctx, t, overloadTokens)
		if err != nil {
			return err
		}
		if err := w.settle(ctx, t); err != nil {
			return err
		}
		o := &overload{world: w, target: t, section: s, conns: newWires(t.process.address, tokens)}
		defer o.close()
		return o.run(ctx)
	}
}

// overload is the study while it runs.
type overload struct {
	world   *world
	target  *target
	section *section
	conns   []*wire
	phases  *table
}

// newWires makes the connections. All are used from one goroutine each, but take fresh tokens from the same ones.
func newWires(address string, tokens *bulk) []*wire {
	next := make(chan int, tokens.count)
	for i := range tokens.count {
		next <- i
	}
	close(next)
	fresh := func() int {
		if i, ok := <-next; ok {
			return i
		}
		return -1
	}
	conns := make([]*wire, openConns)
	for i := range conns {
		conns[i] = &wire{address: address, tokens: tokens, fresh: fresh, token: -1}
	}
	return conns
}

func (o *overload) close() {
	for _, c := range o.conns {
		c.close()
	}
}

func (o *overload) run(ctx context.Context) error {
	// 1. What the server does when it is not overloaded.
	duration := o.world.options.Duration
	unloaded := map[int]*tally{}
	o.phases = o.section.add("Closed loop: each worker waits for its answer.", "workers", "per second", "p50 ms", "p99 ms", "errors")
	o.closed(ctx, 8, duration) // a warm-up
	o.phases.Rows = nil
	capacity := 0.0
	for _, workers := range []int{1, 8, 32, 64} {
		seen := o.closed(ctx, workers, duration)
		if len(seen.latencies) == 0 {
			return fmt.Errorf("nothing was answered: %w", seen.first)
		}
		unloaded[workers] = seen
		capacity = max(capacity, seen.rate())
	}
	before := quantile(unloaded[8].latencies, 0.99)

	// 2. All connections are open before more arrives than can be answered.
	for _, c := range o.conns {
		if err := c.connect(ctx); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
	}
	used, err := o.world.usage(ctx, o.target)
	if err != nil {
		return err
	}
	v := fire(ctx, o.conns, overloadFactor*capacity, o.world.options.Overload)
	if err := ctx.Err(); err != nil {
		return err
	}
	after, err := o.world.usage(ctx, o.target)
	if err != nil {
		return err
	}

	o.tell(v, capacity, unloaded)
	cores := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()/v.done.Seconds()) }
	o.section.note("Processors used meanwhile: server %s, PostgreSQL %s, load generator %s.",
		cores(after.server-used.server), cores(after.database-used.database), cores(after.generator-used.generator))

	// 3. The eight workers of before tell when it is over.
	o.recover(ctx, before)
	return ctx.Err()
}

// closed has some of the connections exchange tokens for a while.
func (o *overload) closed(ctx context.Context, workers int, duration time.Duration) *tally {
	seen := play(ctx, players(o.conns[:workers]), duration)
	o.phases.row(fmt.Sprint(workers), number(seen.rate()), millis(seen.latencies, 0.5), millis(seen.latencies, 0.99), fmt.Sprint(seen.errors))
	return seen
}

// players are the connections in a closed loop, where being told to come back is an error.
func players(conns []*wire) []player {
	list := make([]player, len(conns))
	for i, c := range conns {
		list[i] = func(ctx context.Context) error {
			v, err := c.exchange(ctx)
			if err == nil && v != answered {
				err = errShed
			}
			return err
		}
	}
	return list
}

// errShed is for a request that was shed when there was no overload.
var errShed = errors.New("the server was too busy")

// recover looks when everything is as it was before.
func (o *overload) recover(ctx context.Context, before time.Duration) {
	s := o.section
	rows := s.add("Eight workers in a closed loop, from the last answer on.", "second", "per second", "p50 ms", "p99 ms", "÷ before", "shed or failed")
	well := 0
	second := min(time.Second, o.world.options.Overload) // shorter ones are for tests
	for n := range recoverySlots {
		seen := play(ctx, players(o.conns[:8]), second)
		p99 := quantile(seen.latencies, 0.99)
		if well == 0 && seen.errors == 0 && len(seen.latencies) > 0 && ratio(p99, before) <= recovered {
			well = n + 1
		}
		rows.row(fmt.Sprint(n+1), number(seen.rate()), millis(seen.latencies, 0.5), inMillis(p99), fmt.Sprintf("%.2f", ratio(p99, before)), fmt.Sprint(seen.errors))
	}
	s.Figures["well_in_second"] = float64(well)
	if well > 0 {
		s.note("Well again (p99 of a second at most %.1f of the unloaded one, nothing shed) in second %d after the last answer.", recovered, well)
	} else {
		s.note("Not well again within %d seconds.", recoverySlots)
	}
}

// tell reports what became of too many requests.
func (o *overload) tell(v *volley, capacity float64, unloaded map[int]*tally) {
	s := o.section
	due, sent := latencies(v.shots, answered, fromDue), latencies(v.shots, answered, fromSent)
	total := len(v.shots) + v.unsent
	duration := o.world.options.Overload
	s.note("The capacity is %s exchanges/s in a closed loop. Then %s/s were due for %s, at random times, on %d connections: %d requests. Latencies are from when a request was due; "+
		"\"from sending\" leaves out what it waited in the generator. A request that no connection was free for within %s was never sent.",
		number(capacity), number(float64(total)/duration.Seconds()), duration, len(o.conns), total, patience)
	rows := s.add("Open loop, by the second in which requests were due.", "second", "sent", "200", "503 with Retry-After", "503 without", "failed", "p50 of 200 ms", "p99", "p50 from sending", "p99", "p99 of 503 from sending")
	slots := int((duration + time.Second - 1) / time.Second)
	for n := range slots {
		from, to := time.Duration(n)*time.Second, time.Duration(n+1)*time.Second
		shots := between(v.shots, from, to)
		addShots(rows, fmt.Sprint(n+1), shots)
	}
	addShots(rows, "all", v.shots)
	s.note("Never sent: %d of %d. Failed: %d%s. The last answer came %s after the last request was due.", v.unsent, total, count(v.shots, failed), because(v.first),
		max(0, v.done-duration).Round(time.Millisecond))

	p99, sentP99 := quantile(due, 0.99), quantile(sent, 0.99)
	for _, workers := range []int{1, 8} {
		base := quantile(unloaded[workers].latencies, 0.99)
		s.note("p99 of what was answered with 200 is %.1f times the unloaded p99 of %d workers (%s ms), from sending %.1f times.", ratio(p99, base), workers, inMillis(base), ratio(sentP99, base))
		s.Figures[fmt.Sprintf("p99_to_unloaded_%d", workers)] = ratio(p99, base)
		s.Figures[fmt.Sprintf("p99_from_sending_to_unloaded_%d", workers)] = ratio(sentP99, base)
	}
	s.Figures["capacity"], s.Figures["due"], s.Figures["unsent"] = capacity, float64(total), float64(v.unsent)
	s.Figures["answered"], s.Figures["shed"] = float64(len(due)), float64(count(v.shots, shed))
	s.Figures["shed_without_retry_after"], s.Figures["failed"] = float64(count(v.shots, shedSilently)), float64(count(v.shots, failed))
}

func addShots(rows *table, label string, shots []shot) {
	good, sent, refused := latencies(shots, answered, fromDue), latencies(shots, answered, fromSent), latencies(shots, shed, fromSent)
	rows.row(label, fmt.Sprint(len(shots)), fmt.Sprint(len(good)), fmt.Sprint(count(shots, shed)), fmt.Sprint(count(shots, shedSilently)), fmt.Sprint(count(shots, failed)),
		millis(good, 0.5), millis(good, 0.99), millis(sent, 0.5), millis(sent, 0.99), millis(refused, 0.99))
}

// because is the reason of failures, in parentheses.
func because(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf(" (the first: %v)", err)
}
