package actions

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dop251/goja"

	"example.com/keepsake/hooks"
)

func compiled(t *testing.T, code string) *Program {
	t.Helper()
	p, err := Compile(Source{Name: "the action", Code: code})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// words are the names of the guards that code begins with.
func words(p *Program) []string {
	var list []string
	for _, g := range p.guards {
		list = append(list, g.words...)
	}
	return list
}

func TestWhichGuardsCodeBeginsWith(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		code string
		want string // a word of a guard; empty: there is none at all
	}{
		{"words of prose", "// from A to B with the values of a Set\nconst t = `from ${1} with [join] repeat`, u = 'fill the Map'; f(t, u)", ""},
		{"the members of an ordinary Action", `if (event.refresh_token) return; api.idToken.setCustomClaim('a', event.user?.email);`, ""},
		{"a list of constants", `if (['DE', 'FR'].length) api.access.deny('no')`, ""},
		{"members that an object is given", `f({ repeat: 1, from: 2, values() {} })`, ""},
		{"a literal name", `event.user.app_metadata['plan name']`, ""},
		{"a place in a list", `for (let i = 0; i < list.length; i++) { f(list[i], list[i - 1], list[0]) }`, ""},

		{"a member", `s.repeat(5)`, "repeat"},
		{"a member by a literal name", `s['repeat'](5)`, "repeat"},
		{"a member by an escaped name", `s['\x72epeat'](5)`, "repeat"},
		{"a member by an escaped identifier", `s.\u0072epeat(5)`, "repeat"},
		{"a member taken apart", `const { repeat } = s`, "repeat"},
		{"a member taken apart under another name", `const { repeat: f } = s`, "repeat"},
		{"a member taken apart by an assignment", `({ repeat: f } = s)`, "repeat"},
		{"a member of a parameter", `(({ repeat: f }) => f)(s)`, "repeat"},
		{"a global", `new Uint8Array(5)`, "Uint8Array"},
		{"an object of with", `with (s) { repeat(5) }`, "repeat"},
		{"spreading", `f(...list)`, "Set"},
		{"the rest of an array", `const [a, ...b] = s`, "Set"},
		{"yield*", `function* f(s) { yield* s }`, "Set"},
		{"an array in an array", `f([a])`, "join"},
		{"an array that gets longer", `list.length = 5`, "join"},
		{"a rest parameter", `function f(...all) {}`, "join"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := words(compiled(t, test.code))
			if test.want == "" && len(got) > 0 {
				t.Errorf("guards for %v, want none", got)
			}
			if test.want != "" && !slices.Contains(got, test.want) {
				t.Errorf("guards for %v, want one for %q", got, test.want)
			}
		})
	}
}

func TestWhichNamesAreChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		code     string
		computes bool
	}{
		{"a number", `x[0]`, false},
		{"a literal", `x['a']`, false},
		{"a counter", `for (let i = 0, n = 5; i < n; i += 2) { x[i]; x[i + 1]; x[n % i]; x[-i] }`, false},
		{"a variable", `const k = f(); x[k]`, true},
		{"a parameter", `((i) => x[i])('a')`, true},
		{"a counter that becomes something else", `let i = 0; i = 'repeat'; x[i]`, true},
		{"a counter that something is added to", `let i = 0; i += k; x[i]`, true},
		{"a counter that may be taken from elsewhere", `let i; [i] = ['repeat']; x[i]`, true},
		{"a counter of two functions", `(() => { let i = 0; x[i] })(); ((i) => x[i])('a')`, true},
		{"a counter of for in", `for (let i in x) x[i]`, true},
		{"a counter that depends on another variable", `let i = k; let j = i; x[j]`, true},
		{"a name in pieces", `x['re' + 'peat']`, true},
		{"a template", "x[`repeat`]", true},
		{"an optional member", `x?.[k]`, true},
		{"a computed name in a pattern", `const { [k]: f } = x;`, true},
		{"a computed name of a new object", `f({ [k]: 1 })`, false},
		{"a name inside of a name", `x[y[k]]`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := compiled(t, test.code).computes; got != test.computes {
				t.Errorf("computes = %v, want %v", got, test.computes)
			}
		})
	}
}

func TestWhichValuesAreChecked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		code  string
		takes bool
	}{
		{"calls", `s.trim(); s?.trim(); (0, s.trim)(); s[k](); new Array(1); Object.keys(o)`, false},
		{"calls by way of another function", `s.trim.call(s); Array.prototype.slice.apply(a); f.bind(o)`, false},
		{"ordinary members", `f(event.user.email, event.request.geoip?.countryCode)`, false},
		{"comparisons", `o.constructor === Object; e instanceof TypeError; typeof s.trim === 'function'; !s.trim`, false},
		{"conditions", `if (s.trim) f(); s.at ? 1 : 2`, false},
		{"assignments", `o.trim = 1; o[k] = 1; [o.trim] = a; ({ a: o.trim } = b); for (o.trim of a);`, false},
		{"a place in a list", `for (let i = 0; i < 3; i++) f(list[i], list[0])`, false},
		{"classes that extend", `class A extends Error {}`, false},
		{"functions that do no harm", `f(Boolean, Number, String, Math.max, Object.keys, Array.isArray)`, false},

		{"a member", `f(s.trim)`, true},
		{"an optional member", `f(s?.trim)`, true},
		{"a member by a literal name", `f(s['trim'])`, true},
		{"a member by a computed name", `f(s[k])`, true},
		{"a member of a member", `f(a.b.c.trim)`, true},
		{"the member of an object", `({ toString: s.trim })`, true},
		{"a choice", `f(a || s.trim)`, true},
		{"a default", `(a = s.trim) => a`, true},
		{"a field", `class A { toString = s.trim }`, true},
		{"a result", `() => s.trim`, true},
		{"a global function", `f(Object)`, true},
		{"a member inside of a call", `s.trim(t.trim)`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := compiled(t, test.code).takes; got != test.takes {
				t.Errorf("takes = %v, want %v", got, test.takes)
			}
		})
	}
}

