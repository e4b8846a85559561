package nodejs

import (
	"time"

	"github.com/dop251/goja"
)

// nativeGlobals are the functions of lib/internal/globals.js.
func (e *Env) nativeGlobals() functions {
	return functions{
		// now() is milliseconds since the environment was made.
		"now": func(goja.FunctionCall) goja.Value {
			return e.rt.ToValue(float64(e.Now().Sub(e.began)) / float64(time.Millisecond))
		},
		"origin": func(goja.FunctionCall) goja.Value { return e.rt.ToValue(float64(e.began.UnixMicro()) / 1000) },
	}
}

// nativeUtil are the functions of lib/util.js.
func (e *Env) nativeUtil() functions {
	return functions{
		"format": func(call goja.FunctionCall) goja.Value { return e.rt.ToValue(e.Format(call.Arguments)) },
		// inspect(value, depth)
		"inspect": func(call goja.FunctionCall) goja.Value {
			return e.rt.ToValue(e.Inspect(call.Argument(0), int(call.Argument(1).ToInteger())))
		},
		// classOf(value) is what kind of built-in object a value is; "" for what is no object.
		"classOf": func(call goja.FunctionCall) goja.Value {
			o, ok := call.Argument(0).(*goja.Object)
			if !ok {
				return e.rt.ToValue("")
			}
			switch o.Export().(type) {
			case *goja.Promise:
				return e.rt.ToValue("Promise")
			case goja.Proxy:
				return e.rt.ToValue("Proxy")
			case goja.ArrayBuffer:
				return e.rt.ToValue("ArrayBuffer")
			}
			return e.rt.ToValue(o.ClassName())
		},
	}
}
