package nodejs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"

	"example.com/keepsake/hooks/actions/nodejs"
)

// everything is code that calls all that the modules export, and all methods of what that returns, with two values.
const everything = `
// What is the engine's own is fuzzed where the engine is.
const seen = new Set([globalThis, Math, JSON, Reflect, Object.getPrototypeOf(Uint8Array), Object.getPrototypeOf(Uint8Array.prototype)]);
for (const own of [Object, Function, Array, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Promise, Map, Set, WeakMap, WeakSet, Error, TypeError, RangeError, ArrayBuffer,
  DataView, Uint8Array, Proxy, (function* () {}).constructor, (async () => {}).constructor]) {
  seen.add(own).add(own.prototype);
}
for (let p = (function* () {})(); p !== null; p = Object.getPrototypeOf(p)) seen.add(p);
function use(target, depth) {
  if (depth > 3 || (typeof target !== 'object' && typeof target !== 'function') || target === null || seen.has(target)) return;
  seen.add(target);
  for (const name of Object.getOwnPropertyNames(target)) {
    if (['constructor', 'caller', 'arguments', 'callee', 'pbkdf2Sync', 'pbkdf2', 'scryptSync', 'scrypt'].includes(name)) continue;
    let member;
    try { member = target[name]; } catch (e) { String(e); continue; }
    if (typeof member === 'function') {
      for (const call of [() => member.call(target, first(), second()), () => member.call(target, second(), first(), second()), () => new member(first(), second()), () => member.call(first(), second())]) {
        let result;
        try { result = call(); } catch (e) { try { String(e); } catch {} continue; }
        if (result instanceof Promise) result.catch(() => {});
        use(result, depth + 1);
        if (typeof result === 'object' && result !== null) use(Object.getPrototypeOf(result), depth + 1);
      }
    }
    use(member, depth + 1);
  }
}
for (const name of modules) use(require(name), 0);
for (const name of globalNames) use(globalThis[name], 0);
`

var (
	fuzzedModules = []string{"assert", "buffer", "crypto", "events", "http", "os", "path", "process", "punycode", "querystring", "stream", "string_decoder", "timers", "url", "util", "fs"}
	fuzzedGlobals = []string{"fetch", "Headers", "Request", "Response", "FormData", "Blob", "AbortController", "AbortSignal", "structuredClone", "TextDecoder", "TextEncoder", "crypto", "performance"}
)

// FuzzModules calls whatever there is with arbitrary values. Nothing may end in anything but an exception of JavaScript's.
func FuzzModules(f *testing.F) {
	for _, seed := range [][2]string{
		{`'text'`, `5`}, {`undefined`, `null`}, {`{}`, `[]`}, {`-1`, `1e9`}, {`new Uint8Array(3)`, `'hex'`}, {`Symbol.iterator`, `10n`}, {`() => 1`, `{ length: 2 ** 31 }`},
		{`'https://a.b/c?d#e'`, `'sha256'`}, {`{ toString() { throw 1; } }`, `NaN`}, {`new Proxy({}, {})`, `new Proxy(() => 1, {})`}, {`'\ud800'`, `Infinity`},
		{`new ArrayBuffer(4)`, `{ valueOf: () => 3, then: 1 }`}, {`'http://[::1'`, `'//xn--'`}, {`Object.create(null)`, `new Date(NaN)`}, {`/x/g`, `new Map([[1, 2]])`},
		{`new DataView(new ArrayBuffer(2))`, `new Error('e')`}, {`'-----BEGIN PRIVATE KEY-----'`, `{ format: 'jwk', key: { kty: 'EC' } }`}, {`(() => { const a = []; a[0] = a; return a; })()`, `'base64'`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		rt := goja.New()
		rt.SetMaxCallStackSize(500)
		env := nodejs.New(nodejs.Options{
			Runtime: rt, Context: ctx, Now: time.Now,
			Format:  func(args []goja.Value) string { return fmt.Sprint(len(args)) },
			Inspect: func(goja.Value, int) string { return "inspected" },
		})
		defer env.Close()
		stop := time.AfterFunc(time.Second, func() { rt.Interrupt("enough") })
		defer stop.Stop()
		_ = rt.Set("require", func(call goja.FunctionCall) goja.Value { return env.Require(call.Argument(0).String()) })
		_ = rt.Set("modules", fuzzedModules)
		_ = rt.Set("globalNames", fuzzedGlobals)
		env.Define(nodejs.Globals(func(string) bool { return true }))
		code := "(() => { const first = () => (" + first + "), second = () => (" + second + ");" + everything + "})()"
		if _, err := rt.RunScript("fuzz.js", code); err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Errorf("a panic: %v", err)
		}
		if err := env.Wait(func() bool { return false }); err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Errorf("a panic: %v", err)
		}
	})
}
