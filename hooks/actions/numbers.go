package actions

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// numbers are the variables that hold nothing but a number (or nothing yet) as far as the syntax tells, so that list[i] in a loop needs
// no check. A name is judged over the whole code, whatever it is bound to where. A global variable may be set in ways that are not
// seen here: so member makes a number of it in any case.
type numbers map[string]bool

// findNumbers supposes that every variable is one, and takes back what has a binding or an assignment of something else, until
// nothing changes.
func findNumbers(tree *ast.Program) numbers {
	f := numberFinder{given: make(map[string][]ast.Expression), other: make(map[string]bool)}
	walk(tree.Body, f.node)
	n := make(numbers)
	for name := range f.given {
		n[name] = !f.other[name]
	}
	for changed := true; changed; {
		changed = false
		for name, list := range f.given {
			for _, e := range list {
				if n[name] && !n.has(e) {
					n[name], changed = false, true
				}
			}
		}
	}
	return n
}

// has reports whether an expression is a number whenever it is anything. No booleans: as a member's name, true is not 1.
func (n numbers) has(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral:
		return true
	case *ast.Identifier:
		return n[e.Name.String()]
	case *ast.UnaryExpression:
		switch e.Operator {
		case token.PLUS, token.MINUS, token.BITWISE_NOT, token.INCREMENT, token.DECREMENT:
			return true
		}
	case *ast.BinaryExpression:
		switch e.Operator {
		case token.PLUS:
			return n.has(e.Left) && n.has(e.Right)
		case token.MINUS, token.MULTIPLY, token.SLASH, token.REMAINDER, token.EXPONENT, token.AND, token.OR, token.EXCLUSIVE_OR,
			token.SHIFT_LEFT, token.SHIFT_RIGHT, token.UNSIGNED_SHIFT_RIGHT:
			return true
		}
	case *ast.ConditionalExpression:
		return n.has(e.Consequent) && n.has(e.Alternate)
	}
	return false
}

type numberFinder struct {
	given map[string][]ast.Expression
	other map[string]bool // has a binding whose value nothing here tells
}

func (f *numberFinder) node(n any) {
	switch n := n.(type) {
	case *ast.Binding:
		f.bind(n.Target, n.Initializer)
	case *ast.AssignExpression:
		f.assign(n)
	case *ast.ParameterList:
		for _, p := range n.List {
			f.unknown(p.Target)
		}
		f.unknown(n.Rest)
	case *ast.CatchStatement:
		f.unknown(n.Parameter)
	case *ast.ForDeclaration:
		f.unknown(n.Target)
	case *ast.ForIntoVar:
		f.unknown(n.Binding.Target)
	case *ast.ForIntoExpression:
		f.unknown(n.Expression)
	case *ast.FunctionLiteral:
		if n.Name != nil {
			f.unknown(n.Name)
		}
	case *ast.ClassLiteral:
		if n.Name != nil {
			f.unknown(n.Name)
		}
	case *ast.ObjectPattern, *ast.ArrayPattern:
		walk(n, func(inside any) {
			if name, ok := inside.(*ast.Identifier); ok {
				f.other[name.Name.String()] = true
			}
		})
	}
}

func (f *numberFinder) bind(target ast.Expression, value ast.Expression) {
	name, ok := target.(*ast.Identifier)
	if !ok {
		return // a pattern
	}
	key := name.Name.String()
	switch {
	case value != nil:
		f.given[key] = append(f.given[key], value)
	case f.given[key] == nil:
		f.given[key] = []ast.Expression{} // undefined, which is no guard's name
	}
}

func (f *numberFinder) assign(n *ast.AssignExpression) {
	name, ok := n.Left.(*ast.Identifier)
	if !ok {
		return
	}
	key := name.Name.String()
	switch n.Operator {
	case token.ASSIGN, token.PLUS, token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
		f.given[key] = append(f.given[key], n.Right)
	}
}

func (f *numberFinder) unknown(target ast.Expression) {
	if name, ok := target.(*ast.Identifier); ok && name != nil {
		f.other[name.Name.String()] = true
	}
}
