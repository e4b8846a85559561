package actions

import "github.com/dlclark/regexp2/v2"

// goja hands regular expressions that Go's own engine does not know (back-references, look-arounds) to regexp2, which
// backtracks and may take exponential time. goja has no setting for regexp2's timeout and makes the expressions itself, so
// the only way to set one is this package variable, which regexp2 reads whenever it compiles an expression. It is set
// before anything can compile one, and never again.
func init() { regexp2.DefaultMatchTimeout = MaxTimeout }
