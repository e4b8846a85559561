package actions

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"
)

const messageArrayLength = "Invalid array length"

// arrayMethods walk their array-like this from end to end, in Go, however long its length says it is.
var arrayMethods = []string{
	"copyWithin", "entries", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach",
	"includes", "indexOf", "keys", "lastIndexOf", "map", "push", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "sort",
	"splice", "toLocaleString", "toReversed", "toSorted", "toSpliced", "unshift", "values", "with",
}

// arrayWords are of code that may make a large array, or one that holds another many times. Any array becomes a string, by join,
// wherever JavaScript wants a string: in "" + a, as in a template.
var arrayWords = []string{
	"Array", "assign", "concat", "defineProperties", "defineProperty", "entries", "fill", "flat", "flatMap", "from", "fromEntries",
	"getOwnPropertyNames", "groupBy", "join", "keys", "map", "match", "matchAll", "of", "ownKeys", "parse", "push", "set", "setPrototypeOf", "splice",
	"split", "toSpliced", "unshift", "values", "with",
}

var arrayGuards = append(lengthGuards(),
	&namedGuard{words: []string{"concat"}, install: guardConcat},
	&namedGuard{words: []string{"flat"}, install: guardFlat},
	&namedGuard{words: arrayWords, syntax: func(f *facts) bool { return f.builds }, install: guardJoin},
	&namedGuard{words: []string{"from"}, install: guardFrom},
	&namedGuard{words: iterationWords, syntax: spreads, install: func(x *execution) { x.guardIterator(x.prototype("Array")) }},
)

// callbackMethods are those of arrayMethods that call a function for each element.
var callbackMethods = map[string]bool{
	"every": true, "filter": true, "find": true, "findIndex": true, "findLast": true, "findLastIndex": true, "flatMap": true, "forEach": true,
	"map": true, "reduce": true, "reduceRight": true, "some": true, "sort": true, "toSorted": true,
}

func spreads(f *facts) bool { return f.spreads }

func lengthGuards() []*namedGuard {
	list := make([]*namedGuard, 0, len(arrayMethods))
	for _, name := range arrayMethods {
		list = append(list, &namedGuard{words: []string{name}, install: func(x *execution) {
			x.replace(x.prototype("Array"), name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
				return func(call goja.FunctionCall) goja.Value {
					x.checkLength(call.This)
					if callbackMethods[name] && len(call.Arguments) > 0 {
						call.Arguments[0] = x.watched(call.Arguments[0])
					}
					return x.deeper(original, call)
				}
			})
		}})
	}
	return list
}

// checkLength refuses an array-like that is too long to be walked.
func (x *execution) checkLength(v goja.Value) {
	if o, ok := v.(*goja.Object); ok {
		x.check(limitArray, float64(x.lengthOf(o)), messageArrayLength)
	} else {
		x.check(limitString, float64(stringLength(v)), messageStringLength)
	}
}

func guardConcat(x *execution) {
	x.replace(x.prototype("Array"), "concat", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			total := 0.0
			for _, v := range append([]goja.Value{call.This}, call.Arguments...) {
				if o, ok := v.(*goja.Object); ok {
					total += float64(x.lengthOf(o))
				}
			}
			x.check(limitArray, total, messageArrayLength)
			return callOn(original, call)
		}
	})
}

// guardFlat counts what flat would make: an array that holds another twice, which holds another twice, and so on, is
// exponentially larger than it looks.
func guardFlat(x *execution) {
	x.replace(x.prototype("Array"), "flat", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			depth := int64(1)
			asNumber(call.Arguments, 0)
			if arg := call.Argument(0); !goja.IsUndefined(arg) {
				depth = arg.ToInteger()
			}
			total := int64(0)
			if o, ok := call.This.(*goja.Object); ok {
				x.countFlat(o, min(depth, maxNesting+1), 0, &total)
			}
			return callOn(original, call)
		}
	})
}

func (x *execution) countFlat(o *goja.Object, depth int64, level int, total *int64) {
	length := x.lengthOf(o)
	*total += length
	x.check(limitArray, float64(*total), messageArrayLength)
	if level > maxNesting {
		panic(x.rangeError(messageArrayLength))
	}
	if depth < 1 {
		return
	}
	for i := range length {
		child, ok := x.element(o, i).(*goja.Object)
		switch {
		case !ok:
		case child.ClassName() == "Array":
			x.countFlat(child, depth-1, level+1, total)
		case child.ExportType() == proxyType: // it may stand for an array
			x.elsewhere()
		}
	}
}

// element is a member of an array that flat will read again. Only code that defines getters, or inherits them, can make it another one then.
func (x *execution) element(o *goja.Object, i int64) goja.Value {
	name := strconv.FormatInt(i, 10)
	if !x.program.computes && !slices.ContainsFunc(definers, func(n string) bool { return x.program.names[n] }) {
		return o.Get(name)
	}
	v, ok := x.member(o, name)
	if !ok {
		x.elsewhere()
		return o.Get(name)
	}
	return v
}

var definers = []string{"__defineGetter__", "__proto__", "defineProperties", "defineProperty", "setPrototypeOf"}

// guardJoin replaces join, to which an array's toString goes too, by one that knows what it has written.
func guardJoin(x *execution) {
	x.replace(x.prototype("Array"), "join", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			o, ok := call.This.(*goja.Object)
			if !ok {
				return callOn(original, call)
			}
			asText(call.Arguments, 0)
			x.checkJoin(o, call.Argument(0))
			return x.deeper(original, call)
		}
	})
}

// checkJoin bounds what join writes for the strings and separators of one level. Arrays inside call join themselves.
func (x *execution) checkJoin(o *goja.Object, separator goja.Value) {
	length := x.lengthOf(o)
	x.check(limitArray, float64(length), messageStringLength)
	between := 1
	if goja.IsString(separator) {
		between = stringLength(separator)
	}
	total := max(length-1, 0) * int64(between)
	if o.ClassName() == "Array" { // reading the members of anything else might run code of the Action's
		for i := int64(0); i < length && float64(total) <= limitString.hard; i++ {
			total += int64(stringLength(o.Get(strconv.FormatInt(i, 10))))
		}
	}
	x.check(limitString, float64(total), messageStringLength)
}

func guardFrom(x *execution) {
	constructor, ok := x.rt.Get("Array").(*goja.Object)
	if !ok {
		return
	}
	x.replace(constructor, "from", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			x.checkLength(call.Argument(0))
			if len(call.Arguments) > 1 {
				call.Arguments[1] = x.watched(call.Arguments[1])
			}
			return callOn(original, call)
		}
	})
}

// guardIterator bounds what spreading and the like walk.
func (x *execution) guardIterator(prototype *goja.Object) {
	original, ok := goja.AssertFunction(prototype.GetSymbol(goja.SymIterator))
	if !ok {
		return
	}
	f := x.function("[Symbol.iterator]", func(call goja.FunctionCall) goja.Value {
		x.checkLength(call.This)
		return callOn(original, call)
	})
	x.put(prototype.DefineDataPropertySymbol(goja.SymIterator, f, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
}
