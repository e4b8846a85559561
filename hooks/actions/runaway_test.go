package actions_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

// runaways are Actions that would take all time or all memory. Each must end as an error of its own transaction.
var runaways = []struct {
	name  string
	code  string
	error string // of the failure; timeout stands for the deadline's
}{
	{"an endless loop", `for (;;) {}`, timeout},
	{"endless microtasks", `const again = () => Promise.resolve().then(again); await again();`, timeout},
	{"endless awaiting", `for (;;) await null;`, timeout},
	{"a loop that catches everything", `for (;;) { try { for (;;) {} } catch (e) {} finally { continue; } }`, timeout},
	{"a sort with a slow comparator", `new Array(100000).fill(0).sort(() => { for (let i = 0; i < 1e9; i++); return 0; });`, timeout},
	{"an endless iterator", `Array.from({ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: new Array(1000) }) }) });`, memory},
	{"an error whose message never ends", `const e = new Error(); Object.defineProperty(e, 'message', { get() { for (;;) {} } }); throw e;`, timeout},
	{"a thrown value that never becomes a string", `throw { toString() { for (;;) {} } };`, timeout},
	{"a getter that never ends in console.log", `console.log({ get a() { for (;;) {} } });`, timeout},
	{"a toJSON that never ends", `api.idToken.setCustomClaim('a', { toJSON() { for (;;) {} } });`, timeout},
	{"deep recursion", `const f = () => 1 + f(); f();`, overflow},
	{"deep recursion through a built-in", `const f = () => [1].map(f); f();`, overflow},
	{"deep recursion through toString", `const o = { toString() { return 'x' + o; } }; String(o);`, overflow},
	{"deep recursion through a getter", `const o = { get a() { return this.a; } }; o.a;`, overflow},
	{"deep recursion through a proxy", `const p = new Proxy({}, { get(t, k, r) { return r[k]; } }); p.x;`, overflow},

	{"an array that grows", `const a = []; for (;;) a.push({ a: 1 });`, memory},
	{"a string that grows", `const list = []; let s = 'x'; for (;;) { s += 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'; list.push(s); }`, memory},
	{"strings that grow by each other", `let s = 'x', t = 'y'; for (;;) { s += t; t += s; }`, memory},
	{"an object that nests", `let a = []; for (;;) a = [a];`, memory},
	{"a map that grows", `const m = new Map(); for (let i = 0; ; i++) m.set(i, [i]);`, memory},
	{"buffers that pile up between waits", `const all = []; for (;;) { all.push(new Uint8Array(2e6)); await new Promise((done) => setTimeout(done, 1)); }`, memory},
	{"promises that pile up", `const all = []; for (;;) all.push(new Promise(() => {}));`, memory},

	{"a string that doubles", `let s = 'x'; for (;;) s += s;`, stringLength},
	{"a string that doubles by a sum", `let s = 'x'; for (;;) s = s.trim() + ',' + s;`, stringLength},
	{"a string that doubles in a template", "let s = 'x'; for (;;) s = `${s}, ${s}`;", stringLength},
	{"a string that doubles in a function", `const twice = (s) => s + s; let s = 'x'; for (;;) s = twice(s);`, stringLength},
	{"a member that doubles", `const o = { list: ['x'] }; for (;;) o.list[0] += o.list[0];`, stringLength},
	{"one huge string by repeat", `'x'.repeat(2 ** 28);`, stringLength},
	{"one huge string by repeat under another name", `const n = ['re', 'peat'].join(''); 'x'[n](2 ** 28);`, stringLength},
	{"one huge string by padStart", `'x'.padStart(2 ** 29);`, stringLength},
	{"one huge string by padEnd", `'x'.padEnd(2 ** 29);`, stringLength},
	{"one huge string by join", `new Array(2 ** 28).join('x');`, stringLength},
	{"one huge string by join of references", `new Array(100000).fill('x'.repeat(1000000)).join('');`, stringLength},
	{"one huge string by toString", `String(new Array(100000).fill('x'.repeat(1000000)));`, stringLength},
	{"one huge string by replaceAll", `'x'.repeat(1000000).replaceAll('x', 'y'.repeat(1000000));`, stringLength},
	{"one huge string by replace", `'x'.repeat(1000000).replace(/x/g, 'y'.repeat(1000000));`, stringLength},
	{"one huge string by replace around the match", "'x'.repeat(1000000).replace(/x/g, \"$`\");", stringLength},
	{"one huge string by replace with a function", `'x'.repeat(2 ** 23).replace(/x/g, () => 'y');`, stringLength},
	{"one huge string by a symbol's replace", "/x/g[Symbol.replace]('x'.repeat(1000000), \"$`\");", stringLength},
	{"one huge string by a symbol's replace under another name", "const s = Symbol['re' + 'place']; /x/g[s]('x'.repeat(1000000), \"$`\");", stringLength},
	{"one huge string by a name in a global variable", `i = 0; globalThis.i = 're' + 'peat'; const f = 'x'[i]; f.call('x', 2 ** 28);`, "Cannot read property 'call' of undefined or null"},
	{"one huge string by normalize", `'\ufdfa'.repeat(2 ** 23).normalize('NFKD');`, stringLength},
	{"one huge string by concat", `''.concat(...new Array(1000).fill('x'.repeat(1000000)));`, stringLength},

	{"an error that is its own message", `const e = new Error(); e.message = e; String(e);`, overflow},
	{"an error that is its own message, thrown", `const e = new Error(); e.message = e; throw e;`, unshown},
	{"an error that is its own name, by a field", `class E extends Error { name = this; } String(new E());`, overflow},
	{"a pattern that is its own source", `const r = Object.create(RegExp.prototype); Object.defineProperty(r, 'source', { value: r }); String(r);`, overflow},
	{"a deep array in the words of a place", `let a = []; for (let i = 0; i < 60000; i++) a = [a]; a.toLocaleString();`, overflow},

	{"a huge array as an argument that is no string", `api.access.deny(new Array(2 ** 32 - 1));`, stringLength},
	{"a huge array as an option", `api.session.revoke('no', { preserveRefreshTokens: new Array(2 ** 32 - 1) });`, "preserveRefreshTokens must be boolean"},
	{"a huge array in the place of a part of the event", `event.refresh_token = new Array(2 ** 32 - 1); api.refreshToken.setMetadata('a', 'b'); throw 'done';`, "done"},
	{"a huge array for a module", `if (!require('util').types.isPromise(new Array(2 ** 32 - 1))) throw 'done';`, "done"},
	{"a huge array that a module walks", `new Blob(new Array(2 ** 32 - 1));`, arrayLength},
	{"a huge iterator that a module spreads", `Array.prototype[Symbol.iterator].call({ length: 2 ** 32 }).toArray();`, arrayLength},

	{"one huge array by fill", `new Array(2 ** 32 - 1).fill(0);`, arrayLength},
	{"one huge array by length", `const a = []; a.length = 2 ** 32 - 1; a.fill(0);`, arrayLength},
	{"one huge array by map", `new Array(2 ** 31).map(Boolean);`, arrayLength},
	{"one huge array by from", `Array.from({ length: 2 ** 32 - 1 });`, arrayLength},
	{"one huge array by spreading", `[...new Array(2 ** 32 - 1)];`, arrayLength},
	{"one huge array by spreading a string", `let s = 'x'.repeat(2 ** 23); s += s; [...s];`, stringLength},
	{"one huge array by split", `'x'.repeat(2 ** 23).split('');`, stringLength},
	{"one huge array by match", `'x'.repeat(2 ** 23).match(/x/g);`, stringLength},
	{"one huge array by matchAll", `[...'x'.repeat(2 ** 23).matchAll(/x/g)];`, stringLength},
	{"one huge array by concat", `const a = new Array(2 ** 16).fill(0); a.concat(...new Array(64).fill(a));`, arrayLength},
	{"one huge array by flat", `let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; a.flat(Infinity);`, arrayLength},
	{"a huge set", `new Set(new Array(2 ** 32 - 1));`, arrayLength},
	{"a huge array-like", `Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1);`, arrayLength},
	{"a huge array-like reversed", `Array.prototype.reverse.call({ length: 2 ** 53 - 1 });`, arrayLength},
	{"a huge array-like shifted", `Array.prototype.shift.call({ length: 2 ** 53 - 1 });`, arrayLength},
	{"huge arguments of apply", `Math.max.apply(null, { length: 2 ** 31 });`, overflow},
	{"huge arguments of Reflect.apply", `Reflect.apply(Math.max, null, { length: 2 ** 31 });`, overflow},
	{"huge arguments of String.raw", `String.raw({ raw: { length: 2 ** 53 - 1 } });`, overflow},

	{"a huge buffer", `new ArrayBuffer(2 ** 40);`, buffer},
	{"a huge typed array", `new Float64Array(2 ** 32);`, buffer},
	{"a huge typed array of an array-like", `new Uint8Array({ length: 2 ** 32 });`, buffer},
	{"a huge typed array by from", `Uint8Array.from({ length: 2 ** 32 });`, arrayLength},
	{"a huge typed array by way of an instance", `new (new Uint8Array(1).constructor)(2 ** 40);`, buffer},
	{"a huge string of a typed array", `new Uint8Array(2 ** 22).join('x'.repeat(1000));`, stringLength},

	{"huge JSON of a sparse array", `JSON.stringify(new Array(2 ** 32 - 1));`, stringLength},
	{"huge JSON of shared arrays", `let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; JSON.stringify(a);`, stringLength},
	{"huge JSON of shared strings", `JSON.stringify(new Array(10000).fill('x'.repeat(1000000)));`, stringLength},
	{"huge JSON with a list", `let a = { a: 1 }; for (let i = 0; i < 40; i++) a = { a, b: a }; JSON.stringify(a, ['a', 'b']);`, stringLength},
	{"deep JSON", `let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a);`, overflow},
	{"deep JSON to parse", `JSON.parse('['.repeat(2 ** 22));`, `The JSON text is nested too deeply.`},
	{"a deep array as a string", `let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.join();`, overflow},
	{"a deep array flattened", `let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(Infinity);`, arrayLength},
	{"a deep array as a claim", `let a = []; for (let i = 0; i < 100000; i++) a = [a]; api.idToken.setCustomClaim('a', a);`, `The value is too large to be kept as JSON.`},
	{"a huge sparse array as a claim", `api.idToken.setCustomClaim('a', new Array(2 ** 32 - 1));`, `The value is too large to be kept as JSON.`},
	{"deep code", `eval('('.repeat(2 ** 22));`, stringLength},
	{"deep code in a function", `new Function('return ' + '('.repeat(2 ** 22))();`, stringLength},
	{"deep code in an async function", `await new (async () => {}).constructor('return ' + '('.repeat(2 ** 22))();`, stringLength},
	{"a deep pattern", `new RegExp('('.repeat(2 ** 22));`, stringLength},

	{"ten thousand pending promises", `await Promise.all(Array.from({ length: 10000 }, () => new Promise(() => {})));`, pending},
	{"ten thousand pending promises, each awaited", `await Promise.all(Array.from({ length: 10000 }, async () => { await new Promise(() => {}); }));`, pending},
	{"ten thousand pending promises that nobody awaits", `for (let i = 0; i < 10000; i++) new Promise(() => {}).then(() => {}); throw 'done';`, "done"},
	{"ten thousand timers", `for (let i = 0; i < 10000; i++) setTimeout(() => {}, 1e6); await new Promise(() => {});`, "Too many timers are waiting at once."},
	{"a then that never calls back", `return { then() {} };`, pending},
	{"a then that resolves to itself", `const o = { then(resolve) { resolve(o); } }; return o;`, timeout},
	{"a then that never ends", `return { then() { for (;;) {} } };`, timeout},

	{"a getter that throws in what it returns", `return { get then() { throw new Error('no then'); } };`, "no then"},
	{"a getter that throws in what it awaits", `await { get then() { throw new Error('no then'); } };`, "no then"},
	{"a getter that never ends in what it returns", `return { get then() { for (;;) {} } };`, timeout},
	{"a getter that calls itself in what it returns", `return { get then() { return this.then; } };`, overflow},
	{"a getter that throws what can't be shown in what it returns", `return { get then() { throw { toString() { throw 1; } }; } };`, unshown},
	{"a proxy that throws in what it returns", `return new Proxy({}, { get(_, name) { throw new Error('no ' + name); } });`, "no then"},
	{"a proxy that was revoked in what it returns", `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;`, "Proxy already revoked"},
	{"a getter that throws in what it throws", `throw { get message() { throw new Error('no message'); }, toString() { throw new Error('no string'); } };`, unshown},
	{"a getter that throws in an error", `throw Object.defineProperty(new Error(), 'message', { get() { throw new Error('no message'); } });`, unshown},
	{"a getter that throws in an error's name", `throw Object.defineProperty(new Error('a message'), 'name', { get() { throw new Error('no name'); } });`, unshown},
	{"a getter that throws in an error's stack", `throw Object.defineProperty(new Error('a message'), 'stack', { get() { throw new Error('no stack'); } });`, unshown},
	{"a proxy that throws in what it throws", `throw new Proxy({}, { get() { throw new Error('no member'); }, getPrototypeOf() { throw new Error('no prototype'); } });`, unshown},

	{"prototypes that are polluted", `Object.prototype.metadata = 'x'; Array.prototype.push = null; String.prototype.split = () => { throw 'x'; }; Promise.prototype.then = null; throw new Error('polluted');`, "polluted"},
	{"prototypes that are polluted, and a wait", `Promise.prototype.then = () => { for (;;) {} }; Object.prototype.then = null; await null; throw new Error('polluted');`, "polluted"},
	{"a prototype whose then throws", `Object.prototype.then = () => { throw new Error('polluted'); }; return {};`, "polluted"},
	{"a prototype's getter that never ends where Go reads an option", `Object.defineProperty(Object.prototype, 'preserveRefreshTokens', { get() { for (;;) {} } }); api.session.revoke('no', {});`, timeout},
	{"a prototype's setter that never ends where Go makes the event", `Object.defineProperty(Object.prototype, 'countryCode', { set() { for (;;) {} } }); event.request.geoip.countryCode; throw 'done';`, "done"},
	{"a prototype's setter that throws where Go makes the event", `Object.defineProperty(Object.prototype, 'countryCode', { set() { throw new Error('set'); } }); throw event.request.geoip.countryCode;`, "US"},
	{"an array's setter that never ends where Go makes the event", `Object.defineProperty(Array.prototype, 0, { set() { for (;;) {} } }); throw event.transaction.requested_scopes[0];`, "openid"},

	{"an expression with a back-reference that explodes", `/^(a+)+\1b$/.test('a'.repeat(60));`, timeout},
	{"an expression with a look-ahead that explodes", `/^(?=(a+)+$)a/.test('a'.repeat(60) + '!');`, timeout},
	{"a power of enormous numbers", `(3n ** 3000000n) ** 3n; for (;;) {}`, timeout},
}

