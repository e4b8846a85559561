package actions

import (
	"math/big"
	"slices"

	"github.com/dop251/goja"
)

// namedGuard puts one limit into a new runtime. Each costs a microsecond or two, so that a Program begins with those only whose
// functions its code names; the others are armed when a computed name leads to them.
type namedGuard struct {
	// words are the names that lead to the function, of which code has at least one when it needs the guard.
	words []string
	// syntax says that the code may reach the function without a name; nil: it can't.
	syntax  func(f *facts) bool
	install func(x *execution)
}

// allGuards are all there are; guardsOf those of each name that a computed member name is compared with. Some guards refer to both, so
// that they can't be initialized in their declaration; nothing changes them later.
var (
	allGuards []*namedGuard
	guardsOf  map[string][]*namedGuard
)

func init() {
	allGuards = slices.Concat(stringGuards, arrayGuards, bufferGuards, callGuards, jsonGuards)
	guardsOf = make(map[string][]*namedGuard)
	for _, g := range allGuards {
		for _, w := range g.words {
			guardsOf[w] = append(guardsOf[w], g)
		}
	}
}

// guardsFor returns the guards that code needs from the beginning.
func guardsFor(f *facts) []*namedGuard {
	var list []*namedGuard
	for _, g := range allGuards {
		if f.names[memberCheck] || slices.ContainsFunc(g.words, func(w string) bool { return f.names[w] }) || (g.syntax != nil && g.syntax(f)) {
			list = append(list, g)
		}
	}
	return list
}

// arm installs the guards that the code needs, and the check of its computed names.
func (x *execution) arm() {
	if x.program.computes {
		x.own(memberCheck, x.checkMember)
		x.own(takenCheck, x.checkTaken)
	}
	if x.program.takes {
		x.own(valueCheck, x.checkValue)
	}
	if x.program.doubles {
		x.own(textCheck, x.checkDoubled)
	}
	if x.program.names[bigIntMaker] {
		x.own(bigIntMaker, func(v goja.Value) goja.Value {
			n, _ := new(big.Int).SetString(v.String(), 10)
			return x.rt.ToValue(n)
		})
	}
	for _, g := range x.program.guards {
		g.install(x)
	}
}

// armFor installs the guards of a name that was computed.
func (x *execution) armFor(name string) {
	for _, g := range guardsOf[name] {
		if !slices.Contains(x.program.guards, g) && !slices.Contains(x.extra, g) {
			x.extra = append(x.extra, g)
			g.install(x)
		}
	}
}

// own defines a global function that the code calls because it was rewritten.
func (x *execution) own(name string, f func(goja.Value) goja.Value) {
	value := x.rt.ToValue(func(call goja.FunctionCall) goja.Value { return f(call.Argument(0)) })
	_ = x.rt.GlobalObject().DefineDataProperty(name, value, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
}

// armAll installs the other guards, when the code may reach any function from now on.
func (x *execution) armAll() {
	if x.soft {
		x.move()
	}
	x.armRest()
}

// armRest is armAll for code of ours, which calls functions that the Action does not name.
func (x *execution) armRest() {
	if x.armed {
		return
	}
	for _, g := range allGuards {
		if !slices.Contains(x.program.guards, g) && !slices.Contains(x.extra, g) {
			g.install(x)
		}
	}
	x.armed = true
	x.armValue()
}

// checkMember returns the member name that v is, and arms the guards when it is one of theirs. What it returns is a primitive value, so that
// nothing can become another name afterwards.
func (x *execution) checkMember(v goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		v = o.ToString()
	}
	switch name := v.(type) {
	case goja.String:
		switch name := name.String(); {
		case isWild(name):
			x.elsewhere()
		case x.armed:
		case name == "value":
			x.armValue()
		default:
			x.armFor(name)
		}
	case *goja.Symbol:
		if slices.Contains(patternSymbols, name) {
			x.armAll()
		}
	}
	return v
}

// checkTaken is checkMember for what a pattern takes out of an object.
func (x *execution) checkTaken(v goja.Value) goja.Value {
	v = x.checkMember(v)
	if s, ok := v.(goja.String); ok && builtins().members[s.String()] {
		x.elsewhere()
	}
	return v
}

// check refuses a call that would go beyond a limit.
func (x *execution) check(l limit, n float64, message string) {
	x.see()
	if n > l.hard {
		panic(x.rangeError(message))
	}
	if x.soft && n > l.soft {
		x.move()
	}
}

// replace puts a function around a method. The original comes as a Callable whose errors have to be thrown on: use
// callOn.
func (x *execution) replace(holder *goja.Object, name string, wrap func(original goja.Callable) func(goja.FunctionCall) goja.Value) {
	if holder == nil {
		return
	}
	if original, ok := goja.AssertFunction(holder.Get(name)); ok {
		x.put(holder.DefineDataProperty(name, x.function(name, wrap(original)), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	}
}

// put ends an execution whose Action has frozen what a guard has to go into.
func (x *execution) put(err error) {
	if err != nil {
		panic(x.newError("TypeError", "The built-in functions must not be frozen."))
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

// constructor returns a built-in constructor; nil when the Action has put something else in its place.
func (x *execution) constructor(name string) *goja.Object {
	c, _ := x.rt.Get(name).(*goja.Object)
	return c
}

// prototype returns the prototype object of a built-in constructor. Those that literals lead to can't be hidden.
func (x *execution) prototype(constructor string) *goja.Object {
	switch constructor {
	case "String":
		return x.rt.ToValue("").ToObject(x.rt).Prototype()
	case "Array":
		return x.rt.NewArray().Prototype()
	}
	c := x.constructor(constructor)
	if c == nil {
		return nil
	}
	p, _ := c.Get("prototype").(*goja.Object)
	return p
}

// armValue sees to asnValue when the code turns out to look up a member called value.
func (x *execution) armValue() {
	if !x.hasValue && x.asn != "" {
		x.hasValue = true
		asnValue(x)
	}
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
