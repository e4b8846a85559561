package actions

import (
	"math/big"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/unistring"
)

// What can't be interrupted, and has no bound that could be checked before it begins, does not run in the server's own process when
// there is another one for it: arithmetic on BigInts, regular expressions that may backtrack for longer than a login lasts, and built-in
// functions that call one another (see natives.go).

// isWild reports whether a name leads to BigInts: BigInt itself, readBigInt64LE, hrtime.bigint and the like; or to a built-in function as a value:
// a proxy can make it look like something else, and a getter comes out of __lookupGetter__.
func isWild(name string) bool {
	switch name {
	case "Proxy", "__lookupGetter__", "__lookupSetter__":
		return true
	}
	return strings.Contains(name, "BigInt") || strings.Contains(name, "BigUint") || strings.Contains(name, "BigUInt") ||
		name == "bigint" || name == "publicExponent"
}

// judge completes what is wild: the names.
func (f *facts) judge() {
	for name := range f.names {
		if isWild(name) {
			f.wild = "it names " + name
		}
	}
}

// bigIntOf returns the digits of a BigInt literal.
func bigIntOf(e ast.Expression) (digits string, ok bool) {
	n, ok := e.(*ast.NumberLiteral)
	if !ok {
		return "", false
	}
	v, ok := n.Value.(*big.Int)
	if !ok {
		return "", false
	}
	return v.String(), true
}

// bigIntMaker is the global function that makes the BigInts of literals. No code can write this name.
const bigIntMaker = "keepsake bigint"

// deferBigInts puts calls into the place of BigInt literals. The engine's compiler works out what is constant, 2n ** 2n ** 40n for
// example, and a compiler can't be interrupted either. As a key in an object, 1n is '1'.
func deferBigInts(tree *ast.Program) (found bool) {
	walk(tree.Body, func(n any) {
		switch n := n.(type) {
		case *ast.PropertyKeyed:
			found = keyOfBigInt(&n.Key, n.Computed) || found
		case *ast.MethodDefinition:
			found = keyOfBigInt(&n.Key, n.Computed) || found
		case *ast.FieldDefinition:
			found = keyOfBigInt(&n.Key, n.Computed) || found
		}
	})
	eachExpression(tree.Body, func(e ast.Expression) ast.Expression {
		digits, ok := bigIntOf(e)
		if !ok {
			return e
		}
		found = true
		return callOf(bigIntMaker, &ast.StringLiteral{Idx: e.Idx0(), Literal: "'" + digits + "'", Value: unistring.NewFromString(digits)})
	})
	return found
}

func keyOfBigInt(key *ast.Expression, computed bool) bool {
	digits, ok := bigIntOf(*key)
	if ok && !computed {
		*key = &ast.StringLiteral{Idx: (*key).Idx0(), Literal: "'" + digits + "'", Value: unistring.NewFromString(digits)}
	}
	return ok
}

// pattern looks at a regular expression literal. Go's own engine takes linear time, but goja leaves to another engine, which backtracks,
// what Go's can't do: look-arounds and back-references; every expression that begins in the middle of a text, as one with the
// flag g or y does; and some texts that are not ASCII.
func (s *surveyor) pattern(n *ast.RegExpLiteral) {
	_, err := parser.TransformRegExp(n.Pattern, strings.Contains(n.Flags, "s"), strings.Contains(n.Flags, "u"))
	if err != nil || !isLinear(n.Pattern) {
		s.wild = "it has a regular expression that may backtrack for long"
	}
}

// isLinear reports whether a pattern takes linear time in an engine that backtracks, too: it repeats one thing at most, and that is its
// end, so that nothing after it can fail and make it try again. It errs on the side of no.
func isLinear(pattern string) bool {
	optional := 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '[':
			i = endOfClass(pattern, i)
		case '{':
			return false
		case '?':
			if i > 0 && pattern[i-1] != '(' { // not of (?:
				optional++
			}
		case '*', '+':
			return i > 0 && pattern[i-1] != ')' && isEnd(pattern[i+1:]) && optional < maxOptional
		}
	}
	return optional < maxOptional
}

// maxOptional is how many optional parts a linear pattern has: each may double the ways to match.
const maxOptional = 5

func isEnd(rest string) bool {
	rest = strings.TrimPrefix(rest, "?")
	return rest == "" || rest == ")"
}

// endOfClass returns where the character class that begins at i ends.
func endOfClass(pattern string, i int) int {
	for i++; i < len(pattern) && pattern[i] != ']'; i++ {
		if pattern[i] == '\\' {
			i++
		}
	}
	return i
}
