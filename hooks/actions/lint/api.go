package lint

import (
	"fmt"
	"strings"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/types"
	"example.com/keepsake/models"
	"github.com/dop251/goja/ast"
)

// apiCall checks the arguments of a call of api.
func (l *linter) apiCall(key string, n *ast.CallExpression, args []value, e *env) {
	arg := func(i int) value {
		if i < len(args) {
			return args[i]
		}
		return ofKind(kindUndefined)
	}
	switch key {
	case "api.refreshToken.setMetadata":
		l.noticeSet(n, e)
		l.metadata("refresh token", n, arg(0), arg(1), e)
	case "api.session.setMetadata":
		l.session(n, e)
		l.metadata("session", n, arg(0), arg(1), e)
	case "api.transaction.setMetadata":
		l.transaction(n, arg(1), e)
	case "api.accessToken.setCustomClaim", "api.idToken.setCustomClaim":
		l.claim(n, arg(0), e)
	case "api.accessToken.addScope", "api.accessToken.removeScope":
		l.scope(n, arg(0), e)
	case "api.access.deny":
		l.deny(n, args)
	case "api.refreshToken.setExpiresAt", "api.refreshToken.setIdleExpiresAt", "api.session.setExpiresAt", "api.session.setIdleExpiresAt":
		l.expiry(key, n, arg(0), e)
	}
}

// throws reports what makes a call of api throw; nothing when the Action catches it.
func (l *linter) throws(at ast.Node, f Finding, e *env) {
	if !e.caught {
		l.report(at.Idx0(), f)
	}
}

// argument returns the node of an argument, for its place: that of the call when it is left out.
func argument(n *ast.CallExpression, i int) ast.Node {
	if i < len(n.ArgumentList) {
		return n.ArgumentList[i]
	}
	return n
}

func (l *linter) metadata(of string, n *ast.CallExpression, key, v value, e *env) {
	l.metadataKey(of, argument(n, 0), key, e)
	if v.kinds == types.Null { // deletes the entry
		return
	}
	at := argument(n, 1)
	if v.text != nil && !v.partial {
		if err := models.ValidateMetadataEntry("key", *v.text); err != nil {
			l.throws(at, Finding{Rule: ruleValue, Severity: Error, When: Always, Message: err.Error(), Mend: "Store something shorter."}, e)
		}
		return
	}
	l.metadataValue(of, at, v, e)
}

func (l *linter) metadataKey(of string, at ast.Node, key value, e *env) {
	f := Finding{Rule: ruleKey, Severity: Error, When: Always, Mend: mendKey}
	switch {
	case key.text != nil && key.partial:
		if bad := strings.Trim(*key.text, keyCharacters); bad != "" {
			f.Message = fmt.Sprintf("a %s metadata key has no %q", of, bad)
			l.throws(at, f, e)
		}
	case key.text != nil:
		if err := models.ValidateMetadataEntry(*key.text, ""); err != nil {
			f.Message = fmt.Sprintf("the key %q: %s", *key.text, err)
			l.throws(at, f, e)
		}
	case key.kinds&(kindString|anything) == 0:
		f.Message = fmt.Sprintf("a %s metadata key must be a string, this is %s", of, words(key.kinds))
		f.Mend = "Use a string."
		l.throws(at, f, e)
	}
}

const keyCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// metadataValue reports a value that may not be a string. There is no conversion anywhere (contract 1.3).
func (l *linter) metadataValue(of string, at ast.Node, v value, e *env) {
	wrong := v.kinds &^ (kindString | types.Null | anything)
	if wrong == 0 {
		return
	}
	f := Finding{Rule: ruleValue, Severity: Error, When: Sometimes, Mend: mendStringOrGuard}
	what := "this"
	if v.key != "" && !strings.HasPrefix(v.key, "#") {
		what = v.key
	}
	switch {
	case v.promised != nil:
		f.When, f.Message, f.Mend = Always, fmt.Sprintf("a %s metadata value must be a string, this is a promise", of), "await it."
	case v.kinds&(kindString|types.Null|anything) == 0:
		f.When, f.Message = Always, fmt.Sprintf("a %s metadata value must be a string, %s is %s", of, what, words(wrong))
		if wrong != kindUndefined {
			f.Mend = conversion(wrong)
		}
	case wrong == kindUndefined:
		f.Message = fmt.Sprintf("a %s metadata value must be a string, %s may be undefined", of, what)
	default:
		f.Message = fmt.Sprintf("a %s metadata value must be a string, %s may be %s", of, what, words(wrong))
		f.Mend = conversion(wrong)
	}
	if wrong == kindUndefined && v.soft {
		f.Severity = Warning // a map's entry: its author may know that it is there
	}
	if l.guarded && f.When == Sometimes {
		return
	}
	f.Message += ": setMetadata throws, and the login fails"
	l.throws(at, f, e)
}

