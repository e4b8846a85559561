package actions_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

// beyond are Actions that nothing in a process can stop, and that could end it. They need the wall of a worker process.
var beyond = []struct{ name, code string }{
	{"a power of BigInts", `2n ** 2n ** 40n;`},
	{"a shift of BigInts", `1n << 2n ** 33n;`},
	{"a BigInt that is squared", `let n = 3n; for (;;) n *= n;`},
	{"a BigInt under another name", `const B = globalThis['Big' + 'Int']; let n = B(3); for (;;) n *= n;`},
	{"a BigInt in code that is made from a string", `new Function('let n = 3n; for (;;) n *= n;')();`},
	{"a BigInt in code that a member makes", `const c = 'con' + 'structor'; ''[c][c]('let n = 3n; for (;;) n *= n;')();`},
	{"all matches of a string", `let s = 'x'.repeat(1000000); for (;;) [...s.matchAll(/x/g)];`},
	{"a string that doubles", `let s = 'x'; for (;;) s += s;`},
	{"a string that doubles, in capitals", `let s = '\u00e4'; for (;;) { s += s; s.toUpperCase(); }`},
	{"a pattern that backtracks", `/^(a+)+\1b$/.test('a'.repeat(60));`},
	{"a pattern that backtracks, from a string", `new RegExp("^(a+)+\\1b$").test('a'.repeat(60));`},
	{"a pattern that backtracks on what is not ASCII", `'\u00e4' + 'a'.repeat(60); /(a+)+$/g[Symbol.replace]('a'.repeat(40) + '\u00e4', '');`},
	{"a built-in as toString", `const o = { toString: String.prototype.trim }; String(o);`},
	{"a built-in as toString, under a computed name", `const k = 'tr' + 'im', o = {}; o.toString = ''[k]; String(o);`},
	{"a built-in as toString, taken apart", `const { trim: toString } = ''; String({ toString });`},
	{"a built-in as toString, taken apart under a computed name", `const k = 'trim', { [k]: toString } = ''; String({ toString });`},
	{"a built-in as toString, by its descriptor", `const toString = Object.getOwnPropertyDescriptor(String.prototype, 'tr' + 'im').value; String({ toString });`},
	{"a built-in as toString, by Reflect", `const toString = Reflect.get(String.prototype, 'tr' + 'im'); String({ toString });`},
	{"a built-in as toString, by a proxy", `const take = (t, k) => ({ ...Reflect.getOwnPropertyDescriptor(t, k), enumerable: k !== 'length', configurable: k !== 'length' });
		const all = { ...new Proxy(String.prototype, { getOwnPropertyDescriptor: take }) }; for (const k in all) if (k === 'tr' + 'im') String({ toString: all[k] });`},
	{"a built-in as next", `[...{ [Symbol.iterator]: () => ({ next: Object }) }];`},
	{"a built-in as next, by a method", `[...{ [Symbol.iterator]: () => ({ next: Array.of }) }];`},
	{"functions that are bound again and again", `let f = () => 1; for (;;) { for (let i = 0; i < 1e6; i++) f = f.bind(); f(); }`},
	{"a built-in for each element", `new Array(60000).fill('\u4e00'.repeat(1000000)).map(encodeURIComponent);`},
	{"a built-in for each element of a new array", `Array.from(new Array(60000).fill('\u4e00'.repeat(1000000)), encodeURIComponent);`},
	{"built-ins that call one another", `const a = new Array(60000).fill('x'); a.map(Array.prototype.indexOf.bind(a, 'y'));`},
}

func TestWhatOnlyAProcessCanHold(t *testing.T) {
	t.Parallel()
	for _, isolation := range []actions.Isolation{actions.IsolationAuto, actions.IsolationProcess} {
		engine := newEngine(t, isolation, actions.Options{MemoryLimit: 64 << 20})
		for _, test := range beyond {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				failed := runaway(t, engine, test.code, 500*time.Millisecond)
				want := []string{timeout, memory, overflow, stringLength, "Maximum BigInt size exceeded", "Invalid array length"}
				if !slices.Contains(want, failed.Error()) {
					t.Errorf("error = %q, want one of %q", failed.Error(), want)
				}
			})
		}
	}
}

