package actions

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

const messageStringLength = "Invalid string length"

// iterationWords are of code that may have a built-in function walk a whole string or array by its iterator.
var iterationWords = append([]string{
	"AggregateError", "Map", "Promise", "Set", "WeakMap", "WeakSet", "from", "fromEntries", "groupBy",
}, slices.Sorted(maps.Keys(elementSizes))...)

// stringGuards are for methods of strings whose result is much larger than what goes in.
var stringGuards = []*namedGuard{
	stringGuard("repeat", func(_ *execution, s float64, call goja.FunctionCall) (limit, float64) {
		asNumber(call.Arguments, 0)
		return limitString, s * math.Max(0, finite(call.Argument(0)))
	}),
	stringGuard("padStart", padded),
	stringGuard("padEnd", padded),
	stringGuard("concat", func(x *execution, s float64, call goja.FunctionCall) (limit, float64) {
		for i := range call.Arguments {
			asText(call.Arguments, i)
			s += float64(stringLength(call.Arguments[i]))
			x.check(limitString, s, messageStringLength) // before the next one is made
		}
		return limitString, s
	}),
	stringGuard("replace", replaced),
	stringGuard("replaceAll", replaced),
	stringGuard("split", divided),
	stringGuard("match", walked),
	stringGuard("matchAll", walked),
	stringGuard("normalize", walked),
	{words: iterationWords, syntax: spreads, install: func(x *execution) { x.guardIterator(x.prototype("String")) }},
	{words: []string{"raw"}, install: func(x *execution) {
		x.replace(x.constructor("String"), "raw", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
			return func(call goja.FunctionCall) goja.Value {
				if o, ok := call.Argument(0).(*goja.Object); ok {
					raw, ok := x.member(o, "raw")
					if !ok {
						x.elsewhere()
						raw = o.Get("raw")
					}
					if raw, ok := raw.(*goja.Object); ok {
						x.checkArguments(raw)
					}
				}
				return callOn(original, call)
			}
		})
	}},
}

// stringGuard bounds a method of String.prototype. size gets the string's own length; it returns what is bounded, and how much
// of it the call would make.
func stringGuard(name string, size func(x *execution, length float64, call goja.FunctionCall) (limit, float64)) *namedGuard {
	return &namedGuard{words: []string{name}, install: func(x *execution) {
		x.replace(x.prototype("String"), name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
			return func(call goja.FunctionCall) goja.Value {
				if !goja.IsUndefined(call.This) && !goja.IsNull(call.This) { // else it is an error
					call.This = call.This.ToString()
					l, n := size(x, float64(stringLength(call.This)), call)
					x.check(l, n, messageStringLength)
				}
				return callOn(original, call)
			}
		})
	}}
}

// divided is for what makes an array of the parts of a string.
func divided(_ *execution, s float64, call goja.FunctionCall) (limit, float64) {
	return limitArray, s / float64(max(1, min(8, stringLength(call.Argument(0)))))
}

// walked is for what goes over the whole string and keeps hundreds of bytes for each unit: the matches of a pattern, or the steps of a
// normalization.
func walked(_ *execution, s float64, _ goja.FunctionCall) (limit, float64) { return limitWalked, s }

func padded(_ *execution, s float64, call goja.FunctionCall) (limit, float64) {
	asNumber(call.Arguments, 0)
	return limitString, math.Max(s, finite(call.Argument(0)))
}

// replaced is an upper bound: every unit of the string could be replaced, and $` and $' stand for all that is around it. The
// bound is far above the truth for ordinary texts, so it only speaks up where the product is huge.
func replaced(x *execution, s float64, call goja.FunctionCall) (limit, float64) {
	asPattern(call.Arguments, 0, goja.SymReplace)
	if o, ok := call.Argument(0).(*goja.Object); !ok || o.ClassName() == "RegExp" { // else it gets the replacement as it is
		asReplacement(call.Arguments, 1)
	}
	if !goja.IsString(call.Argument(1)) {
		if goja.IsString(call.Argument(0)) {
			return limitString, 0
		}
		return walked(x, s, call)
	}
	by := call.Argument(1).String()
	around := float64(len(by)) + float64(strings.Count(by, "$`")+strings.Count(by, "$'"))*s
	if goja.IsString(call.Argument(0)) {
		return limitString, float64(strings.Count(call.This.String(), call.Argument(0).String())) * around
	}
	return limitString, (s + 1) * around / 16
}

// finite is a number argument, 0 if it is no finite number. An object is not converted: see asNumber.
func finite(v goja.Value) float64 {
	if _, isObject := v.(*goja.Object); isObject || goja.IsBigInt(v) {
		return 0
	}
	if _, isSymbol := v.(*goja.Symbol); isSymbol {
		return 0
	}
	f := v.ToFloat()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

func stringLength(v goja.Value) int {
	if s, ok := v.(goja.String); ok {
		return s.Length()
	}
	return 0
}
