package actions

import (
	"time"

	"example.com/keepsake/hooks"
)

// BuildEvent makes an execution and asks its event for the named members, for BenchmarkEvent.
func BuildEvent(e *hooks.Event, secrets map[string]string, members ...string) {
	x := newExecution(job{program: &Program{}, event: e, secrets: secrets}, time.Now)
	for _, name := range members {
		x.eventObject.Get(name)
	}
}

// EventMembers are the names of event's members.
func EventMembers() []string {
	names := make([]string, len(eventMembers))
	for i, m := range eventMembers {
		names[i] = m.name
	}
	return names
}