const (
	timeout      = `The Action "the action" did not finish in time.`
	overflow     = "Maximum call stack size exceeded"
	memory       = "The Action used too much memory."
	pending      = `The "onExecutePostLogin" handler never settled: it awaits a promise that nothing resolves.`
	unshown      = "The Action threw a value that can't be shown."
	stringLength = "Invalid string length"
	arrayLength  = "Invalid array length"
	buffer       = "Array buffer allocation failed"
)

// TestRunaways is not parallel: without isolation the memory limit is one for the process.
func TestRunaways(t *testing.T) {
	for isolation := range isolations {
		limit := int64(256 << 20) // must not be what ends it
		if isolation == "none" {
			limit = 1 << 30 // what the rows before have left behind counts, too
		}
		large := newEngine(t, isolations[isolation], actions.Options{MemoryLimit: limit})
		small := newEngine(t, isolations[isolation], actions.Options{MemoryLimit: 16 << 20})
		for _, test := range runaways {
			t.Run(isolation+"/"+test.name, func(t *testing.T) {
				if isolation != "none" {
					t.Parallel()
				}
				limit, engine := 200*time.Millisecond, large
				if test.error != timeout {
					limit = time.Minute // must not be what ends it, on a machine that is busy with other tests
				}
				if test.error == memory {
					engine = small
				}
				failed := runaway(t, engine, test.code, limit)
				if failed.Error() != test.error {
					t.Errorf("error = %q (%s), want %q\n%s", failed.Error(), failed.Cause.Name, test.error, failed.Cause.Stack)
				}
			})
		}
	}
}

