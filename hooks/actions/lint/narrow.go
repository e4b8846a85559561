package lint

import (
	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// narrow returns what holds where a condition came out as truth. It reports nothing: the condition was evaluated before.
func (l *linter) narrow(test ast.Expression, truth bool, e *env) facts {
	switch n := test.(type) {
	case *ast.UnaryExpression:
		if n.Operator == token.NOT {
			return l.narrow(n.Operand, !truth, e)
		}
	case *ast.BinaryExpression:
		return l.narrowBinary(n, truth, e)
	case *ast.AssignExpression:
		return e.facts
	case *ast.SequenceExpression:
		if len(n.Sequence) > 0 {
			return l.narrow(n.Sequence[len(n.Sequence)-1], truth, e)
		}
	case *ast.Identifier:
		f := l.narrowValue(test, truth, e)
		if s := e.scope.find(n.Name.String()); s != nil && s.init != nil && s.env != nil {
			at := *s.env
			at.facts = f
			s.env, f = nil, l.narrow(s.init, truth, &at) // nil: an initializer that names itself
			s.env = &at
		}
		return f
	case *ast.CallExpression:
		return l.narrowCall(n, truth, e)
	}
	return l.narrowValue(test, truth, e)
}

func (l *linter) narrowValue(test ast.Expression, truth bool, e *env) facts {
	v := l.quietly(test, e)
	if truth {
		return l.chained(test, e.facts.defined(v.key), e)
	}
	if v.typ != nil && v.kinds&primitive == 0 && v.kinds&anything == 0 { // an object is never false
		return e.facts.with(v.key, fact{only: nullish &^ types.Null})
	}
	return e.facts
}

// chained adds that nothing in an optional chain that led to a value was undefined.
func (l *linter) chained(test ast.Expression, f facts, e *env) facts {
	visit(test, func(n any) {
		if o, ok := n.(*ast.Optional); ok {
			f = f.defined(l.quietly(o.Expression, e).key)
		}
	})
	return f
}

func (l *linter) narrowBinary(n *ast.BinaryExpression, truth bool, e *env) facts {
	switch n.Operator {
	case token.LOGICAL_AND, token.LOGICAL_OR:
		isAnd := n.Operator == token.LOGICAL_AND
		if isAnd == truth { // both sides came out so
			return l.narrow(n.Right, truth, e.given(l.narrow(n.Left, truth, e)))
		}
		first := l.narrow(n.Left, truth, e)
		second := l.narrow(n.Right, truth, e.given(l.narrow(n.Left, !truth, e)))
		return both(first, second)
	case token.STRICT_EQUAL, token.EQUAL:
		return l.equal(n.Left, n.Right, truth, e)
	case token.STRICT_NOT_EQUAL, token.NOT_EQUAL:
		return l.equal(n.Left, n.Right, !truth, e)
	case token.LESS, token.GREATER, token.LESS_OR_EQUAL, token.GREATER_OR_EQUAL:
		if truth { // undefined is neither less nor greater
			return l.chained(n, e.facts, e)
		}
	case token.IN:
		if name, ok := propertyName(n.Left); ok && truth {
			if right := l.quietly(n.Right, e); right.key != "" {
				return e.facts.defined(right.key + "." + name)
			}
		}
	case token.INSTANCEOF:
		if truth {
			return e.facts.defined(l.quietly(n.Left, e).key)
		}
	}
	return e.facts
}

// equal narrows by "left === right", or by its opposite.
func (l *linter) equal(left, right ast.Expression, truth bool, e *env) facts {
	if _, isConstant := constantKind(left); isConstant {
		left, right = right, left
	}
	if u, ok := left.(*ast.UnaryExpression); ok && u.Operator == token.TYPEOF {
		return l.typeOf(u.Operand, right, truth, e)
	}
	kind, isConstant := constantKind(right)
	v := l.quietly(left, e)
	switch {
	case isConstant && kind&nullish != 0:
		if !truth {
			return l.chained(left, e.facts.defined(v.key), e)
		}
		if v.typ != nil || v.kinds&nullish != 0 {
			return e.facts.with(v.key, fact{only: kindUndefined | types.Null})
		}
	case isConstant && truth:
		f := l.chained(left, e.facts.defined(v.key).with(v.key, fact{only: kind}), e)
		if isRefreshProtocol(v, right) {
			f = f.defined("event.refresh_token")
		}
		return f
	case isConstant && isRefreshProtocol(v, right):
		return e.facts.with("event.refresh_token", fact{only: kindUndefined})
	}
	return e.facts
}

// isRefreshProtocol reports the other way to ask whether this is an exchange (contract 2.10).
func isRefreshProtocol(v value, right ast.Expression) bool {
	s, ok := right.(*ast.StringLiteral)
	return ok && v.key == "event.transaction.protocol" && s.Value.String() == hooks.ProtocolRefresh
}

func (l *linter) typeOf(operand, name ast.Expression, truth bool, e *env) facts {
	s, ok := name.(*ast.StringLiteral)
	if !ok {
		return e.facts
	}
	v := l.quietly(operand, e)
	kind, known := map[string]types.Kinds{
		"string": kindString, "number": kindNumber, "boolean": kindBoolean, "undefined": kindUndefined, "function": kindFunction,
		"object": kindObject | kindArray | types.Null,
	}[s.Value.String()]
	switch {
	case !known:
		return e.facts
	case truth && kind&nullish == 0:
		return l.chained(operand, e.facts.defined(v.key).with(v.key, fact{only: kind}), e)
	case truth:
		return e.facts.with(v.key, fact{only: kind})
	case kind == kindUndefined:
		return l.chained(operand, e.facts.defined(v.key), e)
	}
	return e.facts.with(v.key, fact{not: kind})
}

// narrowCall trusts a function that is given a value: it may be asking for its kind. Its name is not enough to know.
func (l *linter) narrowCall(n *ast.CallExpression, truth bool, e *env) facts {
	f := e.facts
	if truth {
		f = l.chained(n, f, e)
	}
	for _, arg := range n.ArgumentList {
		if v := l.quietly(arg, e); v.key != "" && v.key != "event" && v.key != "api" {
			if truth {
				f = f.defined(v.key)
			}
			f = f.with(v.key, fact{only: anything})
		}
	}
	return f
}

// constantKind returns the kind of a literal.
func constantKind(x ast.Expression) (types.Kinds, bool) {
	switch n := x.(type) {
	case *ast.StringLiteral:
		return kindString, true
	case *ast.NumberLiteral:
		return kindNumber, true
	case *ast.BooleanLiteral:
		return kindBoolean, true
	case *ast.NullLiteral:
		return types.Null, true
	case *ast.Identifier:
		return kindUndefined, n.Name == "undefined"
	case *ast.UnaryExpression:
		return kindUndefined, n.Operator == token.VOID
	}
	return 0, false
}

// quietly evaluates an expression again, for what it is and not for what is wrong with it.
func (l *linter) quietly(x ast.Expression, e *env) value {
	found, sets, login, read := l.found, l.tokenSets, l.loginSets, l.tokenRead
	l.found = make(map[spot]*Finding)
	if len(l.stack) < 8 {
		inner := *e
		inner.results = nil
		v := l.eval(x, &inner)
		l.found, l.tokenSets, l.loginSets, l.tokenRead = found, sets, login, read
		return v
	}
	l.found = found
	return unknown()
}
