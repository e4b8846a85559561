package actions_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
)

// What says one thing to a guard and another to the built-in function gets no further than what says the truth: it is
// refused, or goes to a worker process before the function is called.
func TestWhatChangesItsMindIsBoundedAllTheSame(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, code, error string }{
		{"a count by valueOf", `'x'.repeat({ valueOf() { return 2 ** 45; } });`, stringLength},
		{"a count in an array", `'x'.padEnd([2 ** 45]);`, stringLength},
		{"a count by valueOf that changes", `let n = 0; 'x'.padStart({ valueOf: () => n++ ? 1 : 2 ** 45 });`, stringLength},
		{"a buffer's size by valueOf", `new ArrayBuffer({ valueOf() { return 2 ** 45; } });`, buffer},
		{"this that is a number", `String.prototype.padEnd.call(7, 2 ** 45);`, stringLength},
		{"this that is an array", `String.prototype.padEnd.call(['a'], 2 ** 45);`, stringLength},
		{"this by toString", `'x'.repeat.call({ toString() { return 'x'; } }, 2 ** 45);`, stringLength},
		{"texts by toString", `const s = 'x'.repeat(2 ** 20); ''.concat(...new Array(1000).fill({ toString: () => s }));`, stringLength},
		{"a replacement by toString", `const s = 'x'.repeat(2 ** 20); s.replaceAll('x', { toString: () => s });`, stringLength},
		{"a replacement by toString, of a pattern", `const s = 'x'.repeat(2 ** 20); s.replace(/x/g, { toString: () => s });`, stringLength},
		{"a replacement by toString, of a symbol", `const s = 'x'.repeat(2 ** 20); /x/g[Symbol.replace](s, { toString: () => s });`, stringLength},
		{"a pattern by toString", `'x'.match({ toString: () => '('.repeat(2 ** 22) });`, stringLength},
		{"a pattern by toString, made", `new RegExp({ toString: () => '('.repeat(2 ** 22) });`, stringLength},
		{"a pattern by source", `new RegExp({ __proto__: RegExp.prototype, source: '('.repeat(2 ** 22), flags: '' });`, ""},
		{"JSON by toString", `JSON.parse({ toString: () => '['.repeat(2 ** 22) });`, "The JSON text is nested too deeply."},
		{"a separator that is a function", `const f = () => 1; f.toString = () => 'x'.repeat(2 ** 20); new Array(2 ** 16).join(f);`, stringLength},
		{"code by toString", `new Function({ toString: () => '('.repeat(2 ** 22) });`, stringLength},
		{"arguments by a length that changes", `let n = 0; Math.max.apply(null, { get length() { return n++ ? 2 ** 40 : 0; } });`, ""},
		{"arguments by a length that is an object", `let n = 0; Math.max.apply(null, { length: { valueOf: () => n++ ? 2 ** 40 : 0 } });`, ""},
		{"arguments by a length that is inherited", `let n = 0; Math.max.apply(null, { __proto__: { get length() { return n++ ? 2 ** 40 : 0; } } });`, ""},
		{"arguments by a proxy", `let n = 0; Math.max.apply(null, new Proxy([], { get: () => n++ ? 2 ** 40 : 0 }));`, ""},
		{"arguments of a constructor", `let n = 0; Reflect.construct(Date, { get length() { return n++ ? 2 ** 40 : 0; } });`, ""},
		{"a typed array of an array-like", `let n = 0; new Uint8Array({ get length() { return n++ ? 2 ** 45 : 0; } });`, ""},
		{"a typed array with a length of its own", `let n = 0; Math.max.apply(null, Object.defineProperty(new Uint8Array(1), 'length', { get: () => n++ ? 2 ** 40 : 0 }));`, ""},
		{"an array-like that is walked", `let n = 0; Array.prototype.includes.call({ get length() { return n++ ? 2 ** 40 : 0; } }, 1);`, ""},
		{"an array-like that is sorted", `let n = 0; Array.prototype.toSorted.call({ get length() { return n++ ? 2 ** 31 : 0; } });`, ""},
		{"raw strings that change", `let n = 0; String.raw({ get raw() { return n++ ? { length: 2 ** 40 } : { length: 0 }; } });`, ""},
		{"a length behind another function", `Object.getOwnPropertyDescriptor = () => ({ value: 0 }); let n = 0; Math.max.apply(null, { get length() { return n++ ? 2 ** 40 : 0; } });`, ""},
		{"a depth that changes", `let a = [1], n = 0; for (let i = 0; i < 40; i++) a = [a, a]; a.flat({ valueOf: () => n++ ? 0 : 100 });`, arrayLength},
		{"an element that changes", `let a = [1], n = 0; for (let i = 0; i < 40; i++) a = [a, a]; const b = [1]; Object.defineProperty(b, 0, { get: () => n++ ? a : 1 }); b.flat(100);`, ""},
		{"a proxy that is flattened", `let a = [1], n = 0; for (let i = 0; i < 40; i++) a = [a, a]; [new Proxy([], { get: (t, k) => n++ > 9 ? Reflect.get(a, k) : Reflect.get(t, k) })].flat(100); for (;;);`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "started")
			engine := newEngine(t, actions.IsolationAuto, actions.Options{MemoryLimit: 64 << 20, Worker: noting(t, file)})
			limit := 5 * time.Second
			if test.error != "" {
				limit = time.Minute // must not be what ends it, on a machine that is busy with other tests
			}
			failed := runaway(t, engine, test.code, limit)
			if test.error != "" {
				if failed.Error() != test.error {
					t.Errorf("error = %q, want %q", failed.Error(), test.error)
				}
				return
			}
			// Nothing bounds it but a worker process: it must be there from the first call on, not because it took long.
			if started, err := os.ReadFile(file); !strings.HasPrefix(string(started), "slow=\n") || err != nil {
				t.Errorf("started: %q, %v", started, err)
			}
		})
	}
}

