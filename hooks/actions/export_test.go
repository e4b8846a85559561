package actions

import (
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// BuildEvent makes an execution and asks its event for the named members, for BenchmarkEvent.
func BuildEvent(e *hooks.Event, secrets map[string]string, members ...string) {
	x := newExecution(job{program: &Program{}, event: e, secrets: secrets}, time.Now)
	for _, name := range members {
		x.eventObject.Get(name)
	}
}

// Engine is what the hooks of one test share.
type Engine = engine

// NewEngine makes an engine.
func NewEngine(o Options) *Engine { return newEngine(o.withDefaults()) }

// Close stops its worker processes.
func (e *Engine) Close() { e.close() }

// Strain is what a hook's Action has on its account.
func Strain(h hooks.Hook) int { return int(h.(*hook).program.strain.level.Load()) }

// Metered reports whether the executions of a hook's Action are metered exactly.
func Metered(h hooks.Hook) bool { return h.(*hook).program.strain.metered() }

// NewOn makes a hook on an engine.
func NewOn(e *Engine, b models.BoundAction) (hooks.Hook, error) {
	p, err := compileAction(b.Action)
	if err != nil {
		return nil, err
	}
	return newHook(b, p, e), nil
}

// EventMembers are the names of event's members.
func EventMembers() []string {
	names := make([]string, len(eventMembers))
	for i, m := range eventMembers {
		names[i] = m.name
	}
	return names
}

// Confined reports whether an Action begins in a worker process from now on.
func Confined(h hooks.Hook) bool { return h.(*hook).program.strain.confined() }