// What is rewritten means what it meant.
func TestRewrittenCodeMeansTheSame(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		`const o = { a: { trim: 5, sub: 'me' } }; return o.a.trim === 5 && o?.a?.sub === 'me' && o.b?.sub === undefined && o.a['sub'] === 'me'`,
		`let n = 0; const o = { get trim() { n++; return 7; } }; const t = o.trim; return t === 7 && n === 1`,
		`class A { at() { return this; } same() { return super.at === undefined && this.at === A.prototype.at; } } return new A().same() && new A().at() instanceof A`,
		`const all = { true: 'yes', false: 'no' }; let ok = false; const word = all[ok]; ok = true; return word === 'no' && all[ok] === 'yes'`,
		`const list = ['a', 'b']; let i = 0; return list[i++] === 'a' && list[i] === 'b' && list[i - 1] === 'a'`,
		`const o = {}; let k; return o[k] === undefined && (o.x ??= 3) === 3`,
		`const f = (0, [].concat); return f.call([1], 2).length === 2`,
		`const { length, [length > 0 ? 'a' : 'b']: x } = { length: 1, a: 5 }; return x === 5`,
	} {
		p := compiled(t, "exports.ok = (() => {"+code+"})();")
		x := newExecution(job{program: p, event: &hooks.Event{}}, time.Now)
		x.arm()
		if err := loaded(x); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func loaded(x *execution) error {
	wrapper, err := x.rt.RunProgram(x.program.code)
	if err != nil {
		return err
	}
	call, _ := goja.AssertFunction(wrapper)
	exports := x.rt.NewObject()
	if _, err := call(exports, exports); err != nil {
		return err
	}
	if !exports.Get("ok").ToBoolean() {
		return errors.New("it is not what it was")
	}
	return nil
}

func TestEveryBuiltInFunctionIsKnown(t *testing.T) {
	t.Parallel()
	b := builtins()
	for _, name := range []string{"trim", "map", "call", "next", "then", "constructor", "toString", "concat", "test", "getTime", "entries"} {
		if !b.members[name] {
			t.Errorf("%s is not known as a member", name)
		}
	}
	for _, name := range []string{"length", "name", "prototype", "email", "max"} {
		if b.members[name] {
			t.Errorf("%s is taken for a built-in function", name)
		}
	}
	rt := goja.New()
	for code, want := range map[string]bool{
		`Object`: true, `''.trim`: true, `(() => 1).bind()`: true, `[].values().next`: true, `new Proxy(() => 1, {})`: true,
		`() => 1`: false, `(function () {})`: false, `(async () => 1)`: false, `(function* () {})`: false, `({ m() {} }).m`: false, `(class {})`: false,
		`(class extends Array {})`: false, `5`: false, `({})`: false, `new Array(2 ** 32 - 1)`: false,
	} {
		v, err := rt.RunString(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := isBuiltin(v); got != want {
			t.Errorf("isBuiltin(%s) = %v", code, got)
		}
	}
}

func TestPatternsThatTakeLinearTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern string
		linear  bool
	}{
		{`^@example\.com$`, true},
		{`\s+`, true},
		{`[^a-z0-9+*]+`, true},
		{`,\s*`, true},
		{`https?:\/\/`, true},
		{`(?:a|b)c+?`, true},
		{`(\d+)`, true},
		{`\s+$`, false},
		{`(a+)+`, false},
		{`(a*)*b`, false},
		{`a+|b`, false},
		{`(a|a)*`, false},
		{`x{2,50}`, false},
		{`a?a?a?a?a?a?aaaaaa`, false},
		{`^\w+@\w+$`, false},
	} {
		t.Run(test.pattern, func(t *testing.T) {
			t.Parallel()
			if got := isLinear(test.pattern); got != test.linear {
				t.Errorf("isLinear = %v, want %v", got, test.linear)
			}
		})
	}
}

func TestWhatRunsInAWorkerProcessFromTheBeginning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		code string
		wild bool
	}{
		{"an ordinary Action", `if (event.user.email?.endsWith('@example.com')) api.access.deny('no')`, false},
		{"a computed name", `api.idToken.setCustomClaim('a', event.user.app_metadata[k])`, false},
		{"a simple pattern", `event.user.email.replace(/[^a-z]+/g, '')`, false},
		{"the word BigInt", `console.log('BigInt')`, false},
		{"a BigInt", `2n ** 64n`, true},
		{"BigInt", `BigInt('5')`, true},
		{"a back-reference", `/(a)\1/.test(s)`, true},
		{"a look-ahead", `/(?=a)b/.test(s)`, true},
		{"a pattern that may backtrack", `/(a+)+b/.test(s)`, true},
		{"with", `with (o) { f() }`, true},
		{"a proxy", `new Proxy({}, {})`, true},
		{"a built-in function taken apart", `const { trim } = s`, true},
		{"a built-in function in an object", `f({ Object })`, true},
		{"a member taken apart", `const { email, name } = event.user`, false},
		{"a built-in function that is called", `s.trim(); Object.keys(o); [].concat(a)`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := compiled(t, test.code).wild; (got != "") != test.wild {
				t.Errorf("wild = %q, want %v", got, test.wild)
			}
		})
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