// What is found out too late to move ends here, and begins in a worker process from then on.
func TestAnExecutionThatCannotMoveAnyMore(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, actions.IsolationAuto, actions.Options{})
	h := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => {
		await new Promise((done) => setTimeout(done, 1));
		const B = globalThis['Big' + 'Int'];
		api.idToken.setCustomClaim('n', String(B(2) ** B(64)));
	};`)
	chain := &hooks.Chain{Hooks: []hooks.Hook{h}}
	if _, err := chain.Run(t.Context(), baseEvent()); err == nil || err.Error() != "The Action has to begin in a process of its own. It will the next time." {
		t.Errorf("the first run: %v", err)
	}
	out, err := chain.Run(t.Context(), baseEvent())
	if err != nil {
		t.Fatal(err)
	}
	if got := out.IDTokenClaims["n"]; got != "18446744073709551616" {
		t.Errorf("n = %v", got)
	}
}

// An execution that moves begins anew, on the event and the outcome as they were, and what it printed before is not printed twice.
func TestAnExecutionMoves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, reason string }{
		{"when it takes long", `const end = Date.now() + 500; while (Date.now() < end);`},
		{"when it asks for much", `'x'.repeat(2 ** 17);`},
		{"when it asks for a large buffer", `new ArrayBuffer(2 ** 17);`},
		{"when it makes code from strings", `new Function('return 1')();`},
		{"and asks from there", `'x'.repeat(2 ** 21); event.user.enrolledFactors;`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			engine := newEngine(t, actions.IsolationAuto, actions.Options{})
			first := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => {
				api.idToken.setCustomClaim('n', 1);
				api.accessToken.addScope('first');
				api.refreshToken.setMetadata('n', '1');
				api.transaction.setMetadata('n', 1);
				api.user.setAppMetadata('n', 1);
			};`)
			second := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => {
				console.log('n is ' + event.refresh_token.metadata.n + ', ' + event.transaction.metadata.n);
				api.idToken.setCustomClaim('n', event.transaction.metadata.n + 1);
				api.refreshToken.setMetadata('n', String(Number(event.refresh_token.metadata.n) + 1));
				api.refreshToken.deleteMetadata('old');
				api.transaction.setMetadata('n', event.transaction.metadata.n + 1);
				api.accessToken.removeScope('first');
				api.user.setAppMetadata('n', 2);
				`+test.reason+`
				console.warn('done');
			};`)
			third := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => {
				console.log(event.refresh_token.metadata.n, event.transaction.metadata.n, 'old' in event.refresh_token.metadata);
			};`)
			event := baseEvent()
			event.RefreshToken.Metadata = models.Metadata{"old": "x"}
			event.Lookup.Factors = func(context.Context) ([]models.Factor, error) { return nil, nil }
			out, err := (&hooks.Chain{Hooks: []hooks.Hook{first, second, third}}).Run(t.Context(), event)
			if err != nil {
				t.Fatal(err)
			}
			got := resultOf(t, event, out, nil)
			want := want{
				IDToken: map[string]any{"n": 2.0}, AppMetadata: map[string]any{"n": 2.0}, RemovedScopes: []string{"first"},
				Metadata:    models.MetadataDelta{Set: map[string]string{"n": "2"}, Delete: []string{"old"}},
				Transaction: map[string]any{"n": 2.0}, Logs: []string{"n is 1, 1\ndone", "2 2 false"},
			}
			if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if actions.Strain(second) == 0 {
				t.Error("it did not move")
			}
			if actions.Strain(first) != 0 {
				t.Error("an Action that did nothing of the kind moved")
			}
		})
	}
}

// What looks like much, and is not, stays where it is: an ordinary name that is computed, and waiting for a processor.
func TestAnExecutionStays(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, actions.IsolationAuto, actions.Options{})
	h := newHookOn(t, engine, `exports.onExecutePostLogin = async (event, api) => {
		const asked = (name) => ({ set: 'x', repeat: 'y' })[name];
		api.idToken.setCustomClaim('n', asked('set') + asked('repeat') + 'z'['re' + 'peat'](2));
	};`)
	var busy sync.WaitGroup
	for range 16 * runtime.GOMAXPROCS(0) { // far more than there are processors
		busy.Go(func() {
			for range 20 {
				out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
				if err != nil || out.IDTokenClaims["n"] != "xyzz" {
					t.Errorf("n = %v, error %v", out.IDTokenClaims["n"], err)
				}
			}
		})
	}
	busy.Wait()
	if actions.Strain(h) != 0 {
		t.Error("it moved")
	}
}