// conversion says how to make a string of a value.
func conversion(k types.Kinds) string {
	if k&kindUndefined != 0 {
		return "Store a string, and only when there is a value: `if (value !== undefined) … String(value)`."
	}
	if k&(kindArray|kindObject) != 0 {
		return "Store a string: `JSON.stringify(…)`, or one member of it."
	}
	return "Store a string: `String(…)`."
}

func (l *linter) session(n *ast.CallExpression, e *env) {
	session := e.facts.apply(value{kinds: kindObject | kindUndefined, key: "event.session"})
	if !session.may(kindUndefined) || l.guarded {
		return
	}
	when := Sometimes
	if session.kinds == kindUndefined {
		when = Always
	}
	l.throws(n, Finding{
		Rule: ruleSession, Severity: Error, When: when,
		Message: "api.session.setMetadata throws where there is no browser session, as with the password grant: the login fails",
		Mend:    "Ask for it first: `if (event.session) { … }`.",
	}, e)
}

func (l *linter) transaction(n *ast.CallExpression, v value, e *env) {
	if v.kinds&(primitive|types.Null|anything) != 0 {
		return
	}
	l.throws(argument(n, 1), Finding{
		Rule: ruleTransaction, Severity: Error, When: Always,
		Message: "transaction metadata is a string, a number or a boolean, this is " + words(v.kinds) + ": setMetadata throws, and the login fails",
		Mend:    "Store `JSON.stringify(…)`.",
	}, e)
}

func (l *linter) claim(n *ast.CallExpression, name value, e *env) {
	at := argument(n, 0)
	if name.text == nil || name.partial {
		return
	}
	switch err := hooks.ClaimName(*name.text); {
	case err == nil:
	case *name.text == "scope":
		l.throws(at, Finding{
			Rule: ruleClaim, Severity: Error, When: Always, Message: err.Error(), Mend: "Use api.accessToken.addScope.",
		}, e)
	default:
		l.report(at.Idx0(), Finding{
			Rule: ruleClaim, Severity: Warning, When: Always, Message: err.Error(),
			Mend: "Use a name of your own, such as \"https://app.example.com/" + *name.text + "\".",
		})
	}
}

func (l *linter) scope(n *ast.CallExpression, v value, e *env) {
	at := argument(n, 0)
	f := Finding{Rule: ruleScope, Severity: Error, When: Always, Mend: "Give one scope, as a string."}
	switch {
	case v.text != nil && !v.partial:
		if err := hooks.CheckScope(*v.text); err != nil {
			f.Message = err.Error()
			l.throws(at, f, e)
		}
	case v.kinds&(kindString|anything) == 0:
		f.Message = "The value for the scope must be a string, this is " + words(v.kinds) + "."
		l.throws(at, f, e)
	}
}

func (l *linter) deny(n *ast.CallExpression, args []value) {
	if len(args) < 2 {
		return
	}
	l.report(argument(n, 1).Idx0(), Finding{
		Rule: ruleDeny, Severity: Warning, When: Always,
		Message: "api.access.deny takes one argument at post-login: the first is shown as the reason, and this one is ignored",
		Mend:    "Leave the code out: `api.access.deny(reason)`.",
	})
}

func (l *linter) expiry(key string, n *ast.CallExpression, v value, e *env) {
	if v.kinds&(kindNumber|anything) != 0 {
		return
	}
	l.throws(argument(n, 0), Finding{
		Rule: ruleExpiry, Severity: Error, When: Always,
		Message: strings.TrimPrefix(key, "api.") + " wants milliseconds since 1970, this is " + words(v.kinds) + ": it throws, and the login fails",
		Mend:    "Use `Date.now() + …`, or `new Date(…).getTime()`.",
	}, e)
}
