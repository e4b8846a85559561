package actions

import "github.com/dop251/goja"

// callGuards are for functions that make calls or code out of data.
var callGuards = []*namedGuard{
	{words: []string{"apply"}, install: func(x *execution) { x.guardArguments(x.prototype("Function"), "apply", 1) }},
	{words: []string{"Reflect"}, install: func(x *execution) {
		if reflect, ok := x.rt.Get("Reflect").(*goja.Object); ok {
			x.guardArguments(reflect, "apply", 2)
			x.guardArguments(reflect, "construct", 1)
			x.guardLookup(reflect, "get")
			x.guardLookup(reflect, "getOwnPropertyDescriptor")
		}
	}},
	{words: []string{"getOwnPropertyDescriptor"}, install: func(x *execution) {
		x.guardLookup(x.constructor("Object"), "getOwnPropertyDescriptor")
	}},
	{words: []string{"getOwnPropertyDescriptors"}, install: guardLookups},
	{words: []string{"RegExp"}, install: func(x *execution) {
		x.guardConstructor(x.rt.Get("RegExp"), "RegExp", func(args []goja.Value) { x.checkPattern(args) })
	}},
	{words: []string{"match"}, install: func(x *execution) { x.guardPattern("match", goja.SymMatch) }},
	{words: []string{"matchAll"}, install: func(x *execution) { x.guardPattern("matchAll", goja.SymMatchAll) }},
	{words: []string{"search"}, install: func(x *execution) { x.guardPattern("search", goja.SymSearch) }},
	{syntax: func(f *facts) bool {
		return f.names["Symbol"] && (f.names["replace"] || f.names["split"] || f.names["match"] || f.names["matchAll"])
	},
		install: guardPatternSymbols},
	{words: []string{"eval", "Function", "constructor"}, install: guardCode},
	{words: []string{"bind"}, install: guardBind},
	{syntax: func(f *facts) bool { return f.renames }, words: []string{
		"Reflect", "__proto__", "assign", "create", "defineProperties", "defineProperty", "setPrototypeOf",
	}, install: guardTexts},
}

// guardBind is for functions that are bound: a built-in one is out of reach then.
func guardBind(x *execution) {
	x.replace(x.prototype("Function"), "bind", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			if isBuiltin(call.This) {
				x.elsewhere()
			}
			return callOn(original, call)
		}
	})
}

// guardTexts counts the depth where an error or a regular expression becomes a string: its message or source may be another one, or itself.
func guardTexts(x *execution) {
	for _, class := range []string{"Error", "RegExp"} {
		x.replace(x.prototype(class), "toString", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
			return func(call goja.FunctionCall) goja.Value { return x.deeper(original, call) }
		})
	}
}

// deeper calls a built-in function that may come back to itself, with nothing in between that goja counts.
func (x *execution) deeper(original goja.Callable, call goja.FunctionCall) goja.Value {
	if x.nested++; x.nested > maxNesting {
		panic(x.rangeError(messageOverflow))
	}
	defer func() { x.nested-- }()
	return callOn(original, call)
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
	x.check(limitArguments, float64(x.lengthOf(list)), messageOverflow) // which V8 says, too
}

// guardPattern is for the methods of strings that make a regular expression of a string.
func (x *execution) guardPattern(name string, symbol *goja.Symbol) {
	x.replace(x.prototype("String"), name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			asPattern(call.Arguments, 0, symbol)
			x.checkText(call.Arguments, limitPattern)
			return callOn(original, call)
		}
	})
}

// checkPattern bounds what becomes a regular expression. What only looks like one may have a source that changes.
func (x *execution) checkPattern(args []goja.Value) {
	for i := range args {
		if o, ok := args[i].(*goja.Object); ok && o.ClassName() != "RegExp" {
			if o.GetSymbol(goja.SymMatch) != nil {
				x.elsewhere() // its source counts, not its text
				continue
			}
			asText(args, i)
		}
	}
	x.checkText(args, limitPattern)
}

// patternSymbols are the names of what strings ask of a regular expression.
var patternSymbols = []*goja.Symbol{goja.SymMatch, goja.SymMatchAll, goja.SymReplace, goja.SymSearch, goja.SymSplit}

// guardPatternSymbols bounds these when they are called by themselves, as the methods of strings are.
func guardPatternSymbols(x *execution) {
	prototype := x.prototype("RegExp")
	if prototype == nil {
		return
	}
	for symbol, size := range map[*goja.Symbol]func(*execution, float64, goja.FunctionCall) (limit, float64){
		goja.SymMatch: walked, goja.SymMatchAll: walked, goja.SymSplit: divided, goja.SymReplace: replaced,
	} {
		original, ok := goja.AssertFunction(prototype.GetSymbol(symbol))
		if !ok {
			continue
		}
		x.put(prototype.DefineDataPropertySymbol(symbol, x.function(symbol.String(), func(call goja.FunctionCall) goja.Value {
			text, _ := call.Argument(0).ToString().(goja.String)
			if symbol == goja.SymReplace {
				asReplacement(call.Arguments, 1)
			}
			asMethod := goja.FunctionCall{This: text, Arguments: append([]goja.Value{call.This}, call.Arguments[min(1, len(call.Arguments)):]...)}
			l, n := size(x, float64(text.Length()), asMethod)
			x.check(l, n, messageStringLength)
			call.Arguments = append([]goja.Value{text}, call.Arguments[min(1, len(call.Arguments)):]...)
			return callOn(original, call)
		}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE))
	}
}

// guardLookup looks at what a function that looks members up is asked for, and at what it finds.
func (x *execution) guardLookup(holder *goja.Object, name string) {
	x.descriptors() // before they are replaced
	x.replace(holder, name, func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) > 1 {
				call.Arguments[1] = x.checkMember(call.Arguments[1])
			}
			found := callOn(original, call)
			if o, ok := found.(*goja.Object); ok && name == "getOwnPropertyDescriptor" {
				for _, part := range []string{"value", "get", "set"} {
					x.checkValue(o.Get(part))
				}
				return found
			}
			return x.checkValue(found)
		}
	})
}

// guardLookups is for the function that looks up all members at once.
func guardLookups(x *execution) {
	x.replace(x.constructor("Object"), "getOwnPropertyDescriptors", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			x.elsewhere()
			return callOn(original, call)
		}
	})
}

// guardCode bounds the code that is made from strings: goja's parser recurses, and Go ends a process whose stack is full.
// eval is an ordinary function then, which sees globals only, as ECMAScript's indirect eval does.
func guardCode(x *execution) {
	if original, ok := goja.AssertFunction(x.rt.Get("eval")); ok {
		_ = x.rt.Set("eval", x.function("eval", func(call goja.FunctionCall) goja.Value {
			x.checkText(call.Arguments, limitSource)
			x.elsewhere()
			return callOn(original, call)
		}))
	}
	check := func(args []goja.Value) {
		for i := range args {
			asText(args, i)
		}
		x.checkText(args, limitSource)
		x.elsewhere()
	}
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

func (x *execution) checkText(args []goja.Value, l limit) {
	total := 0
	for _, arg := range args {
		total += stringLength(arg)
	}
	x.check(l, float64(total), messageStringLength)
}
