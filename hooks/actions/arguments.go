package actions

import "github.com/dop251/goja"

// notConverted stands for an argument that is of no type that hooks.API takes: it refuses it with Auth0's message.
type notConverted struct{}

// metadataArgument passes a string on as a string and null as nil. Everything else, undefined above all, is refused: there
// is no conversion anywhere (contract 1.3).
func metadataArgument(v goja.Value) any {
	switch {
	case goja.IsNull(v):
		return nil
	case goja.IsString(v):
		return v.String()
	}
	return notConverted{}
}

// scalarArgument is metadataArgument with numbers and booleans.
func scalarArgument(v goja.Value) any {
	if _, isObject := v.(*goja.Object); isObject {
		return notConverted{}
	}
	switch n := v.Export().(type) {
	case int64, float64, bool:
		return n
	}
	return metadataArgument(v)
}

// keyArgument is a key for the delete methods, which look it up with JavaScript's in. It reports false for one that can't
// be there: undefined, null, "", an object.
func keyArgument(v goja.Value) (string, bool) {
	if _, isObject := v.(*goja.Object); isObject || goja.IsUndefined(v) || goja.IsNull(v) {
		return "", false
	}
	s := v.String()
	return s, s != ""
}

// reasonArgument is a reason for the user: a string; nothing when it is left out.
func reasonArgument(v goja.Value) string {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return ""
	}
	return v.String()
}

// timeArgument is a time in milliseconds. What JavaScript counts as false is 0, for which hooks.API has Auth0's message; what
// is no number is refused.
func (x *execution) timeArgument(v goja.Value) float64 {
	if !v.ToBoolean() {
		return 0
	}
	if !goja.IsNumber(v) {
		panic(x.rt.NewTypeError("The expiration time must be a number of milliseconds."))
	}
	return v.ToFloat()
}
