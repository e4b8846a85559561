package nodejs

import "github.com/dop251/goja"

// newError makes a JavaScript Error of a class, with a code as Node.js's errors have; "" for none.
func (e *Env) newError(class, code, message string) *goja.Object {
	constructor := e.rt.Get(class)
	if constructor != nil {
		if o, err := e.rt.New(constructor, e.rt.ToValue(message)); err == nil {
			if code != "" {
				_ = o.Set("code", code)
			}
			return o
		}
	}
	return e.rt.NewTypeError("%s", message) // the Action has put something else in the constructor's place
}

func (e *Env) typeError(code, message string) *goja.Object {
	return e.newError("TypeError", code, message)
}

func (e *Env) rangeError(message string) *goja.Object {
	return e.newError("RangeError", "ERR_OUT_OF_RANGE", message)
}

func (e *Env) fail(message string) *goja.Object { return e.newError("Error", "", message) }
