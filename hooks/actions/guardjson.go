package actions

import "github.com/dop251/goja"

var jsonGuards = []*namedGuard{
	{words: []string{"JSON"}, install: guardParse},
	{words: []string{"JSON"}, install: guardStringify},
}

func (x *execution) json() *goja.Object {
	o, _ := x.rt.Get("JSON").(*goja.Object)
	return o
}

// guardParse bounds the nesting: goja recurses, and Go ends a process whose stack is full.
func guardParse(x *execution) {
	x.replace(x.json(), "parse", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			asText(call.Arguments, 0)
			x.check(limitJSONText, float64(stringLength(call.Argument(0))), messageStringLength)
			if goja.IsString(call.Argument(0)) && nesting(call.Argument(0).String()) > maxNesting {
				panic(x.rangeError("The JSON text is nested too deeply."))
			}
			return callOn(original, call)
		}
	})
}

// nesting is how deep a JSON text opens brackets. Brackets in strings don't count.
func nesting(text string) int {
	depth, deepest := 0, 0
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// guardStringify counts what JSON.stringify writes, by way of a replacer function, which it calls for every value. A
// replacer that returns its argument changes nothing. A function of the Action's is called from ours; a list of names is
// turned into what it does: objects with these members only.
func guardStringify(x *execution) {
	x.replace(x.json(), "stringify", func(original goja.Callable) func(goja.FunctionCall) goja.Value {
		return func(call goja.FunctionCall) goja.Value {
			w := &stringifyWatch{x: x}
			if own, ok := call.Argument(1).(*goja.Object); ok {
				if f, isFunction := goja.AssertFunction(own); isFunction {
					w.replacer = f
				} else if own.ClassName() == "Array" {
					w.listed(own)
				}
			}
			if goja.IsBigInt(call.Argument(0)) {
				panic(x.rt.NewTypeError("Do not know how to serialize a BigInt"))
			}
			v, err := original(call.This, call.Argument(0), x.function("replacer", w.visit), call.Argument(2))
			if err != nil {
				panic(err)
			}
			return v
		}
	})
}

type stringifyWatch struct {
	x        *execution
	replacer goja.Callable
	names    []string
	only     bool // names counts
	nodes    int
	size     int
	path     []*goja.Object // of holders, from the root to the present one
	level    map[*goja.Object]int
}

func (w *stringifyWatch) listed(list *goja.Object) {
	w.x.checkArguments(list)
	w.only = true
	for _, k := range list.Keys() {
		if name := list.Get(k); goja.IsString(name) || goja.IsNumber(name) {
			w.names = append(w.names, name.String())
		}
	}
}

func (w *stringifyWatch) visit(call goja.FunctionCall) goja.Value {
	w.count(call)
	value := call.Argument(1)
	if w.replacer != nil {
		v, err := w.replacer(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return v
	}
	if o, ok := value.(*goja.Object); ok && w.only && o.ClassName() == "Object" {
		return w.pick(o)
	}
	return value
}

func (w *stringifyWatch) count(call goja.FunctionCall) {
	w.nodes++
	w.size += stringLength(call.Argument(1)) + stringLength(call.Argument(0))
	if holder, ok := call.This.(*goja.Object); ok {
		w.descend(holder)
	}
	w.x.check(limitJSON, float64(w.nodes), messageStringLength)
	w.x.check(limitString, float64(w.size), messageStringLength)
	if len(w.path) > maxNesting {
		panic(w.x.rangeError(messageOverflow))
	}
}

// descend keeps the path from the root to holder: JSON.stringify goes depth first, and a holder that is new is a child of
// the one before.
func (w *stringifyWatch) descend(holder *goja.Object) {
	at, known := w.level[holder]
	if !known {
		if w.level == nil {
			w.level = make(map[*goja.Object]int)
		}
		w.level[holder] = len(w.path)
		w.path = append(w.path, holder)
		return
	}
	for _, left := range w.path[at+1:] {
		delete(w.level, left)
	}
	w.path = w.path[:at+1]
}

func (w *stringifyWatch) pick(o *goja.Object) goja.Value {
	out := w.x.builder().object()
	for _, name := range w.names {
		if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
			out.put(name, v)
		}
	}
	return out.Object
}
