package actions

import (
	"reflect"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// A built-in function that another built-in function calls, with no JavaScript in between, is out of reach: goja looks for interrupts, and
// counts the depth of calls, where JavaScript runs. { toString: "".trim } as a string recurses until the stack of the process is full, and
// an iterator whose next is Object never ends. The guards bound what JavaScript itself calls. So what is left to see is where code
// takes a built-in function as a value instead of calling it: f = x.trim becomes f = check(x.trim), and what turns out to be built in sends the
// execution to a worker process.

// valueCheck is the global function that such values go through. No code can write this name.
const valueCheck = "keepsake value"

// builtin has the names that lead to built-in functions.
type builtin struct {
	members map[string]bool            // of objects and prototypes
	statics map[string]map[string]bool // of objects whose functions do no harm as values
}

// builtins asks the engine.
var builtins = sync.OnceValue(func() builtin {
	b := builtin{members: make(map[string]bool), statics: make(map[string]map[string]bool)}
	rt := goja.New()
	list, err := rt.RunString(listBuiltins)
	if err != nil {
		panic(err) // it is part of this program
	}
	add := func(owner, name string) {
		if b.statics[owner] == nil {
			b.statics[owner] = make(map[string]bool)
		}
		b.statics[owner][name] = true
	}
	rt.ForOf(list, func(pair goja.Value) bool {
		o := pair.ToObject(rt)
		owner, name := o.Get("0").String(), o.Get("1").String()
		if harmlessOwners[owner] {
			add(owner, name)
		} else if !harmlessMembers[name] {
			b.members[name] = true
		}
		return true
	})
	return b
})

// harmlessOwners are objects whose functions neither ask their this for anything nor return objects when they are called without arguments, as
// toString, next and the like are.
var harmlessOwners = map[string]bool{"Object": true, "Math": true, "Number": true, "Date": true, "JSON": true, "Reflect": true}

// harmlessMembers are such functions of other objects. Function.prototype is itself a function.
var harmlessMembers = map[string]bool{
	"isArray": true, "isView": true, "hasOwnProperty": true, "isPrototypeOf": true, "propertyIsEnumerable": true, "prototype": true,
	"fromCharCode": true, "fromCodePoint": true,
}

// harmfulGlobals are the global functions that return objects, or work on what they are given for long.
var harmfulGlobals = map[string]bool{
	"Object": true, "Array": true, "RegExp": true, "Function": true, "eval": true, "Error": true, "AggregateError": true, "EvalError": true,
	"RangeError": true, "ReferenceError": true, "SyntaxError": true, "TypeError": true, "URIError": true, "encodeURI": true,
	"encodeURIComponent": true, "decodeURI": true, "decodeURIComponent": true, "escape": true, "unescape": true,
}

// listBuiltins lists the functions that are members of anything, with the name of the global that has them.
const listBuiltins = `(() => {
	const pairs = [], seen = new Set(), todo = [[globalThis, 'globalThis']];
	for (let i = 0; i < todo.length; i++) {
		const [o, owner] = todo[i];
		if (o === null || typeof o !== 'object' && typeof o !== 'function' || seen.has(o)) continue;
		seen.add(o);
		todo.push([Object.getPrototypeOf(o), '']);
		for (const key of Reflect.ownKeys(o)) {
			const { value, get, set } = Object.getOwnPropertyDescriptor(o, key);
			if (typeof value === 'function' && typeof key === 'string' && o !== globalThis) pairs.push([owner, key]);
			todo.push([value, o === globalThis ? key : ''], [get, ''], [set, '']);
		}
		if (o === globalThis) {
			todo.push(...[function* () {}, (function* () {})(), async () => {}, [].keys(), ''[Symbol.iterator](), new Map().keys(), new Set().keys(),
				''.matchAll(/x/g)].map((o) => [o, '']));
		}
	}
	return pairs;
})()`

// drop records that nobody gets the value of an expression: it is called, or a member of it is read, or it is compared, or converted to
// something that is no object.
func (s *surveyor) drop(list ...ast.Expression) {
	for _, e := range list {
		switch e := e.(type) {
		case nil:
			continue
		case *ast.SequenceExpression: // (0, x.trim)()
			s.dropped[e.Sequence[len(e.Sequence)-1]] = true
		}
		s.dropped[e] = true
	}
}

// use drops what a node has no use for the value of.
func (s *surveyor) use(n any) {
	switch n := n.(type) {
	case *ast.CallExpression:
		s.drop(n.Callee)
	case *ast.NewExpression:
		s.drop(n.Callee)
	case *ast.DotExpression:
		s.drop(n.Left)
	case *ast.BracketExpression:
		s.drop(n.Left)
	case *ast.PrivateDotExpression:
		s.drop(n.Left)
	case *ast.Optional:
		s.drop(n.Expression)
	case *ast.OptionalChain:
		s.drop(n.Expression) // the chain as a whole is looked at
	case *ast.UnaryExpression:
		s.drop(n.Operand)
	case *ast.BinaryExpression:
		if n.Operator != token.LOGICAL_AND && n.Operator != token.LOGICAL_OR && n.Operator != token.COALESCE {
			s.drop(n.Left, n.Right)
		}
	case *ast.ConditionalExpression:
		s.drop(n.Test)
	case *ast.TemplateLiteral:
		s.drop(n.Tag)
		s.drop(n.Expressions...)
	case *ast.ClassLiteral:
		s.drop(n.SuperClass)
	case *ast.ExpressionStatement:
		s.drop(n.Expression)
	case *ast.IfStatement:
		s.drop(n.Test)
	default:
		s.assign(n)
	}
}

// assign drops what is assigned to.
func (s *surveyor) assign(n any) {
	switch n := n.(type) {
	case *ast.AssignExpression:
		s.target(n.Left)
		switch n.Operator {
		case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE: // what is there may be the value of the whole
			if s.mayBeBuiltin(n.Left, nil) {
				s.wild = "it assigns to what may be a built-in function"
			}
		}
	case *ast.ForIntoExpression:
		s.target(n.Expression)
	case *ast.ParameterList:
		s.drop(n.Rest)
	case *ast.ArrayPattern:
		for _, e := range n.Elements {
			s.target(e)
		}
		s.target(n.Rest)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			s.property(p)
		}
		s.target(n.Rest)
	case *ast.ObjectLiteral:
		for _, p := range n.Value {
			if short, ok := p.(*ast.PropertyShort); ok && harmfulGlobals[short.Name.Name.String()] {
				s.wild = "it has a built-in function in an object"
			}
		}
	}
}

