package actions_test

import (
	"testing"

	"example.com/keepsake/hooks"
)

// What a check is put around stays what it was.
func TestComputedNamesMeanTheSame(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ before, value, want string }{
		{`const k = 'a', o = { a: 1 };`, `o[k]`, "1"},
		{`const k = 'a', o = { a: 1 }; o[k]++; o[k] += 5;`, `o[k]`, "7"},
		{`const k = 'a', o = {}; o[k] ??= 3;`, `o.a`, "3"},
		{`const k = 'a', o = { a: 1 }; delete o[k];`, `'a' in o`, "false"},
		{`const k = Symbol.iterator;`, `typeof [][k]`, "function"},
		{`const k = { toString: () => 'a' }, o = { a: 4 };`, `o[k]`, "4"},
		{`const k = 'a', o = null;`, `o?.[k]`, "undefined"},
		{`const k = 'f', o = { a: 5, f() { return this.a } };`, `o[k]()`, "5"},
		{`const k = 'f', o = { a: 6, f() { return this.a } };`, `o?.[k]?.()`, "6"},
		{`const k = 'a', { [k]: v, ...rest } = { a: 7, b: 8 };`, "`${v},${Object.keys(rest)}`", "7,b"},
		{`class A { f() { return 8 } } class B extends A { g(k) { return super[k]() } }`, `new B().g('f')`, "8"},
		{`const k = 're' + 'peat';`, `'ab'[k](2)`, "abab"},
		{`const m = {}; for (const k of ['b', 'a']) m[k] = k;`, `Object.keys(m).join()`, "b,a"},
		{`const a = [1, 2, 3]; let s = 0; for (let i = 0; i < a.length; i++) s += a[i];`, `s`, "6"},
		{`const n = 2n, o = { 1n: 'a' };`, "`${typeof 5n} ${n ** 3n - 1n} ${-7n} ${o[1n]} ${1n === 1n}`", "bigint 7 -7 a true"},
		{`const k = 'value';`, `event.request.asn[k]`, "AS15169"},
		{`const o = { a: 9 }, k = 'a'; let r; with (o) { r = o[k] + a }`, `r`, "18"},
	} {
		t.Run(test.before+test.value, func(t *testing.T) {
			t.Parallel()
			event := baseEvent()
			event.Request.ASN = "AS15169"
			h := newHook(t, "exports.onExecutePostLogin = async (event) => {\n"+test.before+"\nconsole.log(String("+test.value+"));\n};")
			out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			if got := out.Results[0].Logs; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
