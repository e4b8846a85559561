package lint

import (
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// linter is the work on one Action.
type linter struct {
	source   Source
	file     *file.File
	lowered  bool // the code was lowered: the file's places are mapped to the author's
	found    map[spot]*Finding
	assigned map[string]bool // names that are assigned to after their declaration
	symbols  int
	steps    int
	stack    []ast.Node // the functions that are being followed
	followed map[ast.Node]bool
	// guarded is set while a function is followed whose callers are not known: they may have asked for what it needs.
	guarded  bool
	exported map[string]export

	tokenSets []file.Idx // of refreshToken.setMetadata where event.refresh_token is there
	loginSets bool       // one of them may run without it
	tokenRead bool       // a member of event.refresh_token is read
}

// maxSteps is after how many expressions the linter stops looking: functions are followed at each call, so that code can be made
// that takes for ever.
const maxSteps = 200_000

// symbol is a variable.
type symbol struct {
	value value
	// init is what a constant was made from, for conditions that were given a name, and env where.
	init ast.Expression
	env  *env
}

// scope is the variables of a block.
type scope struct {
	parent  *scope
	symbols map[string]*symbol
}

func (s *scope) find(name string) *symbol {
	for ; s != nil; s = s.parent {
		if found, ok := s.symbols[name]; ok {
			return found
		}
	}
	return nil
}

// env is where in the code the linter is, and what holds there.
type env struct {
	scope *scope
	facts facts
	// caught says that what is thrown here is caught by the Action.
	caught bool
	// asking says that the value is only asked for: a condition may name what does not exist.
	asking bool
	// results collects what the function that is followed returns.
	results *[]value
}

func (e env) block() *env {
	e.scope = &scope{parent: e.scope, symbols: make(map[string]*symbol)}
	return &e
}

func (e env) given(f facts) *env {
	e.facts = f
	return &e
}

func (e env) testing(asking bool) *env {
	e.asking = asking
	return &e
}

// declare makes a variable. One that is assigned to later may be anything.
func (l *linter) declare(e *env, name string, v value, init ast.Expression) {
	if l.assigned[name] {
		v = unknown()
		init = nil
	}
	if v.key == "" {
		l.symbols++
		v.key = "#" + strconv.Itoa(l.symbols)
	}
	s := &symbol{value: v, init: init}
	if init != nil {
		at := *e
		s.env = &at
	}
	e.scope.symbols[name] = s
}

// function is a function of the Action, and where it was made.
type function struct {
	node   ast.Node
	params *ast.ParameterList
	body   *ast.BlockStatement // or
	result ast.Expression
	async  bool
	env    *env
}

func (l *linter) functionOf(node ast.Node, e *env) value {
	f := &function{node: node, env: e}
	switch n := node.(type) {
	case *ast.FunctionLiteral:
		f.params, f.body, f.async = n.ParameterList, n.Body, n.Async
		if n.Generator {
			f.async = false
		}
	case *ast.ArrowFunctionLiteral:
		f.params, f.async = n.ParameterList, n.Async
		switch body := n.Body.(type) {
		case *ast.BlockStatement:
			f.body = body
		case *ast.ExpressionBody:
			f.result = body.Expression
		}
	}
	return value{kinds: kindFunction, fn: f}
}

// follow goes through a function with these arguments and returns what it returns. What is already being followed is not
// followed again.
func (l *linter) follow(f *function, args []value, e *env) value {
	for _, n := range l.stack {
		if n == f.node {
			return unknown()
		}
	}
	if len(l.stack) > 16 || l.steps > maxSteps {
		return unknown()
	}
	l.stack = append(l.stack, f.node)
	defer func() { l.stack = l.stack[:len(l.stack)-1] }()
	l.followed[f.node] = true

	inner := f.env.block()
	inner.facts, inner.caught, inner.asking = e.facts, e.caught && !f.async, false
	var results []value
	inner.results = &results
	l.parameters(f.params, args, inner)
	if f.result != nil {
		results = append(results, l.eval(f.result, inner))
	} else if f.body != nil {
		l.hoist(f.body.List, inner)
		if !l.statements(f.body.List, inner) {
			if len(results) == 0 {
				e.facts = inner.facts // what it threw for does not come back here
			}
			results = append(results, ofKind(kindUndefined))
		}
	}
	result := merged(results)
	if f.async {
		return value{kinds: kindObject, promised: &result}
	}
	return result
}

func merged(list []value) value {
	if len(list) == 0 {
		return unknown()
	}
	all := list[0]
	for _, v := range list[1:] {
		all = all.or(v)
	}
	return all
}

func (l *linter) parameters(list *ast.ParameterList, args []value, e *env) {
	if list == nil {
		return
	}
	for i, p := range list.List {
		v := unknown()
		if i < len(args) {
			v = args[i]
		}
		if p.Initializer != nil {
			v = v.without(kindUndefined).or(l.eval(p.Initializer, e))
		}
		l.bind(p.Target, v, nil, e)
	}
	if list.Rest != nil {
		if id, ok := list.Rest.(*ast.Identifier); ok {
			l.declare(e, id.Name.String(), ofKind(kindArray), nil)
		}
	}
}
