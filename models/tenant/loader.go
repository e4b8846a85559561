package tenant

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// loader is the state of one Load.
type loader struct {
	ctx      context.Context
	fsys     fs.FS
	dir      string // of the document, in fsys
	prefix   string // before the names of files in errors
	file     string // the document's name in errors
	options  Options
	keywords *keywords
	text     *text

	names    names
	problems []*Error
	warnings []*Error
	result   *Result
}

// problemf reports something that the author has to mend. A nil node is the document as a whole.
func (l *loader) problemf(n *node, path, format string, args ...any) {
	l.problems = append(l.problems, l.located(n, path, fmt.Sprintf(format, args...)))
}

// warnf reports something that the author should know.
func (l *loader) warnf(n *node, path, format string, args ...any) {
	l.warnings = append(l.warnings, l.located(n, path, fmt.Sprintf(format, args...)))
}

func (l *loader) located(n *node, path, message string) *Error {
	e := &Error{File: l.file, Key: path, Message: message}
	if n != nil && n.line > 0 {
		e.Line, e.Column = l.text.position(n.line, n.column)
	}
	return e
}

// ignore lists something of a real tenant that Keepsake has no use for.
func (l *loader) ignore(path string) { l.result.Ignored = append(l.result.Ignored, path) }

// expect reports whether a node is of a kind, with a problem if not. Want is how the error names what was expected.
func (l *loader) expect(n *node, path string, k kind, want string) bool {
	if n.kind == str && !l.resolved(n, path) {
		return false
	}
	if n.kind != k {
		l.problemf(n, path, "expected %s, got %s", want, n.kind)
		return false
	}
	return true
}

// resolved reports whether all keywords in a string had a value, with a problem if not.
func (l *loader) resolved(n *node, path string) bool {
	lacking := l.text.lacking(n.text)
	for _, k := range lacking {
		e := &Error{File: l.file, Key: path, Message: k.message()}
		e.Line, e.Column = place(l.text.source, k.at)
		l.problems = append(l.problems, e)
	}
	return len(lacking) == 0
}

// unique reports a second use of a name in a section. What says what the name is of ("client"). Empty names are let pass.
func (l *loader) unique(seen map[string]*node, what string, name located) bool {
	if name.text == "" {
		return true
	}
	if first, ok := seen[name.text]; ok {
		line, _ := l.text.position(first.line, first.column)
		l.problemf(name.at, name.path, "there is a second %s %q, the first is on line %d", what, name.text, line)
		return false
	}
	seen[name.text] = name.at
	return true
}

// distinct returns the strings of a list without repetitions.
func distinct(list []string) []string {
	seen := make(map[string]bool, len(list))
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// quoteAll writes names for an error: "a", "b".
func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}
