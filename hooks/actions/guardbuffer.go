package actions

import (
	"strings"

	"github.com/dop251/goja"
)

// elementSizes are the constructors of buffers and how many bytes one element takes.
var elementSizes = map[string]int{
	"ArrayBuffer": 1, "Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1, "Int16Array": 2, "Uint16Array": 2,
	"Int32Array": 4, "Uint32Array": 4, "Float32Array": 4, "Float64Array": 8, "BigInt64Array": 8, "BigUint64Array": 8,
}

var bufferGuards = newBufferGuards()

func newBufferGuards() []*namedGuard {
	var typed []string
	list := make([]*namedGuard, 0, len(elementSizes)+1)
	for name, size := range elementSizes {
		list = append(list, &namedGuard{words: []string{name}, install: func(x *execution) { x.guardBuffer(name, size) }})
		if strings.HasSuffix(name, "Array") {
			typed = append(typed, name)
		}
	}
	return append(list, &namedGuard{words: typed, install: guardTypedArrays})
}

// guardBuffer bounds what a constructor allocates. It is a proxy, so that instanceof and classes that extend it work.
func (x *execution) guardBuffer(name string, size int) {
	x.guardConstructor(x.rt.Get(name), name, func(args []goja.Value) {
		if len(args) == 0 {
			return
		}
		if name == "ArrayBuffer" {
			asNumber(args, 0)
		}
		n := finite(args[0])
		if o, ok := args[0].(*goja.Object); ok && o.ClassName() != "ArrayBuffer" {
			n = float64(x.lengthOf(o))
		}
		x.check(limitBuffer, n*float64(size), "Array buffer allocation failed")
	})
}

// guardConstructor checks the arguments of every call of a constructor, whichever way to it is taken. An empty global name
// means that it is no global.
func (x *execution) guardConstructor(v goja.Value, global string, check func(args []goja.Value)) {
	constructor, ok := v.(*goja.Object)
	if !ok {
		return
	}
	construct, ok := goja.AssertConstructor(constructor)
	if !ok {
		return
	}
	call, _ := goja.AssertFunction(constructor)
	proxy := x.rt.ToValue(x.rt.NewProxy(constructor, &goja.ProxyTrapConfig{
		Construct: func(_ *goja.Object, args []goja.Value, newTarget *goja.Object) *goja.Object {
			check(args)
			o, err := construct(newTarget, args...)
			if err != nil {
				panic(err)
			}
			return o
		},
		Apply: func(_ *goja.Object, this goja.Value, args []goja.Value) goja.Value {
			check(args)
			return callOn(call, goja.FunctionCall{This: this, Arguments: args})
		},
	}))
	if global != "" {
		_ = x.rt.GlobalObject().DefineDataProperty(global, proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	_ = constructor.DefineDataPropertySymbol(goja.SymHasInstance, x.function("[Symbol.hasInstance]", x.hasInstance), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	if prototype, ok := constructor.Get("prototype").(*goja.Object); ok {
		_ = prototype.DefineDataProperty("constructor", proxy, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

// hasInstance is what instanceof asks of a constructor. goja has no answer for one behind a proxy.
func (x *execution) hasInstance(call goja.FunctionCall) goja.Value {
	constructor, ok := call.This.(*goja.Object)
	object, isObject := call.Argument(0).(*goja.Object)
	if !ok || !isObject {
		return x.rt.ToValue(false)
	}
	sought, ok := constructor.Get("prototype").(*goja.Object)
	for p := object.Prototype(); ok && p != nil; p = p.Prototype() {
		if p == sought {
			return x.rt.ToValue(true)
		}
	}
	return x.rt.ToValue(false)
}

// guardTypedArrays is for what the typed arrays inherit from their common constructor.
func guardTypedArrays(x *execution) {
	prototype := x.prototype("Int8Array")
	if prototype == nil || prototype.Prototype() == nil {
		return
	}
	prototype = prototype.Prototype()
	x.replace(prototype, "join", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			asText(call.Arguments, 0)
			if o, ok := call.This.(*goja.Object); ok {
				x.checkJoin(o, call.Argument(0))
			}
			return callOn(original, call)
		}
	})
	if constructor, ok := prototype.Get("constructor").(*goja.Object); ok {
		x.replace(constructor, "from", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
			return func(call goja.FunctionCall) goja.Value {
				x.checkLength(call.Argument(0))
				return callOn(original, call)
			}
		})
	}
}
