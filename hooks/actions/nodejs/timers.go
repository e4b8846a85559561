package nodejs

import (
	"container/heap"
	"math"
	"time"

	"github.com/dop251/goja"
)

// maxDelay is the longest delay of a timer, as in Node.js; a longer one, or none, is a millisecond.
const maxDelay = math.MaxInt32

// nativeTimers are the functions of lib/timers.js.
func (e *Env) nativeTimers() functions {
	return functions{
		// start(callback, delay in ms; 0 for an immediate, repeat, ...args) returns an id.
		"start": func(call goja.FunctionCall) goja.Value {
			fn, ok := goja.AssertFunction(call.Argument(0))
			if !ok {
				panic(e.typeError("ERR_INVALID_ARG_TYPE", `The "callback" argument must be of type function.`))
			}
			if len(e.loop.timers) >= maxTimers {
				panic(e.rangeError("Too many timers are waiting at once."))
			}
			t := &timer{call: fn}
			if len(call.Arguments) > 3 {
				t.args = append(t.args, call.Arguments[3:]...)
			}
			delay := delayOf(call.Argument(1))
			if call.Argument(2).ToBoolean() {
				t.every = delay
			}
			e.loop.add(t, delay)
			return e.rt.ToValue(t.id)
		},
		"stop": func(call goja.FunctionCall) goja.Value {
			if t, ok := e.loop.byID[call.Argument(0).ToInteger()]; ok {
				delete(e.loop.byID, t.id)
				if t.at >= 0 {
					heap.Remove(&e.loop.timers, t.at)
				}
			}
			return goja.Undefined()
		},
		"hold": func(call goja.FunctionCall) goja.Value {
			if t, ok := e.loop.byID[call.Argument(0).ToInteger()]; ok {
				t.unref = !call.Argument(1).ToBoolean()
			}
			return goja.Undefined()
		},
	}
}

func (l *loop) add(t *timer, delay time.Duration) {
	l.lastID++
	t.id, t.order, t.when = l.lastID, l.lastID, time.Now().Add(delay)
	l.byID[t.id] = t
	heap.Push(&l.timers, t)
}

// delayOf is a delay in milliseconds as Node.js takes it; negative is an immediate.
func delayOf(v goja.Value) time.Duration {
	ms := v.ToFloat()
	switch {
	case ms == -1:
		return 0
	case !(ms >= 1 && ms <= maxDelay):
		ms = 1
	}
	return time.Duration(ms * float64(time.Millisecond))
}
