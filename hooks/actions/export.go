package actions

import (
	"math"

	"github.com/dop251/goja"
)

// export makes of a JavaScript value the Go value that JSON.parse(JSON.stringify(v)) would be of: toJSON is called,
// functions and symbols are left out of objects and null in arrays, numbers that are not finite are null. The second
// result is false for a value that JSON has no text for, such as undefined. A cycle, a BigInt, and what is too large for
// any token throw in JavaScript.
//
// It may run JavaScript (getters, toJSON), so the seam's lock must not be held.
func (x *execution) export(v goja.Value) (any, bool) {
	e := exporter{x: x}
	return e.value("", v)
}

type exporter struct {
	x     *execution
	nodes int
	stack []*goja.Object
}

func (e *exporter) value(key string, v goja.Value) (any, bool) {
	e.count()
	if o, ok := v.(*goja.Object); ok {
		v = e.toJSON(key, o)
	}
	if v == nil || goja.IsUndefined(v) {
		return nil, false
	}
	if goja.IsNull(v) {
		return nil, true
	}
	if o, ok := v.(*goja.Object); ok {
		return e.object(o)
	}
	return e.primitive(v)
}

func (e *exporter) primitive(v goja.Value) (any, bool) {
	if goja.IsString(v) {
		return v.String(), true
	}
	if goja.IsBigInt(v) {
		panic(e.x.rt.NewTypeError("Do not know how to serialize a BigInt"))
	}
	switch n := v.Export().(type) {
	case bool:
		return n, true
	case int64:
		return n, true
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, true
		}
		return n, true
	}
	return nil, false // a symbol
}

func (e *exporter) toJSON(key string, o *goja.Object) goja.Value {
	toJSON, ok := goja.AssertFunction(o.Get("toJSON"))
	if !ok {
		return o
	}
	v, err := toJSON(o, e.x.rt.ToValue(key))
	if err != nil {
		panic(err)
	}
	return v
}

func (e *exporter) object(o *goja.Object) (any, bool) {
	if _, isFunction := goja.AssertFunction(o); isFunction {
		return nil, false
	}
	switch o.ClassName() {
	case "String":
		return o.String(), true
	case "Number":
		return e.primitive(o.ToNumber())
	case "Boolean":
		return e.primitive(e.x.unbox(o))
	}
	e.push(o)
	defer e.pop()
	if o.ClassName() == "Array" {
		return e.array(o), true
	}
	m := make(map[string]any)
	for _, k := range o.Keys() {
		if v, ok := e.value(k, o.Get(k)); ok {
			m[k] = v
		}
	}
	return m, true
}

func (e *exporter) array(o *goja.Object) []any {
	length := lengthOf(o)
	if length > maxExportNodes {
		e.tooLarge()
	}
	list := make([]any, length)
	for i := range list {
		key := e.x.rt.ToValue(i).String()
		list[i], _ = e.value(key, o.Get(key))
	}
	return list
}

func (e *exporter) push(o *goja.Object) {
	for _, parent := range e.stack {
		if parent == o {
			panic(e.x.rt.NewTypeError("Converting circular structure to JSON"))
		}
	}
	if len(e.stack) >= maxExportDepth {
		e.tooLarge()
	}
	e.stack = append(e.stack, o)
}

func (e *exporter) pop() { e.stack = e.stack[:len(e.stack)-1] }

// count bounds the whole: no claim has more values than a token may have bytes.
func (e *exporter) count() {
	if e.nodes++; e.nodes > maxExportNodes {
		e.tooLarge()
	}
}

func (e *exporter) tooLarge() {
	panic(e.x.newError("RangeError", "The value is too large to be kept as JSON."))
}

// unbox returns what a Boolean object holds.
func (x *execution) unbox(o *goja.Object) goja.Value {
	b, _ := o.Export().(bool)
	return x.rt.ToValue(b)
}

// lengthOf is an array-like object's length, as JavaScript's LengthOfArrayLike.
func lengthOf(o *goja.Object) int64 {
	return toLength(o.Get("length"))
}
