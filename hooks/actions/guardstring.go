package actions

import (
	"math"
	"strings"

	"github.com/dop251/goja"
)

const messageStringLength = "Invalid string length"

// iterationWords are of a text that may walk a whole string or array without naming a method of it.
var iterationWords = []string{"...", "from", "Set", "Map", "Promise"}

// stringGuards are for methods of strings whose result is much larger than what goes in.
var stringGuards = []namedGuard{
	{words: []string{"repeat"}, install: stringGuard("repeat", func(x *execution, s int, call goja.FunctionCall) float64 {
		return float64(s) * math.Max(0, finite(call.Argument(0)))
	})},
	{words: []string{"padStart"}, install: stringGuard("padStart", padded)},
	{words: []string{"padEnd"}, install: stringGuard("padEnd", padded)},
	{words: []string{"concat"}, install: stringGuard("concat", func(x *execution, s int, call goja.FunctionCall) float64 {
		total := float64(s)
		for _, arg := range call.Arguments {
			total += float64(stringLength(arg))
		}
		return total
	})},
	{words: []string{"replace"}, install: stringGuard("replace", replaced)},
	{words: []string{"replaceAll"}, install: stringGuard("replaceAll", replaced)},
	{words: []string{"split"}, install: stringGuard("split", func(x *execution, s int, call goja.FunctionCall) float64 {
		return float64(s) / float64(max(1, min(8, stringLength(call.Argument(0))))) * (maxStringLength / maxArrayLength)
	})},
	{words: []string{"match"}, install: stringGuard("match", walked)},
	{words: []string{"matchAll"}, install: stringGuard("matchAll", walked)},
	{words: []string{"normalize"}, install: stringGuard("normalize", walked)},
	{words: iterationWords, install: func(x *execution) { x.guardIterator(x.prototype("String")) }},
	{words: []string{"raw"}, install: func(x *execution) {
		if c, ok := x.rt.Get("String").(*goja.Object); ok {
			x.replace(c, "raw", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
				return func(call goja.FunctionCall) goja.Value {
					if o, ok := call.Argument(0).(*goja.Object); ok {
						if raw, ok := o.Get("raw").(*goja.Object); ok {
							x.checkArguments(raw)
						}
					}
					return callOn(original, call)
				}
			})
		}
	}},
}

// stringGuard bounds the length of what a method of String.prototype returns. size gets the string's own length.
func stringGuard(name string, size func(x *execution, length int, call goja.FunctionCall) float64) guard {
	return func(x *execution) {
		x.replace(x.prototype("String"), name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
			return func(call goja.FunctionCall) goja.Value {
				if goja.IsString(call.This) && size(x, stringLength(call.This), call) > maxStringLength {
					panic(x.rangeError(messageStringLength))
				}
				return callOn(original, call)
			}
		})
	}
}

// walked is for what goes over the whole string and keeps hundreds of bytes for each unit: the matches of a pattern, or the steps of a
// normalization.
func walked(_ *execution, s int, _ goja.FunctionCall) float64 {
	return float64(s) * (maxStringLength / maxWalked)
}

func padded(x *execution, s int, call goja.FunctionCall) float64 {
	return math.Max(float64(s), finite(call.Argument(0)))
}

// replaced is an upper bound: every unit of the string could be replaced, and $` and $' stand for all that is around it. The
// bound is far above the truth for ordinary texts, so it only speaks up where the product is huge.
func replaced(x *execution, s int, call goja.FunctionCall) float64 {
	if !goja.IsString(call.Argument(1)) {
		if goja.IsString(call.Argument(0)) {
			return 0
		}
		return walked(x, s, call)
	}
	by := call.Argument(1).String()
	around := strings.Count(by, "$`") + strings.Count(by, "$'")
	matches := float64(s) + 1
	if goja.IsString(call.Argument(0)) {
		matches = float64(strings.Count(call.This.String(), call.Argument(0).String()))
		return matches * (float64(len(by)) + float64(around)*float64(s))
	}
	return matches * (float64(len(by)) + float64(around)*float64(s)) / 16
}

// finite is a number argument, 0 if it is no finite number. An object is not converted: its valueOf would run twice.
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
