package nodejs

import (
	"reflect"
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

// exported is what of Go's a JavaScript object is, if it is that. It looks at the type first: Export would copy an array or an object, however large
// it says it is.
func exported[T any](v goja.Value) (T, bool) {
	if o, ok := v.(*goja.Object); ok && o.ExportType() == reflect.TypeFor[T]() {
		t, ok := o.Export().(T)
		return t, ok
	}
	var none T
	return none, false
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
			switch o.ExportType() {
			case reflect.TypeFor[*goja.Promise]():
				return e.rt.ToValue("Promise")
			case reflect.TypeFor[goja.Proxy]():
				return e.rt.ToValue("Proxy")
			case reflect.TypeFor[goja.ArrayBuffer]():
				return e.rt.ToValue("ArrayBuffer")
			}
			return e.rt.ToValue(o.ClassName())
		},
	}
}
