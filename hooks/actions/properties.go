package actions

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"example.com/keepsake/hooks/actions/nodejs"
)

// expandProperties writes \p{…} in regular expressions as the characters that it stands for: goja takes it for the letter p and says nothing.
// Expressions that are made of strings when the code runs are up to package nodejs.
func expandProperties(tree *ast.Program) error {
	var failed error
	walk(tree.Body, func(n any) {
		literal, ok := n.(*ast.RegExpLiteral)
		if !ok {
			return
		}
		pattern, flags, err := nodejs.ExpandProperties(literal.Pattern, literal.Flags)
		if err != nil && failed == nil {
			failed = &goja.CompilerSyntaxError{CompilerError: goja.CompilerError{
				Message: err.Error(), File: tree.File, Offset: int(literal.Idx) - tree.File.Base(),
			}}
		}
		literal.Pattern, literal.Flags = pattern, flags
	})
	return failed
}
