package hooks

import (
	"context"
	"math"
	"slices"
)

// Resume goes on with a run that was suspended: the hook that did it continues, then come the ones after it. Those before it are
// not run again. The time limit counts anew (contract 3.7). A hook that has been unbound in the meantime is left out, and the run goes on
// with what follows the hooks that have run. State is used up. The results are those of Run.
func (c *Chain) Resume(ctx context.Context, event *Event, state *State) (*Outcome, error) {
	out, suspension := state.Outcome, state.Outcome.Suspension
	out.Suspension = nil
	state.restore(event)
	if state.Ended || len(c.Hooks) == 0 {
		return out, nil
	}
	first, found := c.position(state.Done)
	var ran []string // of use only when the order has changed: what ran may be behind the position now
	if !c.begins(state.Done) {
		ran = state.Done
	}
	_, continues := hookAt(c.Hooks, first).(Continuer)
	if !found || !continues || suspension == nil || (suspension.Redirect == nil && suspension.Render == nil) {
		if found {
			first++
		}
		return c.run(ctx, event, out, first, false, ran)
	}
	return c.run(ctx, event, out, first, true, ran)
}

// begins reports whether the hooks begin with those that have run, in their order.
func (c *Chain) begins(done []string) bool {
	if len(done) > len(c.Hooks) {
		return false
	}
	for i, key := range done {
		if keyOf(infoOf(c.Hooks[i])) != key {
			return false
		}
	}
	return true
}

// position returns where the hook that suspended the run is now; or, when it is not bound any more, where to go on without it.
func (c *Chain) position(done []string) (int, bool) {
	if len(done) == 0 {
		return 0, false
	}
	last := len(done) - 1
	if last < len(c.Hooks) && keyOf(infoOf(c.Hooks[last])) == done[last] {
		return last, true // nothing has moved, which also tells two bindings of one Action apart
	}
	next := 0
	for i, h := range c.Hooks {
		switch key := keyOf(infoOf(h)); {
		case key == done[last]:
			return i, true
		case slices.Contains(done, key):
			next = i + 1
		}
	}
	return next, false
}

func hookAt(list []Hook, i int) Hook {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// suspend makes the state of a run that the hook at position has suspended. ran are the keys of hooks that have run and may be anywhere.
func (c *Chain) suspend(event *Event, out *Outcome, position int, ran []string) *State {
	done := slices.Clip(ran)
	for _, h := range c.Hooks[:position+1] {
		done = append(done, keyOf(infoOf(h)))
	}
	out.Suspension.HookID = done[len(done)-1]
	return &State{Outcome: out, Done: done, TransactionMetadata: storableMetadata(event)}
}

// storableMetadata is the transaction's metadata without numbers that JSON does not have; to JSON.stringify they are null,
// which deletes.
func storableMetadata(event *Event) map[string]any {
	if event.Transaction == nil {
		return nil
	}
	kept := make(map[string]any, len(event.Transaction.Metadata))
	for k, v := range event.Transaction.Metadata {
		if f, ok := v.(float64); !ok || !math.IsNaN(f) && !math.IsInf(f, 0) {
			kept[k] = v
		}
	}
	return kept
}