// property is one member that a pattern takes out of an object: whatever it is called, its value can't be looked at.
func (s *surveyor) property(p ast.Property) {
	name := ""
	switch p := p.(type) {
	case *ast.PropertyShort:
		name = p.Name.Name.String()
	case *ast.PropertyKeyed:
		s.target(p.Value)
		if key, ok := p.Key.(*ast.StringLiteral); ok {
			name = key.Value.String()
		}
	}
	if builtins().members[name] {
		s.wild = "it takes " + name + " out of an object"
	}
}

// target drops what is assigned to, and sees whether it may be the message or the name of an error.
func (s *surveyor) target(e ast.Expression) {
	s.drop(e)
	switch t := e.(type) {
	case *ast.DotExpression:
		s.renames = s.renames || isErrorsText(t.Identifier.Name.String())
	case *ast.BracketExpression:
		switch m := t.Member.(type) {
		case *ast.NumberLiteral:
		case *ast.StringLiteral:
			s.renames = s.renames || isErrorsText(m.Value.String())
		default:
			s.renames = true
		}
	}
}

func isErrorsText(name string) bool { return name == "message" || name == "name" }

// checkValues puts the check around every expression whose value may be a built-in function.
func (s *surveyor) checkValues(tree *ast.Program, n numbers) {
	var slots []*ast.Expression
	eachSlot(tree.Body, func(slot *ast.Expression) {
		if !s.dropped[*slot] && s.mayBeBuiltin(*slot, n) {
			slots = append(slots, slot)
		}
	})
	for _, slot := range slots {
		*slot = callOf(valueCheck, *slot)
	}
	s.takes = len(slots) > 0
}

func (s *surveyor) mayBeBuiltin(e ast.Expression, n numbers) bool {
	switch e := e.(type) {
	case *ast.OptionalChain:
		return s.mayBeBuiltin(e.Expression, n)
	case *ast.Identifier:
		return harmfulGlobals[e.Name.String()]
	case *ast.DotExpression:
		return isMember(e.Left, e.Identifier.Name.String())
	case *ast.BracketExpression:
		if name, ok := e.Member.(*ast.StringLiteral); ok {
			return isMember(e.Left, name.Value.String())
		}
		return !n.has(e.Member)
	}
	return false
}

// isMember reports whether a member of this name may be a built-in function that does harm as a value.
func isMember(of ast.Expression, name string) bool {
	b := builtins()
	if owner, ok := of.(*ast.Identifier); ok && b.statics[owner.Name.String()][name] {
		return false
	}
	return b.members[name]
}

// checkValue sends the execution to a worker process when v is a built-in function.
func (x *execution) checkValue(v goja.Value) goja.Value {
	if isBuiltin(v) {
		x.elsewhere()
	}
	return v
}

// isBuiltin reports whether v is a function that is not JavaScript: of the engine, of this package, or what bind or a proxy has made.
func isBuiltin(v goja.Value) bool {
	if _, callable := goja.AssertFunction(v); !callable {
		return false
	}
	switch f := v.(*goja.Object).Export().(type) {
	case func(goja.FunctionCall) goja.Value:
		return !written()[reflect.ValueOf(f).Pointer()]
	case goja.Proxy:
		return true
	}
	return false // a class
}

// written has the code that runs JavaScript functions: goja has one method for each kind of them.
var written = sync.OnceValue(func() map[uintptr]bool {
	rt := goja.New()
	kinds, err := rt.RunString(`[function () {}, () => {}, async function () {}, async () => {}, function* () {}, { m() {} }.m, { async m() {} }.m, { * m() {} }.m,
		class { static m() {} }.m, Object.getOwnPropertyDescriptor({ get a() { return 1; } }, 'a').get]`)
	if err != nil {
		panic(err) // it is part of this program
	}
	all := make(map[uintptr]bool)
	rt.ForOf(kinds, func(kind goja.Value) bool {
		all[reflect.ValueOf(kind.Export()).Pointer()] = true
		return true
	})
	return all
})

// watched is a callback for a built-in function that calls it many times: one that is built in looks for interrupts each time.
func (x *execution) watched(v goja.Value) goja.Value {
	if !isBuiltin(v) {
		return v
	}
	f, _ := goja.AssertFunction(v)
	return x.function("", func(call goja.FunctionCall) goja.Value {
		x.see()
		return callOn(f, call)
	})
}

// see ends an execution that was interrupted: a chain of built-in functions sees no interrupt of its own.
func (x *execution) see() {
	if x.stopped.Load() != nil {
		panic(&goja.InterruptedError{})
	}
}