// What is beyond a limit is refused at once: no worker process could do it either.
func TestWhatIsBeyondALimitIsRefusedWhereItIs(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, actions.IsolationAuto, actions.Options{})
	for _, test := range []struct{ name, code, error string }{
		{"a string", `'x'.repeat(2 ** 28);`, stringLength},
		{"an array", `new Array(2 ** 32 - 1).fill(0);`, arrayLength},
		{"a buffer", `new ArrayBuffer(2 ** 40);`, buffer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := newHookOn(t, engine, `exports.onExecutePostLogin = async () => { `+test.code+` };`)
			if _, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent()); err == nil || err.Error() != test.error {
				t.Errorf("error = %v, want %q", err, test.error)
			}
			if actions.Strain(h) != 0 {
				t.Error("it moved")
			}
		})
	}
}

// noting is a command for workers that notes in a file which kind of them it starts, a line each.
func noting(t *testing.T, file string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{"/bin/sh", "-c", `echo "slow=$KEEPSAKE_WORKER_SLOW" >>"$0"; exec "$1"`, file, self}
}

// What took long goes on where it gives way to everything else; what only has to be in a process of its own does not.
func TestWhatMovesGoesToAWorkerOfItsKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, code, started string }{
		{"what took long", `const end = Date.now() + 500; while (Date.now() < end);`, "slow=1\n"},
		{"what asks for much", `'x'.repeat(2 ** 21);`, "slow=\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "started")
			engine := newEngine(t, actions.IsolationAuto, actions.Options{Worker: noting(t, file)})
			h := newHookOn(t, engine, `exports.onExecutePostLogin = async () => { `+test.code+` };`)
			if _, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent()); err != nil {
				t.Fatal(err)
			}
			if started, err := os.ReadFile(file); string(started) != test.started || err != nil {
				t.Errorf("started: %q, %v; want %q", started, err, test.started)
			}
		})
	}
}

// An Action that was always quick is no longer metered, and moves all the same when it runs away: later the first time, which does not count as
// nobody has measured it.
func TestAQuickActionThatRunsAwayMoves(t *testing.T) {
	t.Parallel()
	engine := newEngine(t, actions.IsolationAuto, actions.Options{})
	h := newHookOn(t, engine, `exports.onExecutePostLogin = async (event) => { if (event.stats.logins_count === 1) for (;;); };`)
	for actions.Metered(h) { // until enough runs in a row were quick
		event := baseEvent()
		event.Stats.LoginsCount = 2
		if _, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		run    string
		strain bool
	}{{"the first", false}, {"the second", true}} {
		event := baseEvent()
		event.Stats.LoginsCount = 1
		_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: 2 * time.Second}).Run(t.Context(), event)
		if err == nil || err.Error() != timeout {
			t.Errorf("%s: error = %v, want the deadline's", test.run, err)
		}
		if !actions.Metered(h) {
			t.Errorf("%s: it is not metered from now on", test.run)
		}
		if got := actions.Strain(h) > 0; got != test.strain {
			t.Errorf("%s: strain %d", test.run, actions.Strain(h))
		}
	}
}

// A worker process that can't be started fails the transaction, with a line in the log, at once.
func TestAWorkerThatCanNotBeStarted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		command []string
	}{
		{"no such program", []string{filepath.Join(t.TempDir(), "gone")}},
		{"a program that is no worker", []string{"/bin/false"}},
		{"a program that says something else", []string{"/bin/echo", "hello, world"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			log := new(syncBuilder)
			engine := actions.NewEngine(actions.Options{
				Isolation: actions.IsolationProcess, Worker: test.command, Logger: slog.New(slog.NewTextHandler(log, nil)),
			})
			t.Cleanup(engine.Close)
			h := newHookOn(t, engine, `exports.onExecutePostLogin = async () => {};`)
			_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
			var failed *hooks.FailedError
			if !errors.As(err, &failed) || failed.Cause.Class != hooks.ClassPlatformError || failed.Error() != "The Action could not be run." {
				t.Errorf("error = %v, want a platform error that tells nothing", err)
			}
			if !strings.Contains(log.String(), "worker process") {
				t.Errorf("log = %q, want a line about the worker process", log.String())
			}
		})
	}
}

type syncBuilder struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuilder) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuilder) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A worker has nothing of the server's environment but what its clock needs.
func TestAWorkerSeesNoSecrets(t *testing.T) {
	if os.Getenv("KEEPSAKE_TEST_SECRET") == "" {
		t.Setenv("KEEPSAKE_TEST_SECRET", "s3cret")
	}
	engine := newEngine(t, actions.IsolationProcess, actions.Options{})
	h := newHookOn(t, engine, `exports.onExecutePostLogin = async () => { console.log(typeof process === 'undefined' ? 'none' : JSON.stringify(process.env)); };`)
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
	if err != nil || strings.Contains(out.Results[0].Logs, "s3cret") {
		t.Errorf("logs = %q, error %v", out.Results[0].Logs, err)
	}
}
