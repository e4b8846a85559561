package actions

import "github.com/dop251/goja"

// callGuards are for functions that make calls or code out of data.
var callGuards = []namedGuard{
	{words: []string{"apply"}, install: func(x *execution) { x.guardArguments(x.prototype("Function"), "apply", 1) }},
	{words: []string{"Reflect"}, global: true, install: func(x *execution) {
		if reflect, ok := x.rt.Get("Reflect").(*goja.Object); ok {
			x.guardArguments(reflect, "apply", 2)
			x.guardArguments(reflect, "construct", 1)
		}
	}},
	{words: []string{"RegExp"}, install: func(x *execution) {
		x.guardConstructor(x.rt.Get("RegExp"), "RegExp", func(args []goja.Value) { x.checkText(args, maxPattern) })
	}},
	{words: []string{"match"}, install: func(x *execution) { x.guardPattern("match"); x.guardPattern("matchAll") }},
	{words: []string{"search"}, install: func(x *execution) { x.guardPattern("search") }},
	{words: []string{"eval", "Function", "constructor"}, install: guardCode},
}

// guardArguments bounds the list of arguments, which comes at the given place.
func (x *execution) guardArguments(holder *goja.Object, name string, place int) {
	x.replace(holder, name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			if list, ok := call.Argument(place).(*goja.Object); ok {
				x.checkArguments(list)
			}
			return callOn(original, call)
		}
	})
}

func (x *execution) checkArguments(list *goja.Object) {
	if lengthOf(list) > maxArguments {
		panic(x.rangeError(messageOverflow)) // what V8 says, too
	}
}

// guardPattern is for the methods of strings that make a regular expression of a string.
func (x *execution) guardPattern(name string) {
	x.replace(x.prototype("String"), name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			x.checkText(call.Arguments, maxPattern)
			return callOn(original, call)
		}
	})
}

// guardCode bounds the code that is made from strings: goja's parser recurses, and Go ends a process whose stack is full.
// eval is an ordinary function then, which sees globals only, as ECMAScript's indirect eval does.
func guardCode(x *execution) {
	if original, ok := goja.AssertFunction(x.rt.Get("eval")); ok {
		_ = x.rt.Set("eval", x.function("eval", func(call goja.FunctionCall) goja.Value {
			x.checkText(call.Arguments, maxSource)
			return callOn(original, call)
		}))
	}
	check := func(args []goja.Value) { x.checkText(args, maxSource) }
	x.guardConstructor(x.rt.Get("Function"), "Function", check)
	kinds, err := x.rt.RunProgram(functionKinds)
	if err != nil {
		return
	}
	for _, key := range []string{"0", "1"} {
		x.guardConstructor(kinds.(*goja.Object).Get(key), "", check)
	}
}

// functionKinds gets at the constructors of functions that are no globals.
var functionKinds = goja.MustCompile("kinds.js", `[(async () => {}).constructor, (function* () {}).constructor]`, false)

func (x *execution) checkText(args []goja.Value, limit int) {
	total := 0
	for _, arg := range args {
		if o, ok := arg.(*goja.Object); ok && o.ClassName() == "String" {
			total += stringLength(o.ToString())
		}
		total += stringLength(arg)
	}
	if total > limit {
		panic(x.rangeError(messageStringLength))
	}
}
