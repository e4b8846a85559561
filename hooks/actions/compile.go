package actions

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/go-sourcemap/sourcemap"

	"example.com/keepsake/hooks/actions/nodejs"
	"example.com/keepsake/hooks/actions/script"
	"example.com/keepsake/models"
)

// Source is an Action's code.
type Source struct {
	// Name is the Action's name.
	Name string
	// File is where the code came from, for error messages; empty: Name with ".js".
	File string
	Code string
	// Bundle is Code with the packages that it requires, from Build. Nil: Code stands by itself.
	Bundle *models.ActionBundle
}

// Program is a compiled Action. It may run in any number of executions at once.
type Program struct {
	name string
	file string
	code *goja.Program
	// source is what to compile in another process to get the same.
	source Source
	facts
	guards []*namedGuard
	strain strain
	// remote guards what the worker processes get.
	remote sync.Once
	unitID string
	unit   []byte
	// globals are the names of Node.js's that the code may use.
	globals []string
	// lowered says that the code is not the author's own, and has a source map.
	lowered bool
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

// Compile parses and compiles an Action. A plain script that the engine knows runs as it is; anything else (newer syntax, ES
// modules, TypeScript) is lowered first, and a bundle has been. The error is a *SyntaxError.
func Compile(s Source) (*Program, error) {
	file := fileOf(s)
	if s.Bundle != nil {
		return compileLowered(s, file, &script.Code{Text: s.Bundle.Code, Map: s.Bundle.Map})
	}
	var plain *SyntaxError
	if script.IsScript(file) {
		p, err := compilePlain(s, file)
		if err == nil || !errors.As(err, &plain) {
			return p, err
		}
	}
	code, err := script.Transform(script.Source{File: file, Code: s.Code})
	if err != nil {
		return nil, judge(plain, scriptError(err))
	}
	return compileLowered(s, file, code)
}

// judge chooses between the engine's error and that of what knows newer syntax too: where both stumble over the same line the
// engine's, which speaks of JavaScript as authors know it.
func judge(plain *SyntaxError, lowering error) error {
	var other *SyntaxError
	if plain == nil || errors.As(lowering, &other) && other.Line != plain.Line {
		return lowering
	}
	return plain
}

// fileOf is the name of a source's file.
func fileOf(s Source) string {
	if s.File == "" {
		return s.Name + ".js"
	}
	return s.File
}

func compilePlain(s Source, file string) (*Program, error) {
	// Source maps are off: a sourceMappingURL comment makes goja read that file from this machine.
	tree, err := parser.ParseFile(nil, file, wrapperHead+s.Code+wrapperTail, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, syntaxError(file, nil, err)
	}
	if !isWrapper(tree, len(s.Code)) {
		return nil, &SyntaxError{File: file, Line: 1, Column: 1, Message: "SyntaxError: Unexpected token '}'"}
	}
	p, err := newProgram(s, file, tree, s.Code)
	if err != nil {
		return nil, syntaxError(file, nil, err)
	}
	return p, nil
}

// newProgram compiles what was parsed. Code is its text.
func newProgram(s Source, file string, tree *ast.Program, code string) (*Program, error) {
	if err := expandProperties(tree); err != nil {
		return nil, err
	}
	facts := survey(tree)
	program, err := goja.CompileAST(tree, false)
	if err != nil {
		return nil, err
	}
	return &Program{
		name: s.Name, file: file, code: program, source: s, facts: facts, guards: guardsFor(&facts),
		globals: nodejs.Globals(func(name string) bool { return facts.mayName(name, code) }),
	}, nil
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

// syntaxError makes a SyntaxError of the engine's. Places maps those of lowered code that the engine could not even parse.
func syntaxError(file string, places *sourcemap.Consumer, err error) error {
	var list parser.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		at := list[0].Position
		if places == nil {
			at = authorsPosition(at)
		} else if source, _, line, column, ok := places.Source(at.Line, at.Column); ok {
			file, at.Line, at.Column = source, line, column
		}
		return newSyntaxError(file, at, list[0].Message)
	}
	var compile *goja.CompilerSyntaxError
	if errors.As(err, &compile) && compile.File != nil {
		at := compile.File.Position(compile.Offset)
		if places == nil {
			at = authorsPosition(at)
		} else if at.Filename != "" && at.Filename != escaped(file) {
			file = at.Filename // of a package
		}
		return newSyntaxError(file, at, compile.Message)
	}
	return newSyntaxError(file, sourceStart, err.Error())
}

var sourceStart = file.Position{Line: 1, Column: 1}

// authorsPosition takes the module's wrapper out of a place in plain code.
func authorsPosition(at file.Position) file.Position {
	if at.Line == 1 {
		at.Column -= len(wrapperHead)
	}
	return at
}

func newSyntaxError(file string, at file.Position, message string) error {
	if !strings.HasPrefix(message, "SyntaxError: ") {
		message = "SyntaxError: " + message
	}
	return &SyntaxError{File: file, Line: max(at.Line, 1), Column: max(at.Column, 1), Message: message}
}