func runaway(t *testing.T, engine *actions.Engine, code string, limit time.Duration) *hooks.FailedError {
	t.Helper()
	h := newHookOn(t, engine, "exports.onExecutePostLogin = async (event, api) => {\n"+code+"\n};")
	_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: limit}).Run(t.Context(), baseEvent())
	var failed *hooks.FailedError
	if !errors.As(err, &failed) {
		t.Fatalf("error = %v, want a FailedError", err)
	}
	return failed
}

// What an Action prints without end reaches the server's log only up to a limit.
func TestConsoleOutputIsBounded(t *testing.T) {
	t.Parallel()
	var printed strings.Builder
	logger := slog.New(slog.NewTextHandler(&printed, nil))
	h := newHook(t, `exports.onExecutePostLogin = async () => {
		console.log('x'.repeat(1000000));
		for (let i = 0; i < 20000; i++) console.log('a line of some length');
	};`)
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Logger: logger}).Run(t.Context(), baseEvent())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(printed.String(), "a line of some length"); n == 0 || n == 20000 {
		t.Errorf("%d lines were logged, want some, but not all", n)
	}
	if n := strings.Count(printed.String(), "is dropped"); n != 1 {
		t.Errorf("the log says %d times that the rest is dropped, want once", n)
	}
	if n := len(out.Results[0].Logs); n != models.MaxExecutionLog {
		t.Errorf("the record keeps %d characters, want %d", n, models.MaxExecutionLog)
	}
}

