package actions

import (
	"math"
	"reflect"
	"slices"
	"sync"

	"github.com/dop251/goja"
)

// What a guard measures has to be what the built-in function gets. An object can say something else each time that it is asked: by valueOf or
// toString, by a getter, or as a proxy. So what is to be a number or a string becomes one before it is measured, once, and the function gets that;
// and where a member has to be read again, an object that may change its mind belongs into a worker process.

// asNumber makes an argument that is an object a number, as the function would.
func asNumber(args []goja.Value, i int) {
	if i < len(args) {
		if o, ok := args[i].(*goja.Object); ok {
			args[i] = o.ToNumber()
		}
	}
}

// asText makes an argument that is an object a string.
func asText(args []goja.Value, i int) {
	if i < len(args) {
		if o, ok := args[i].(*goja.Object); ok {
			args[i] = o.ToString()
		}
	}
}

// asReplacement is asText for what is no function.
func asReplacement(args []goja.Value, i int) {
	if i < len(args) {
		if _, callable := goja.AssertFunction(args[i]); !callable {
			asText(args, i)
		}
	}
}

// asPattern is asText for what is no regular expression, nor an object that does with a string what one does by the method of that symbol.
func asPattern(args []goja.Value, i int, symbol *goja.Symbol) {
	if i < len(args) {
		if o, ok := args[i].(*goja.Object); ok && o.ClassName() != "RegExp" {
			if own := o.GetSymbol(symbol); own == nil || goja.IsUndefined(own) || goja.IsNull(own) {
				asText(args, i)
			}
		}
	}
}

// lengthOf is an array-like object's length, which stays what it is. An object of which that can't be said belongs into a worker process.
func (x *execution) lengthOf(o *goja.Object) int64 {
	switch o.ClassName() {
	case "Array", "String": // they have one of their own that can't be redefined
		return lengthOf(o)
	}
	v, ok := x.member(o, "length")
	if _, isObject := v.(*goja.Object); !ok || isObject {
		x.elsewhere()
		return lengthOf(o)
	}
	return toLength(v)
}

// member reads a member that is plain data, or that isn't there (nil), of the object or of what it inherits from; ok is false if it is anything
// else, such as a getter.
func (x *execution) member(o *goja.Object, name string) (v goja.Value, ok bool) {
	describe := x.descriptors()
	if describe == nil {
		return nil, false
	}
	key := x.rt.ToValue(name)
	for holder := o; holder != nil; holder = holder.Prototype() {
		if holder.ExportType() == proxyType {
			return nil, false
		}
		found, err := describe(goja.Undefined(), holder, key)
		if err != nil {
			return nil, false
		}
		descriptor, isObject := found.(*goja.Object)
		if !isObject {
			continue
		}
		if slices.Contains(descriptor.Keys(), "value") {
			return descriptor.Get("value"), true
		}
		if pointer(descriptor.Get("get")) == pristine().typedLength {
			return o.Get(name), true
		}
		return nil, false
	}
	return nil, true
}

// descriptors is Object.getOwnPropertyDescriptor as it was in the beginning; nil when the Action has put something else in its place.
func (x *execution) descriptors() goja.Callable {
	if x.describe == nil {
		if constructor := x.constructor("Object"); constructor != nil {
			if v := constructor.Get("getOwnPropertyDescriptor"); pointer(v) == pristine().descriptor {
				x.describe, _ = goja.AssertFunction(v)
			}
		}
	}
	return x.describe
}

var proxyType = reflect.TypeFor[goja.Proxy]()

// pristine has the code of built-in functions that are looked for in runtimes that Actions may have changed.
var pristine = sync.OnceValue(func() (p struct{ descriptor, typedLength uintptr }) {
	rt := goja.New()
	p.descriptor = pointer(rt.Get("Object").ToObject(rt).Get("getOwnPropertyDescriptor"))
	getter, err := rt.RunString(`Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Int8Array.prototype), 'length').get`)
	if err != nil {
		panic(err) // it is part of this program
	}
	p.typedLength = pointer(getter)
	return p
})

// pointer is the code of a built-in function; 0: it is none.
func pointer(v goja.Value) uintptr {
	o, ok := v.(*goja.Object)
	if !ok {
		return 0
	}
	if f, ok := o.Export().(func(goja.FunctionCall) goja.Value); ok {
		return reflect.ValueOf(f).Pointer()
	}
	return 0
}

// toLength is JavaScript's ToLength of a primitive value.
func toLength(v goja.Value) int64 {
	if v == nil || goja.IsUndefined(v) {
		return 0
	}
	f := v.ToFloat()
	switch {
	case math.IsNaN(f) || f <= 0:
		return 0
	case f > 1<<53-1:
		return 1<<53 - 1
	}
	return int64(f)
}
