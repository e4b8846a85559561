package actions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
)

// Source is an Action's code.
type Source struct {
	// Name is the Action's name.
	Name string
	// File is where the code came from, for error messages; empty: Name with ".js".
	File string
	Code string
}

// Program is a compiled Action. It is immutable and may run in any number of executions at once.
type Program struct {
	name   string
	file   string
	code   *goja.Program
	guards []guard
	// readsValue says that the code may look up a member called value: see asnValue.
	readsValue bool
}

// SyntaxError says where code is not JavaScript. Line and Column count from 1, in the author's own file.
type SyntaxError struct {
	File    string
	Line    int
	Column  int
	Message string
}

// Error returns "file:line:column: message".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// The wrapper of a CommonJS module. It begins on the code's own first line, so that only the columns of that line have to
// be corrected. The line break before the end keeps a last line that is a comment from hiding it.
const (
	wrapperHead = "(function (exports, require, module) {"
	wrapperTail = "\n})"
)

// Compile parses and compiles an Action. The error is a *SyntaxError.
func Compile(s Source) (*Program, error) {
	name := s.File
	if name == "" {
		name = s.Name + ".js"
	}
	// Source maps are off: a sourceMappingURL comment makes goja read that file from this machine.
	tree, err := parser.ParseFile(nil, name, wrapperHead+s.Code+wrapperTail, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	if !isWrapper(tree, len(s.Code)) {
		return nil, &SyntaxError{File: name, Line: 1, Column: 1, Message: "SyntaxError: Unexpected token '}'"}
	}
	code, err := goja.CompileAST(tree, false)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	return &Program{name: s.Name, file: name, code: code, guards: guardsFor(s.Code), readsValue: mayName(s.Code, "value")}, nil
}

// isWrapper reports whether the tree is the wrapper and nothing else: code such as "}); (function () {" closes it, parses,
// and would run outside of the module.
func isWrapper(tree *ast.Program, length int) bool {
	if len(tree.Body) != 1 {
		return false
	}
	statement, ok := tree.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return false
	}
	function, ok := statement.Expression.(*ast.FunctionLiteral)
	// Idx counts from 1; the function begins after the bracket and ends with the brace of the tail.
	return ok && int(function.Idx0()) == 2 && int(function.Idx1()) == len(wrapperHead)+length+len(wrapperTail)
}

func syntaxError(name string, err error) error {
	var list parser.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return newSyntaxError(name, list[0].Position, list[0].Message)
	}
	var compile *goja.CompilerSyntaxError
	if errors.As(err, &compile) && compile.File != nil {
		return newSyntaxError(name, compile.File.Position(compile.Offset), compile.Message)
	}
	return &SyntaxError{File: name, Line: 1, Column: 1, Message: "SyntaxError: " + err.Error()}
}

func newSyntaxError(name string, at file.Position, message string) error {
	if at.Line == 1 {
		at.Column = max(at.Column-len(wrapperHead), 1)
	}
	if !strings.HasPrefix(message, "SyntaxError: ") {
		message = "SyntaxError: " + message
	}
	return &SyntaxError{File: name, Line: max(at.Line, 1), Column: max(at.Column, 1), Message: message}
}
