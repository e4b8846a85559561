package tenant

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong in a tenant's files.
type Error struct {
	// File is the name of the file as the caller would write it.
	File string
	// Line and Column count from 1, the column in characters. Line 0: the error belongs to no line.
	Line, Column int
	// Key is where in the document it is ("clients[0].callbacks"); empty: in the document as a whole.
	Key string
	// Message says what is wrong. It never repeats a secret.
	Message string
}

// Error returns all of it on one line, in the form that editors and terminals make a link of:
// "tenant.yaml:12:5: clients[0].callbacks: expected a list of strings, got a number".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	if e.Key != "" {
		b.WriteString(": " + e.Key)
	}
	b.WriteString(": " + e.Message)
	return b.String()
}

// join makes one error of the problems, in the order in which a reader meets them; nil when there are none.
func join(problems []*Error) error {
	inOrder(problems)
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// inOrder sorts by file, line and column, and keeps the order in which they were found otherwise.
func inOrder(problems []*Error) {
	slices.SortStableFunc(problems, func(a, b *Error) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
