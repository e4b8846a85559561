package actions

import "testing"

func TestWhichCodeMayNameAMethodAtRunTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		code    string
		dynamic bool
	}{
		{"plain members", `exports.onExecutePostLogin = async (event, api) => { if (event.refresh_token) return; };`, false},
		{"an array literal", `const a = [1, 2]; f([3]); const b = { c: [4] };`, false},
		{"a literal name", `event.user.app_metadata['plan name']; list[0]; x["a-b"];`, false},
		{"an arrow function of an array", `const f = () => [1];`, false},
		{"a computed member", `const a = x[name];`, true},
		{"a computed member after a space", `const a = x /* c */ [name];`, true},
		{"a computed member on its own line", "x\n  [name]()", true},
		{"a computed member of a call", `f()[name]`, true},
		{"a computed member of an array", `[1, 2][name]`, true},
		{"a computed member of a string", `'x'[name]`, true},
		{"an optional computed member", `x?.[name]`, true},
		{"a name in pieces", `x['fi' + 'll']`, true},
		{"a name with an escape", `x['fi\154l']`, true},
		{"a name with a line continuation", "x['fi\\\nll']", true},
		{"a computed name in a pattern", `const { [name]: f } = x;`, true},
		{"an escape in an identifier", `x.f\u0069ll()`, true},
		{"Reflect", `Reflect.get(x, name)`, true},
		{"eval", `eval(text)`, true},
		{"a constructor", `f.constructor(text)()`, true},
		{"descriptors", `Object.getOwnPropertyDescriptors(x)`, true},
		{"a getter looked up", `x.__lookupGetter__(name)`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := isDynamic(test.code); got != test.dynamic {
				t.Errorf("isDynamic(%q) = %v", test.code, got)
			}
		})
	}
}

func TestGuardsAreThoseThatTheCodeNeeds(t *testing.T) {
	t.Parallel()
	if n := len(guardsFor(`exports.onExecutePostLogin = async (event, api) => { api.access.deny("no"); };`)); n != 0 {
		t.Errorf("%d guards for code that names nothing dangerous", n)
	}
	if n := len(guardsFor(`x.repeat(5)`)); n != 1 {
		t.Errorf("%d guards for repeat, want 1", n)
	}
	globals := 0
	for _, g := range allGuards {
		if g.global {
			globals++
		}
	}
	if n, want := len(guardsFor(`x[y]`)), len(allGuards)-globals; n != want || globals == 0 {
		t.Errorf("%d guards for a computed member, want the %d that are not of globals", n, want)
	}
	if n := len(guardsFor(`globalThis[y]`)); n != len(allGuards) {
		t.Errorf("%d guards for a computed global, want all %d", n, len(allGuards))
	}
}

func TestNestingOfJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		``: 0, `1`: 0, `[]`: 1, `[[],[[]]]`: 3, `{"a":{"b":[1]}}`: 3, `"[[["`: 0, `["\"[[["]`: 1, `["\\",[]]`: 2, `]]]`: 0,
	} {
		if got := nesting(text); got != want {
			t.Errorf("nesting(%s) = %d, want %d", text, got, want)
		}
	}
}
