package actions_test

import (
	"errors"
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