// A regular expression that is given up looks like one that did not match. No Action may live to see that.
func TestRegularExpressionsGiveUpWithTheDeadline(t *testing.T) {
	t.Parallel()
	if regexpTimeout != actions.MaxTimeout {
		t.Errorf("regexp2's timeout is %v, want %v", regexpTimeout, actions.MaxTimeout)
	}
	registry := actions.NewRegistry(actions.Options{Source: bindings{}, Timeout: actions.MaxTimeout + time.Hour})
	chain, err := registry.Chain(t.Context())
	if err != nil || chain.Timeout > actions.MaxTimeout {
		t.Errorf("Timeout = %v, error %v; want at most %v", chain.Timeout, err, actions.MaxTimeout)
	}
}

// An Action that is inside a built-in when its deadline passes is left behind; what it does later reaches nothing.
func TestAbandonedExecution(t *testing.T) {
	t.Parallel()
	h := newHookWith(t, `exports.onExecutePostLogin = async (event, api) => {
		api.refreshToken.setMetadata('before', 'x');
		const call = api.refreshToken.setMetadata;
		// map calls native functions only, so that no interrupt is seen between the expression and the call.
		[() => /^(a+)+\1b$/.test('a'.repeat(60)), () => call('after', 'x')].map((f) => f());
	};`, actions.Options{MaxConcurrency: 1})
	event := baseEvent()
	_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: 50 * time.Millisecond}).Run(t.Context(), event)
	if err == nil || err.Error() != timeout {
		t.Fatalf("error = %v, want the deadline's", err)
	}
	// Its place is taken until it has really ended: then the next one runs.
	next := newEventWithoutToken()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: 50 * time.Millisecond}).Run(ctx, next); err == nil {
		t.Error("a second execution succeeded, want a failure: the first holds the only place")
	}
	if _, ok := event.RefreshToken.Metadata["after"]; ok {
		t.Error("an abandoned execution changed the event")
	}
}

