package lint

import (
	"cmp"
	"errors"
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/go-sourcemap/sourcemap"

	"example.com/keepsake/hooks/actions/script"
)

// Severity says how bad a finding is.
type Severity string

// The severities. An Error fails the login: whenever the code is reached, or (Finding.When) in some logins. A Warning fails
// nothing by itself. An Info is worth knowing.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// When says in which runs a finding strikes.
type When string

// Values of When.
const (
	Always    When = "always"
	Sometimes When = "sometimes"
)

// Finding is one thing that was found.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Column   int      `json:"column"` // in UTF-16 units, from 1
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	When     When     `json:"when"`
	Message  string   `json:"message"`
	Mend     string   `json:"mend"`
}

// Source is an Action to look at.
type Source struct {
	// File is how findings name it.
	File string
	Code string
	// Secrets are the names of the secrets that are set; nil when that is not known.
	Secrets map[string]bool
}

// The code is parsed as the body of a function, as the engine runs it: a module may return. The head is on the code's first line,
// so that only that line's columns have to be put right.
const (
	head = "(function (exports, require, module) {"
	tail = "\n})"
)

// Check returns what was found in an Action, in the order of its lines. Code that can't be parsed is one finding.
func Check(s Source) []Finding {
	l := &linter{source: s, found: make(map[spot]*Finding)}
	body, err := l.parse()
	if err != nil {
		l.syntax(err)
		return l.findings()
	}
	l.module(body)
	return l.findings()
}

// errClosed is code that closes the function around it.
var errClosed = errors.New("Unexpected token '}'")

// parse reads the code as the engine would: as it is or, where the engine can't, with its newer syntax, ES modules and TypeScript
// lowered.
func (l *linter) parse() ([]ast.Statement, error) {
	err := errClosed
	if script.IsScript(l.source.File) {
		var tree *ast.Program
		if tree, err = parser.ParseFile(nil, l.source.File, head+l.source.Code+tail, 0, parser.WithDisableSourceMaps); err == nil {
			l.file = tree.File
			if body, ok := moduleBody(tree); ok {
				return body, nil
			}
			return nil, errClosed
		}
	}
	code, lowering := script.Transform(script.Source{File: l.source.File, Code: l.source.Code})
	if lowering != nil {
		if script.IsScript(l.source.File) {
			return nil, err
		}
		return nil, lowering
	}
	return l.parseLowered(code)
}

// parseLowered reads what was lowered; places are those of the author's own code.
func (l *linter) parseLowered(code *script.Code) ([]ast.Statement, error) {
	shifted, err := script.Shift(code.Map, 1)
	if err != nil {
		return nil, err
	}
	places, err := sourcemap.Parse("", shifted)
	if err != nil {
		return nil, err
	}
	tree, err := parser.ParseFile(nil, "", head+"\n"+code.Text+tail, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil, err
	}
	tree.File.SetSourceMap(places)
	l.file, l.lowered = tree.File, true
	body, ok := moduleBody(tree)
	if !ok {
		return nil, errClosed
	}
	return body, nil
}

// moduleBody returns the statements of the code; false when it closed the function around it.
func moduleBody(tree *ast.Program) ([]ast.Statement, bool) {
	if len(tree.Body) != 1 {
		return nil, false
	}
	statement, ok := tree.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return nil, false
	}
	f, ok := statement.Expression.(*ast.FunctionLiteral)
	if !ok {
		return nil, false
	}
	return f.Body.List, true
}

// spot is a place and a rule: the same is reported once, however often it is passed.
type spot struct {
	at   file.Idx
	rule string
}

func (l *linter) findings() []Finding {
	list := make([]Finding, 0, len(l.found))
	disabled := disabledLines(l.source.Code)
	for _, f := range l.found {
		if !disabled[f.Line][f.Rule] {
			list = append(list, *f)
		}
	}
	slices.SortFunc(list, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	return list
}

// report records a finding, unless a worse one of the same rule is at that place.
func (l *linter) report(at file.Idx, f Finding) {
	key := spot{at, f.Rule}
	if have, ok := l.found[key]; ok && worth[have.Severity] >= worth[f.Severity] {
		return
	}
	position := l.file.Position(int(at) - l.file.Base())
	if l.lowered && position.Filename == "" {
		return // in what lowering has added
	}
	f.File, f.Line, f.Column = l.source.File, position.Line, position.Column
	if f.Line == 1 && !l.lowered {
		f.Column -= len(head)
	}
	f.Line, f.Column = max(f.Line, 1), max(f.Column, 1)
	l.found[key] = &f
}

var worth = map[Severity]int{Info: 1, Warning: 2, Error: 3}

func (l *linter) syntax(err error) {
	f := &Finding{File: l.source.File, Line: 1, Column: 1, Rule: ruleSyntax, Severity: Error, When: Always, Message: err.Error(), Mend: mendSyntax}
	var list parser.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		f.Line, f.Column, f.Message = max(list[0].Position.Line, 1), list[0].Position.Column, list[0].Message
		if f.Line == 1 {
			f.Column -= len(head)
		}
		f.Column = max(f.Column, 1)
	}
	var lowering *script.Error
	if errors.As(err, &lowering) {
		f.Line, f.Column, f.Message = max(lowering.Line, 1), max(lowering.Column, 1), lowering.Message
	}
	l.found[spot{}] = f
}