// What a symbol's function gets besides the text stays what it is, but for a replacement.
func TestArgumentsOfSymbols(t *testing.T) {
	t.Parallel()
	h := newHookOn(t, newEngine(t, actions.IsolationNone, actions.Options{}), `exports.onExecutePostLogin = async (event, api) => {
		api.idToken.setCustomClaim('got', /-/[Symbol.split]('a-b-c', { valueOf: () => 2 }).join() + /-/[Symbol.replace]('a-b', { toString: () => '+' }));
	};`)
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
	if err != nil {
		t.Fatal(err)
	}
	if got := out.IDTokenClaims["got"]; got != "a,ba+b" {
		t.Errorf("got %v", got)
	}
}

// What is ordinary does not move for that.
func TestWhatIsSteadyStays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ code, want string }{
		{`'ab'.repeat({ valueOf: () => 2 }) + 'a'.padStart([3], { toString: () => '-' })`, "abab--a"},
		{`String.prototype.repeat.call(12, 2) + 'ab'.replace({ toString: () => 'a' }, () => 'c') + 'ab'.replace({ [Symbol.replace]: (s, r) => r.x }, { x: 'y' })`, "1212cby"},
		{`'a-b'.split({ toString: () => '-' }).concat(['c'], 'd').join({ toString: () => '+' })`, "a+b+c+d"},
		{`Array.from({ length: 3 }, (_, i) => i) + Array.from(new Set([1, 2])) + Array.from(new Map([[1, 2]]).keys()) + Array.from('ab')`, "0,1,21,21a,b"},
		{`String.fromCharCode.apply(null, new Uint8Array([97, 98])) + Math.max.apply(null, { length: 1, 0: 5 }) + (function () { return Math.max.apply(null, arguments); })(1, 2)`, "ab52"},
		{`new ArrayBuffer([3]).byteLength + '' + new Uint8Array({ length: 2 }).length + Array.from(new Uint8Array(2)).join()`, "320,0"},
		{`[[1], [[2]]].flat({ valueOf: () => 2 }).length + [1].concat(new Uint8Array(1)).length + Array.prototype.map.call('ab', (c) => c + c).join('')`, "4aabb"},
		{`String.raw({ raw: ['a', 'b'] }, 1) + JSON.parse({ toString: () => '[1]' })[0]`, "a1b1"},
		{`(() => { try { String.prototype.repeat.call(Symbol('a'), 2); } catch (e) { return e.name; } })()`, "TypeError"},
		{`(() => { try { String.prototype.repeat.call(null, 2); } catch (e) { return e.name; } })()`, "TypeError"},
	} {
		t.Run(test.code, func(t *testing.T) {
			t.Parallel()
			for _, isolation := range []actions.Isolation{actions.IsolationAuto, actions.IsolationNone} {
				h := newHookOn(t, newEngine(t, isolation, actions.Options{}), `exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('got', `+test.code+`); };`)
				out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
				if err != nil {
					t.Fatal(err)
				}
				if got := out.IDTokenClaims["got"]; got != test.want {
					t.Errorf("got %v, want %q", got, test.want)
				}
				if actions.Strain(h) != 0 {
					t.Error("it moved")
				}
			}
		})
	}
}
