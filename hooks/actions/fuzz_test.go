package actions_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

// FuzzBindings calls every function of api with arbitrary JavaScript expressions. Whatever they are, the run ends in nothing
// worse than an error of its own, and what it decided keeps the rules.
func FuzzBindings(f *testing.F) {
	for _, seed := range [][2]string{
		{`'key'`, `'value'`}, {`'a b'`, `undefined`}, {`null`, `{}`}, {`Symbol.iterator`, `10n`}, {`'__proto__'`, `null`},
		{`{ toString() { throw 1; } }`, `{ toJSON() { throw 2; } }`}, {`new Proxy({}, {})`, `new Proxy(() => 1, {})`},
		{`'k'.repeat(300)`, `'\ud800'`}, {`'constructor'`, `api`}, {`event`, `globalThis`}, {`NaN`, `Infinity`}, {`'scope'`, `[[[]]]`},
		{`(() => { throw { get message() { throw 1; } }; })()`, `1`}, {`Object.create(null)`, `new Date(NaN)`}, {`-0`, `2 ** 53`},
		{`'https://a.example/?a=1#b'`, `{ query: { b: [1], get c() { throw 3; } } }`}, {`{ secret: 's', payload: { exp: 1e400 }, expiresInSeconds: -1e300 }`, `1`},
		{`{ type: 'otp' }`, `{ additionalFactors: { length: 2 ** 40 } }`}, {`[{ type: 'otp', options: { a: [] } }]`, `null`},
		{`'ap_1'`, `{ fields: { toJSON: () => 7 }, vars: new Proxy({}, { ownKeys() { throw 4; } }) }`},
		{`new String('k')`, `Object.create(null)`}, {`{ valueOf: () => 1 }`, `new Map([[1, 2]])`}, {`this`, `new Uint8Array(3)`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		code := `exports.onExecutePostLogin = async (event, api) => {
  for (const part of Object.keys(api)) {
    for (const name of Object.keys(api[part])) {
      if (name === 'revoke') continue;
      try { api[part][name]((` + first + `), (` + second + `)); } catch (e) { try { console.log(e, String(e)); } catch (e) {} }
    }
  }
  console.log((` + first + `), (` + second + `));
  throw (` + second + `);
};`
		h, err := actions.New(models.BoundAction{Action: models.Action{Name: "fuzz", Code: code}}, actions.Options{})
		if err != nil {
			return // not JavaScript
		}
		event := baseEvent()
		out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: time.Second}).Run(t.Context(), event)
		var failed *hooks.FailedError
		if err != nil && errors.As(err, &failed) && failed.Cause.Class == hooks.ClassPlatformError {
			t.Errorf("a panic: %s", failed.Cause.Message)
		}
		if err := out.Metadata.Apply(models.Metadata{}).Validate(); err != nil {
			t.Errorf("metadata %v: %v", out.Metadata, err)
		}
		if err := event.RefreshToken.Metadata.Validate(); err != nil {
			t.Errorf("the event's metadata %v: %v", event.RefreshToken.Metadata, err)
		}
	})
}

// FuzzSuspension calls what suspends a login with arbitrary JavaScript expressions. Whatever an Action asks for can be stored, and a
// redirect goes to a web address.
func FuzzSuspension(f *testing.F) {
	for _, seed := range [][2]string{
		{`'https://a.example/x?y=%zz#f'`, `{ query: { a: '\ud800', 'ü&=': ' ' } }`}, {`' HTTP://A.example:80/\\'`, `{ query: 'abc' }`},
		{`'javascript://a.example/%0aalert(1)'`, `{ query: { state: 'mine' } }`}, {`'https://user:secret@a.example'`, `undefined`},
		{`'ap_1'`, `{ fields: { a: NaN, b: undefined, c: [new Date(0)] }, vars: { d: '\u0000' } }`}, {`'ap_1'`, `{ fields: [1], vars: null }`},
		{`{ type: 'otp', options: { a: { b: [Infinity] } } }`, `{ additionalFactors: [{ type: 'x' }] }`}, {`[{ type: '\ud800' }]`, `1`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		for _, call := range []string{"redirect.sendUserTo", "prompt.render", "authentication.challengeWith", "authentication.enrollWithAny"} {
			code := `exports.onExecutePostLogin = async (event, api) => { api.transaction.setMetadata('n', NaN); api.` + call + `((` + first + `), (` + second + `)); };`
			h, err := actions.New(models.BoundAction{Action: models.Action{Name: "fuzz", Code: code}}, actions.Options{})
			if err != nil {
				return // not JavaScript
			}
			_, err = (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: time.Second}).Run(t.Context(), baseEvent())
			var suspended *hooks.SuspendedError
			if !errors.As(err, &suspended) {
				continue
			}
			if _, err := json.Marshal(suspended.State); err != nil {
				t.Errorf("%s(%s, %s) can't be stored: %v", call, first, second, err)
			}
			if to := suspended.State.Suspension().Redirect; to != nil {
				checkTarget(t, to)
			}
		}
	})
}

func checkTarget(t *testing.T, to *hooks.Redirect) {
	t.Helper()
	target, err := to.WithState("the-state")
	if err != nil {
		t.Fatalf("%s takes no state: %v", to.URL, err)
	}
	u, err := url.Parse(target)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		t.Errorf("the browser would go to %q: %v", target, err)
	}
	if states := u.Query()["state"]; len(states) != 1 || states[0] != "the-state" {
		t.Errorf("%q has the states %q", target, states)
	}
}

// FuzzCompile compiles arbitrary code in all languages. Whatever it is, it is compiled or refused with a place in the author's file.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"exports.onExecutePostLogin = async () => {};", "export const onExecutePostLogin = async () => {};", "}); (function () {", "enum A { B }", "let x: number = 1",
		"async function* g() { for await (const x of y) yield* x; }", "/\\p{L}/u; /a/d; /[/", "import('x'); import y from 'z'", "class A { #x; static { using y = z; } }", "`${`", "\x00\u2028", "#!x\n1",
		"@d class A {}", "const = 1", "await 1", "//# sourceMappingURL=/etc/passwd", "<T,>(x: T) => x", "export default {}; export * from 'x'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if strings.Count(code, "<") > 20 {
			return // esbuild tries type arguments again and again
		}
		for _, file := range []string{"a.js", "a.mjs", "a.ts"} {
			p, err := actions.Compile(actions.Source{Name: "fuzz", File: file, Code: code})
			var syntax *actions.SyntaxError
			switch {
			case err == nil && p == nil:
				t.Errorf("%s: neither a program nor an error", file)
			case err != nil && (!errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.File != file):
				t.Errorf("%s: error = %v", file, err)
			}
		}
	})
}
