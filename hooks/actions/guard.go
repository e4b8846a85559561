package actions

import (
	"regexp"
	"strings"

	"github.com/dop251/goja"
)

// guard puts one limit into a new runtime, before any of the Action's code runs. Each costs about a microsecond, so that a
// Program gets only those whose function it can name: see guardsFor.
type guard func(x *execution)

// guardsFor returns the guards that code needs. A function can't be called without its name being in the text, unless the
// text can put names together at run time; then it gets all of them.
func guardsFor(code string) []guard {
	dynamic := isDynamic(code)
	dynamicGlobals := dynamic && mentions(code, globalWords)
	var list []guard
	for _, g := range allGuards {
		reachable := dynamic
		if g.global {
			reachable = dynamicGlobals
		}
		if reachable || mentions(code, g.words) {
			list = append(list, g.install)
		}
	}
	return list
}

var allGuards = concatGuards(stringGuards, arrayGuards, bufferGuards, callGuards, jsonGuards)

// mayName reports whether code may look up a member called name.
func mayName(code, name string) bool { return isDynamic(code) || strings.Contains(code, name) }

// namedGuard is a guard and the words of which a text has at least one when it needs it.
type namedGuard struct {
	words   []string
	install guard
	// global says that only a global name leads to it: no literal and no event does.
	global bool
}

func concatGuards(lists ...[]namedGuard) []namedGuard {
	var all []namedGuard
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func mentions(code string, words []string) bool {
	for _, w := range words {
		if strings.Contains(code, w) {
			return true
		}
	}
	return false
}

// dynamicWords are ways to a function that do not need its name in the text: reflection, code made from strings, escapes
// in identifiers.
var dynamicWords = []string{"Reflect", "getOwnProperty", "eval", "Function", "constructor", "__lookup", `\u`, `\x`}

// globalWords are ways to a global whose name is not in the text.
var globalWords = []string{"this", "globalThis", "Reflect", "eval", "Function", "constructor", `\u`}

// A bracket is harmless when it can't follow a value (then it is an array literal), or when it holds a plain literal.
var (
	bracket       = regexp.MustCompile(`\[`)
	literalInside = regexp.MustCompile(`^\[\s*(?:\d+|"[\w $:/.\-]*"|'[\w $:/.\-]*')\s*\]`)
	beforeAnArray = "=([:?;&|!+>"
	whitespaceSet = " \t\r\n"
)

// isDynamic reports whether code may look up a member by a name that is made at run time. It errs on the side of yes: a yes
// costs time, a wrong no costs a guard.
func isDynamic(code string) bool {
	if mentions(code, dynamicWords) {
		return true
	}
	for _, at := range bracket.FindAllStringIndex(code, -1) {
		if literalInside.MatchString(code[at[0]:]) {
			continue
		}
		before := strings.TrimRight(code[:at[0]], whitespaceSet)
		if before == "" || strings.IndexByte(beforeAnArray, before[len(before)-1]) < 0 {
			return true
		}
	}
	return false
}

// replace puts a function around a method. The original comes as a Callable whose errors have to be thrown on: use
// callOn.
func (x *execution) replace(holder *goja.Object, name string, wrap func(original goja.Callable) func(goja.FunctionCall) goja.Value) {
	if original, ok := goja.AssertFunction(holder.Get(name)); ok {
		_ = holder.DefineDataProperty(name, x.function(name, wrap(original)), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

func callOn(f goja.Callable, call goja.FunctionCall) goja.Value {
	v, err := f(call.This, call.Arguments...)
	if err != nil {
		panic(err)
	}
	return v
}

func (x *execution) rangeError(message string) *goja.Object { return x.newError("RangeError", message) }

// prototype returns the prototype object of a built-in constructor.
func (x *execution) prototype(constructor string) *goja.Object {
	c, ok := x.rt.Get(constructor).(*goja.Object)
	if !ok {
		return nil
	}
	p, _ := c.Get("prototype").(*goja.Object)
	return p
}

// asnValue makes event.request.asn?.value work: Auth0's own guide reads it, while Auth0's reference says that asn is a
// string (contract 1.11). asn stays a primitive string, and strings get an accessor that no listing shows, and that answers
// for the text of the ASN only. It comes with event.request, as it costs more than the rest of it: the first touch of
// String.prototype makes all of that.
func asnValue(x *execution) {
	asn := x.asn
	getter := x.function("get value", func(call goja.FunctionCall) goja.Value {
		if asn != "" && goja.IsString(call.This) && call.This.String() == asn {
			return call.This
		}
		return goja.Undefined()
	})
	// An own member of this name can still be given to a String object.
	setter := x.function("set value", func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok {
			_ = o.DefineDataProperty("value", call.Argument(0), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return goja.Undefined()
	})
	_ = x.prototype("String").DefineAccessorProperty("value", getter, setter, goja.FLAG_TRUE, goja.FLAG_FALSE)
}
