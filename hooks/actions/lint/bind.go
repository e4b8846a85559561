package lint

import (
	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
)

// Short names of the kinds.
const (
	kindUndefined = types.Undefined
	kindString    = types.String
	kindNumber    = types.Number
	kindBoolean   = types.Boolean
	kindObject    = types.Object
	kindArray     = types.Array
	kindFunction  = types.Function
)

// bind declares the names of a declaration's target.
func (l *linter) bind(target ast.Expression, v value, init ast.Expression, e *env) {
	switch t := target.(type) {
	case *ast.Identifier:
		l.declare(e, t.Name.String(), v, init)
	case *ast.ObjectPattern:
		l.bindObject(t, v, e)
	case *ast.ArrayPattern:
		for _, element := range t.Elements {
			if element != nil {
				l.bindDefault(element, unknown(), e)
			}
		}
		if t.Rest != nil {
			l.bind(t.Rest, ofKind(kindArray), nil, e)
		}
	case *ast.AssignExpression:
		l.bindDefault(t, v, e)
	}
}

func (l *linter) bindDefault(target ast.Expression, v value, e *env) {
	if d, ok := target.(*ast.AssignExpression); ok {
		fallback := l.eval(d.Right, e)
		l.bind(d.Left, v.without(kindUndefined).or(fallback), nil, e)
		return
	}
	l.bind(target, v, nil, e)
}

func (l *linter) bindObject(p *ast.ObjectPattern, v value, e *env) {
	for _, property := range p.Properties {
		switch q := property.(type) {
		case *ast.PropertyShort:
			member := l.member(v, q.Name.Name.String(), q.Name.Idx, e)
			if q.Initializer != nil {
				member = member.without(kindUndefined).or(l.eval(q.Initializer, e))
			}
			l.declare(e, q.Name.Name.String(), member, nil)
		case *ast.PropertyKeyed:
			name, ok := propertyName(q.Key)
			if !ok || q.Computed {
				l.bindDefault(q.Value, unknown(), e)
				continue
			}
			l.bindDefault(q.Value, l.member(v, name, q.Idx0(), e), e)
		}
	}
	if p.Rest != nil {
		l.bind(p.Rest, unknown(), nil, e)
	}
}

// propertyName returns the name of a property that has a constant one.
func propertyName(key ast.Expression) (string, bool) {
	switch k := key.(type) {
	case *ast.StringLiteral:
		return k.Value.String(), true
	case *ast.Identifier:
		return k.Name.String(), true
	}
	return "", false
}

// hoist declares the functions of a block, which may be called before their place.
func (l *linter) hoist(list []ast.Statement, e *env) {
	for _, s := range list {
		if d, ok := s.(*ast.FunctionDeclaration); ok && d.Function.Name != nil {
			l.declare(e, d.Function.Name.Name.String(), l.functionOf(d.Function, e), nil)
		}
	}
}

// assignments collects the names that are assigned to anywhere: no more is kept of them.
func (l *linter) assignments(list []ast.Statement) {
	visit(list, func(n any) {
		switch x := n.(type) {
		case *ast.AssignExpression:
			l.assignedTo(x.Left)
		case *ast.UnaryExpression:
			if isStep(x.Operator) {
				l.assignedTo(x.Operand)
			}
		case *ast.ForIntoExpression:
			l.assignedTo(x.Expression)
		}
	})
}

// assignedTo records the variables of an assignment's target. "event.x = 1" changes a member, and no variable.
func (l *linter) assignedTo(target ast.Expression) {
	switch t := target.(type) {
	case *ast.Identifier:
		l.assigned[t.Name.String()] = true
	case *ast.ObjectPattern, *ast.ArrayPattern:
		visit(t, func(n any) {
			if id, ok := n.(*ast.Identifier); ok {
				l.assigned[id.Name.String()] = true
			}
			if short, ok := n.(*ast.PropertyShort); ok {
				l.assigned[short.Name.Name.String()] = true
			}
		})
	}
}