func newEventWithoutToken() *hooks.Event {
	e := baseEvent()
	e.RefreshToken = nil
	return e
}

func TestConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	source := bindings{&models.BoundActions{Actions: []models.BoundAction{
		{Action: models.Action{ID: "1", Name: "slow", Code: "exports.onExecutePostLogin = async (event) => { if (event.stats.logins_count === 1) for (;;); };"}},
	}}}
	registry := actions.NewRegistry(actions.Options{Source: source, MaxConcurrency: 1})
	chain, err := registry.Chain(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	started, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		event := baseEvent()
		event.Stats.LoginsCount = 1
		close(started)
		_, _ = chain.Run(ctx, event)
	}()
	<-started

	// While the only place is taken, another one gives up at its deadline, as rate limited; before the first has begun it may
	// still get through.
	var failed *hooks.FailedError
	for failed == nil {
		_, err := (&hooks.Chain{Hooks: chain.Hooks, Timeout: 30 * time.Millisecond}).Run(t.Context(), baseEvent())
		errors.As(err, &failed)
	}
	if failed.Cause.Class != hooks.ClassRateLimited {
		t.Errorf("class = %q (%s), want %q", failed.Cause.Class, failed.Cause.Message, hooks.ClassRateLimited)
	}
	cancel()
	<-ended
	if _, err := chain.Run(t.Context(), baseEvent()); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
}
