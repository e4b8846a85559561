package lint

import (
	"slices"
	"strings"

	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
)

// call goes through a call: of api, of a function of the Action's own, or of anything else.
func (l *linter) call(n *ast.CallExpression, e *env) value {
	callee := l.eval(n.Callee, e)
	args := make([]value, 0, len(n.ArgumentList))
	spread := false
	for _, a := range n.ArgumentList {
		if _, ok := a.(*ast.SpreadElement); ok {
			spread = true
		}
		args = append(args, l.eval(a, e))
	}
	if callee.missing && !e.caught && !isOptional(n.Callee) {
		l.worsen(callee, "calling it throws a TypeError, and the login fails")
	}
	if callee.fn != nil && !spread {
		return l.follow(callee.fn, args, e)
	}
	// A function that is handed over is called with what nobody knows, and perhaps not at all.
	for _, a := range args {
		l.callback(a, e)
	}
	if callee.isAPI() && callee.typ != nil && callee.kinds&kindFunction != 0 {
		if !spread {
			l.apiCall(callee.key, n, args, e)
		}
		return resultOf(callee.typ)
	}
	return l.builtin(n, callee, args, e)
}

func isOptional(x ast.Expression) bool {
	_, ok := x.(*ast.Optional)
	return ok
}

func resultOf(t *types.Type) value {
	if t.Result == nil {
		return unknown()
	}
	v := value{kinds: t.Result.Kinds, typ: t.Result}
	if t.Result == types.API() {
		v.key = "api" // the methods that chain
	}
	return v
}

// callback follows a function value whose caller is not known.
func (l *linter) callback(v value, e *env) {
	if v.fn == nil || l.followed[v.fn.node] {
		return
	}
	inner := *e
	inner.asking = false
	l.follow(v.fn, nil, &inner)
}

func (l *linter) construct(n *ast.NewExpression, e *env) value {
	l.eval(n.Callee, e.testing(false))
	for _, a := range n.ArgumentList {
		l.callback(l.eval(a, e.testing(false)), e)
	}
	if id, ok := n.Callee.(*ast.Identifier); ok && e.scope.find(id.Name.String()) == nil && id.Name == "Array" {
		return ofKind(kindArray)
	}
	return ofKind(kindObject)
}

// What functions of JavaScript's own return, by their names.
var (
	globalFunctions = map[string]types.Kinds{
		"String": kindString, "Number": kindNumber, "Boolean": kindBoolean, "parseInt": kindNumber, "parseFloat": kindNumber,
		"isNaN": kindBoolean, "isFinite": kindBoolean, "encodeURIComponent": kindString, "decodeURIComponent": kindString,
		"encodeURI": kindString, "decodeURI": kindString, "Date": kindString, "Array": kindArray, "btoa": kindString, "atob": kindString,
	}
	staticFunctions = map[string]types.Kinds{
		"Date.now": kindNumber, "Date.parse": kindNumber, "Date.UTC": kindNumber, "Object.keys": kindArray, "Object.values": kindArray,
		"Object.entries": kindArray, "Array.from": kindArray, "Array.of": kindArray, "Array.isArray": kindBoolean,
		"JSON.stringify": anything, "crypto.randomUUID": kindString,
	}
	methods = map[string]types.Kinds{
		"toUpperCase": kindString, "toLowerCase": kindString, "trim": kindString, "trimStart": kindString, "trimEnd": kindString,
		"toISOString": kindString, "toJSON": kindString, "toFixed": kindString, "toString": kindString, "padStart": kindString, "padEnd": kindString,
		"join": kindString, "charAt": kindString, "substring": kindString, "substr": kindString, "repeat": kindString, "normalize": kindString,
		"replace": kindString, "replaceAll": kindString, "startsWith": kindBoolean, "endsWith": kindBoolean, "includes": kindBoolean,
		"split": kindArray, "getTime": kindNumber, "map": kindArray, "filter": kindArray, "some": kindBoolean, "every": kindBoolean,
		"indexOf": kindNumber,
	}
	// sameKind return what they are called on: a part of a string or of an array.
	sameKind = []string{"slice", "concat"}
)

// builtin is a call of what is not the Action's own.
func (l *linter) builtin(n *ast.CallExpression, callee value, args []value, e *env) value {
	switch f := n.Callee.(type) {
	case *ast.Identifier:
		name := f.Name.String()
		if k, ok := globalFunctions[name]; ok && e.scope.find(name) == nil {
			return ofKind(k)
		}
	case *ast.DotExpression:
		return l.method(f, callee, args, e)
	}
	return unknown()
}

func (l *linter) method(f *ast.DotExpression, callee value, args []value, e *env) value {
	name := f.Identifier.Name.String()
	if base, ok := f.Left.(*ast.Identifier); ok && e.scope.find(base.Name.String()) == nil {
		switch k, ok := staticFunctions[base.Name.String()+"."+name]; {
		case ok:
			return ofKind(k)
		case base.Name == "Math":
			return ofKind(kindNumber)
		case base.Name == "Promise" && name == "resolve" && len(args) == 1:
			return value{kinds: kindObject, promised: &args[0]}
		}
		return unknown()
	}
	if callee.typ != nil && callee.kinds == kindFunction {
		return resultOf(callee.typ)
	}
	if strings.HasPrefix(callee.key, "event.") && callee.missing {
		return unknown()
	}
	if k, ok := methods[name]; ok {
		return ofKind(k)
	}
	if slices.Contains(sameKind, name) {
		if receiver := l.quietly(f.Left, e).without(nullish); receiver.kinds == kindString || receiver.kinds == kindArray {
			return ofKind(receiver.kinds)
		}
	}
	return unknown()
}
