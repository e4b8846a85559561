package actions

import (
	"example.com/keepsake/hooks"
	"github.com/dop251/goja"
)

// BuildEvent makes a runtime and an event in it, for BenchmarkEvent.
func BuildEvent(e *hooks.Event, secrets map[string]string) {
	builder{goja.New()}.event(e, secrets)
}
