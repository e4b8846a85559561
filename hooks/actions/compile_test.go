package actions_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

func TestSyntaxErrorsHaveThePlaceInTheAuthorsFile(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		code string
		want string // prefix
	}{
		{"first line", `const = 1;`, "dir/my.js:1:7: SyntaxError: Unexpected token ="},
		{"third line", "\n\n  const = 1;", "dir/my.js:3:9: SyntaxError: Unexpected token ="},
		{"twice declared", "let a;\nlet a;", "dir/my.js:2:"},
		{"types in JavaScript", "\n  let x: string;", "dir/my.js:2:8: SyntaxError: "},
		{"after newer syntax", "async function* g() {}\nconst = 1;", "dir/my.js:2:7: SyntaxError: "},
		{"never closed", "exports.x = async () => {", "dir/my.js:1:26: SyntaxError: Unexpected end of file"},
		{"closed once too often", "exports.x = 1; }", "dir/my.js:"},
		{"a wrapper that is closed and opened again", "}); globalThis.outside = 1; (function () {", "dir/my.js:1:1: SyntaxError: "},
		{"a wrapper that is called", "})(); (function () {", "dir/my.js:1:1: SyntaxError: "},
		{"a property that is not there", "const a = 1;\n  const r = /[\\p{Nonsense}]/u;", "dir/my.js:2:13: SyntaxError: Invalid regular expression: /[\\p{Nonsense}]/: The property Nonsense is not supported"},
		{"a flag that is not there", "const r = /a/d;", "dir/my.js:1:11: SyntaxError: Invalid flags supplied to RegExp constructor 'd'"},
		{"await outside of an async function", "await 1;", "dir/my.js:1:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := actions.Compile(actions.Source{Name: "my action", File: "dir/my.js", Code: test.code})
			var syntax *actions.SyntaxError
			if !errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("error = %v, want %s…", err, test.want)
			}
		})
	}
}

func TestCodeWithoutAFileIsCalledByItsName(t *testing.T) {
	t.Parallel()
	_, err := actions.Compile(actions.Source{Name: "greet", Code: "const = 1;"})
	if err == nil || !strings.HasPrefix(err.Error(), "greet.js:1:7: ") {
		t.Errorf("error = %v", err)
	}
}

// The largest code that is accepted, nested as deeply as it can be, must not overflow Go's stack.
func TestDeeplyNestedCodeIsAnErrorAtWorst(t *testing.T) {
	t.Parallel()
	length := models.MaxActionCode
	for _, open := range []string{"(", "[", "{", "!", "a=>", "a?", "`${", "-(", "x=>{"} {
		_, err := actions.Compile(actions.Source{Name: "deep", Code: strings.Repeat(open, length/len(open))})
		length = models.MaxActionCode / 8 // the first is the deepest; the others need not take as long
		var syntax *actions.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: error = %v, want a SyntaxError", open, err)
		}
	}
}

// A sourceMappingURL must not make the compiler open files.
func TestSourceMapsAreNotRead(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"//# sourceMappingURL=/etc/passwd",
		"exports.onExecutePostLogin = async () => { eval('1 //# sourceMappingURL=/etc/passwd'); };",
	} {
		h := newHook(t, code)
		if _, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent()); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestStacksHaveTheAuthorsPlaces(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, code, want string }{
		{"first line", `exports.onExecutePostLogin = async (event, api) => { throw new Error("x"); };`, "action.js:1:60"},
		{"later line", "exports.onExecutePostLogin = async (event, api) => {\n  const f = () => { throw new Error('x'); };\n  f();\n};", "f (action.js:2:27"},
		{"inside a binding", "exports.onExecutePostLogin = async (event, api) => {\n  api.refreshToken.setMetadata('a b', 'x');\n};", "action.js:2:31"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := (&hooks.Chain{Hooks: []hooks.Hook{newHook(t, test.code)}}).Run(t.Context(), baseEvent())
			var failed *hooks.FailedError
			if !errors.As(err, &failed) || !strings.Contains(failed.Cause.Stack, test.want) {
				t.Errorf("error = %v, stack without %q:\n%s", err, test.want, failed.Cause.Stack)
			}
			if strings.Contains(failed.Cause.Stack, "keepsake") {
				t.Errorf("the stack shows the server's own functions:\n%s", failed.Cause.Stack)
			}
		})
	}
}
