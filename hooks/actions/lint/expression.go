package lint

import (
	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// eval goes through an expression, reports what is wrong in it and returns what is known about its value.
func (l *linter) eval(x ast.Expression, e *env) value {
	if l.steps++; l.steps > maxSteps || x == nil {
		return unknown()
	}
	v := l.expression(x, e)
	v.source = x
	return v
}

func (l *linter) expression(x ast.Expression, e *env) value {
	switch n := x.(type) {
	case *ast.Identifier:
		return l.identifier(n, e)
	case *ast.StringLiteral:
		return constant(n.Value.String())
	case *ast.TemplateLiteral:
		return l.template(n, e)
	case *ast.DotExpression:
		return l.member(l.eval(n.Left, e.testing(false)), n.Identifier.Name.String(), n.Identifier.Idx, e)
	case *ast.BracketExpression:
		return l.bracket(n, e)
	case *ast.OptionalChain:
		return l.optionalChain(n, e)
	case *ast.Optional:
		return l.eval(n.Expression, e.testing(true))
	case *ast.CallExpression:
		at := e.testing(false)
		v := l.call(n, at)
		e.facts = at.facts // a function may have thrown for what does not hold
		return v
	case *ast.NewExpression:
		return l.construct(n, e)
	case *ast.ConditionalExpression:
		l.eval(n.Test, e.testing(true))
		return l.eval(n.Consequent, e.given(l.narrow(n.Test, true, e))).or(l.eval(n.Alternate, e.given(l.narrow(n.Test, false, e))))
	case *ast.BinaryExpression:
		return l.binary(n, e)
	case *ast.UnaryExpression:
		return l.unary(n, e)
	case *ast.AssignExpression:
		return l.assign(n, e)
	case *ast.AwaitExpression:
		return awaited(l.eval(n.Argument, e))
	case *ast.ArrayLiteral:
		for _, item := range n.Value {
			l.eval(item, e)
		}
		return ofKind(kindArray)
	case *ast.ObjectLiteral:
		return l.objectLiteral(n, e)
	case *ast.FunctionLiteral:
		return l.functionOf(n, e)
	case *ast.ArrowFunctionLiteral:
		return l.functionOf(n, e)
	default:
		return l.rest(x, e)
	}
}

func (l *linter) rest(x ast.Expression, e *env) value {
	switch n := x.(type) {
	case *ast.NumberLiteral:
		return ofKind(kindNumber)
	case *ast.BooleanLiteral:
		return ofKind(kindBoolean)
	case *ast.NullLiteral:
		return ofKind(types.Null)
	case *ast.RegExpLiteral:
		return ofKind(kindObject)
	case *ast.SpreadElement:
		return l.eval(n.Expression, e)
	case *ast.SequenceExpression:
		v := unknown()
		for _, part := range n.Sequence {
			v = l.eval(part, e)
		}
		return v
	case *ast.ClassLiteral:
		l.class(n, e)
	case *ast.YieldExpression:
		if n.Argument != nil {
			l.eval(n.Argument, e)
		}
	}
	return unknown()
}

func (l *linter) identifier(n *ast.Identifier, e *env) value {
	name := n.Name.String()
	if s := e.scope.find(name); s != nil {
		return e.facts.apply(s.value)
	}
	switch name {
	case "undefined":
		return ofKind(kindUndefined)
	case "NaN", "Infinity":
		return ofKind(kindNumber)
	}
	return unknown()
}

func (l *linter) template(n *ast.TemplateLiteral, e *env) value {
	if n.Tag != nil {
		l.eval(n.Tag, e)
	}
	v := ofKind(kindString)
	text := ""
	for _, part := range n.Elements {
		text += part.Parsed.String()
	}
	for _, part := range n.Expressions {
		l.eval(part, e)
	}
	if n.Tag != nil {
		return unknown()
	}
	v.text, v.partial = &text, len(n.Expressions) > 0
	return v
}

func (l *linter) bracket(n *ast.BracketExpression, e *env) value {
	object := l.eval(n.Left, e.testing(false))
	index := l.eval(n.Member, e)
	if index.text != nil && !index.partial {
		return l.member(object, *index.text, n.Member.Idx0(), e)
	}
	l.deref(object, n.Left, e)
	switch {
	case object.typ != nil && object.typ.Element != nil && object.kinds&kindArray != 0:
		return softly(object.typ.Element)
	case object.typ != nil && object.typ.Index != nil:
		return softly(object.typ.Index)
	}
	return unknown()
}

// softly is a member of a map or a list: whether it is there, nobody knows.
func softly(t *types.Type) value {
	return value{kinds: t.Kinds | kindUndefined, typ: t, soft: true}
}

// optionalChain evaluates "a?.b.c": undefined where a is.
func (l *linter) optionalChain(n *ast.OptionalChain, e *env) value {
	v := l.eval(n.Expression, e)
	short, soft, always := false, true, false
	optionals(n.Expression, func(o *ast.Optional) {
		if base := l.quietly(o.Expression, e); base.may(nullish) {
			short = true
			soft = soft && base.soft
			always = always || base.kinds&^nullish == 0
		}
	})
	switch {
	case always:
		v.kinds, v.soft = kindUndefined, soft
	case short:
		v.soft = (!v.may(nullish) || v.soft) && soft
		v.kinds |= kindUndefined
	}
	return v
}

// optionals calls f for each "?." of one chain.
func optionals(x ast.Expression, f func(*ast.Optional)) {
	for {
		switch n := x.(type) {
		case *ast.Optional:
			f(n)
			x = n.Expression
		case *ast.DotExpression:
			x = n.Left
		case *ast.BracketExpression:
			x = n.Left
		case *ast.CallExpression:
			x = n.Callee
		default:
			return
		}
	}
}

func (l *linter) binary(n *ast.BinaryExpression, e *env) value {
	switch n.Operator {
	case token.LOGICAL_AND:
		left := l.eval(n.Left, e.testing(true))
		right := l.eval(n.Right, e.given(l.narrow(n.Left, true, e)))
		if left.kinds&(nullish|primitive|anything) == 0 {
			return right
		}
		return left.falsy().or(right)
	case token.LOGICAL_OR:
		left := l.eval(n.Left, e.testing(true))
		right := l.eval(n.Right, e.given(l.narrow(n.Left, false, e)))
		return alternative(left, right)
	case token.COALESCE:
		left := l.eval(n.Left, e.testing(true))
		return alternative(left, l.eval(n.Right, e))
	}
	left, right := l.eval(n.Left, e.testing(n.Comparison)), l.eval(n.Right, e)
	switch {
	case n.Operator == token.PLUS && (left.kinds == kindString || right.kinds == kindString):
		return ofKind(kindString)
	case n.Operator == token.PLUS && (left.kinds != kindNumber || right.kinds != kindNumber):
		return unknown()
	case n.Comparison, n.Operator == token.IN, n.Operator == token.INSTANCEOF:
		return ofKind(kindBoolean)
	}
	return ofKind(kindNumber)
}

// alternative is "left || right" and "left ?? right".
func alternative(left, right value) value {
	if left.kinds&^nullish == 0 {
		return right
	}
	return left.truthy().or(right)
}

func (l *linter) unary(n *ast.UnaryExpression, e *env) value {
	asking := n.Operator == token.NOT || n.Operator == token.TYPEOF
	l.eval(n.Operand, e.testing(asking))
	switch n.Operator {
	case token.NOT, token.DELETE:
		return ofKind(kindBoolean)
	case token.TYPEOF:
		return ofKind(kindString)
	case token.VOID:
		return ofKind(kindUndefined)
	}
	return ofKind(kindNumber)
}

func (l *linter) assign(n *ast.AssignExpression, e *env) value {
	v := l.eval(n.Right, e)
	switch left := n.Left.(type) {
	case *ast.DotExpression:
		l.eval(left.Left, e)
		l.export(left, v)
	case *ast.BracketExpression:
		l.eval(left.Left, e)
		l.eval(left.Member, e)
	}
	return v
}

func awaited(v value) value {
	switch {
	case v.promised != nil:
		return *v.promised
	case v.kinds&(kindObject|anything) != 0:
		return unknown()
	}
	return v
}

func (l *linter) objectLiteral(n *ast.ObjectLiteral, e *env) value {
	v := value{kinds: kindObject, members: make(map[string]value)}
	for _, property := range n.Value {
		switch p := property.(type) {
		case *ast.PropertyShort:
			v.members[p.Name.Name.String()] = l.eval(&p.Name, e)
		case *ast.PropertyKeyed:
			if p.Computed {
				l.eval(p.Key, e)
			}
			member := l.eval(p.Value, e)
			if name, ok := propertyName(p.Key); ok && !p.Computed {
				v.members[name] = member
			}
		case *ast.SpreadElement:
			l.eval(p.Expression, e)
			v.members = nil
			return v
		}
	}
	return v
}

// class goes through the methods of a class as functions whose callers are not known.
func (l *linter) class(n *ast.ClassLiteral, e *env) {
	for _, element := range n.Body {
		if m, ok := element.(*ast.MethodDefinition); ok {
			l.callback(l.functionOf(m.Body, e), e)
		}
	}
}
