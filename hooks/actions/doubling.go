package actions

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// A text that is added to itself in a loop doubles each time: after thirty rounds it takes all the memory that there is, faster than anybody
// looks. So s += s becomes check(s += s), and check bounds what comes of it. Only what adds a thing to itself is looked at, as s + s and `${s}${s}`;
// anything else grows by steps, which the watchdog has time to see, and costs nothing more.

// textCheck is the global function that such texts go through. No code can write this name.
const textCheck = "keepsake text"

// maxParts bounds how much of an expression is looked at, so that long ones take no time to compile.
const maxParts = 32

// checkTexts puts the check around every expression that adds a thing to itself.
func (s *surveyor) checkTexts(tree *ast.Program, n numbers) {
	var slots []*ast.Expression
	eachSlot(tree.Body, func(slot *ast.Expression) {
		if doubles(*slot, n) {
			slots = append(slots, slot)
		}
	})
	for _, slot := range slots {
		*slot = callOf(textCheck, *slot)
	}
	s.doubles = len(slots) > 0
}

func doubles(e ast.Expression, n numbers) bool {
	switch e := e.(type) {
	case *ast.BinaryExpression:
		return e.Operator == token.PLUS && share(n, e.Left, e.Right)
	case *ast.AssignExpression:
		return e.Operator == token.PLUS && share(n, e.Left, e.Right)
	case *ast.TemplateLiteral:
		return e.Tag == nil && len(e.Expressions) > 1 && share(n, e.Expressions...)
	}
	return false
}

// share reports whether two of the operands are made of the same thing. Numbers are short whatever they are made of.
func share(n numbers, operands ...ast.Expression) bool {
	seen := make(map[string]bool)
	left := maxParts
	for _, operand := range operands {
		if n.has(operand) {
			continue
		}
		mine := make(map[string]bool)
		if parts(operand, mine, &left); left <= 0 {
			return false
		}
		for name := range mine {
			if seen[name] {
				return true
			}
			seen[name] = true
		}
	}
	return false
}

// parts collects the variables and members that an expression is made of.
func parts(e ast.Expression, found map[string]bool, left *int) {
	if *left--; *left <= 0 {
		return
	}
	if name, ok := pathOf(e, maxParts); ok {
		found[name] = true
		return
	}
	each := func(list ...ast.Expression) {
		for _, e := range list {
			parts(e, found, left)
		}
	}
	switch e := e.(type) {
	case *ast.BinaryExpression:
		each(e.Left, e.Right)
	case *ast.ConditionalExpression:
		each(e.Consequent, e.Alternate)
	case *ast.TemplateLiteral:
		each(e.Expressions...)
	case *ast.CallExpression:
		each(e.ArgumentList...)
		if method, ok := e.Callee.(*ast.DotExpression); ok { // s.trim() is made of s
			each(method.Left)
		}
	}
}

// pathOf writes a variable, or a member of one, as its author did: a.b[0].
func pathOf(e ast.Expression, depth int) (string, bool) {
	if depth == 0 {
		return "", false
	}
	switch e := e.(type) {
	case *ast.Identifier:
		return e.Name.String(), true
	case *ast.ThisExpression:
		return "this", true
	case *ast.DotExpression:
		of, ok := pathOf(e.Left, depth-1)
		return of + "." + e.Identifier.Name.String(), ok
	case *ast.BracketExpression:
		of, ok := pathOf(e.Left, depth-1)
		switch m := e.Member.(type) {
		case *ast.Identifier:
			return of + "[" + m.Name.String() + "]", ok
		case *ast.NumberLiteral:
			return of + "[" + m.Literal + "]", ok
		case *ast.StringLiteral:
			return of + "." + m.Value.String(), ok
		}
	}
	return "", false
}

// checkDoubled bounds a text that was added to itself.
func (x *execution) checkDoubled(v goja.Value) goja.Value {
	if s, ok := v.(goja.String); ok {
		x.check(limitString, float64(s.Length()), messageStringLength)
	}
	return v
}
