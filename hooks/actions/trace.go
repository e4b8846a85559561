package actions

import "github.com/dop251/goja"

// Command is one call of a member of api, for who watches an Action at work.
type Command struct {
	// Action is the name of the Action, Name that of the member: "refreshToken.setMetadata".
	Action string
	Name   string
	// Arguments are written as console writes them.
	Arguments []string
	// Error is the message of what the call threw.
	Error string
}

// traced makes a call and tells the watcher of it.
func (x *execution) traced(name string, fn function, call goja.FunctionCall) goja.Value {
	c := Command{Action: x.program.name, Name: name}
	for _, v := range call.Arguments {
		c.Arguments = append(c.Arguments, x.shown(v))
	}
	defer func() {
		p := recover()
		if p != nil {
			c.Error = x.messageOf(p)
		}
		_ = x.guarded(func() error { // not when the execution was left behind
			x.trace(c)
			return nil
		})
		if p != nil {
			panic(p)
		}
	}()
	return fn(x, call)
}

func (x *execution) shown(v goja.Value) string {
	f := inspector{rt: x.rt}
	if ex := x.rt.Try(func() { f.value(v) }); ex != nil {
		return "(a value that can't be shown)"
	}
	return cut(f.out.String(), maxLine)
}

// messageOf is the message of what a binding threw: a JavaScript error, as a panic.
func (x *execution) messageOf(thrown any) string {
	message := "it was interrupted"
	if object, ok := thrown.(*goja.Object); ok {
		_ = x.rt.Try(func() {
			if m := object.Get("message"); m != nil {
				message = text(m)
			}
		})
	}
	return message
}
