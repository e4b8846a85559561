package lint

import (
	"fmt"
	"slices"
	"strings"

	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// member returns a member of a value, and reports what is wrong with asking for it.
func (l *linter) member(v value, name string, at file.Idx, e *env) value {
	l.derefAt(v, at, e)
	if name == "length" && v.kinds&(kindString|kindArray) != 0 {
		return ofKind(kindNumber)
	}
	if v.members != nil {
		if m, ok := v.members[name]; ok {
			return m
		}
		return unknown()
	}
	t := v.typ
	if t == nil || v.missing {
		if v.key != "" {
			return e.facts.apply(value{kinds: anything, key: v.key + "." + name})
		}
		return unknown()
	}
	key := ""
	if v.key != "" {
		key = v.key + "." + name
	}
	l.noticeRead(key)
	if m := t.Member(name); m != nil {
		return l.knownMember(v, m, key, at, e)
	}
	switch {
	case t.Index != nil:
		out := softly(t.Index)
		out.key = key
		if v.key == "event.secrets" {
			out = l.secret(name, key, at, e)
		}
		return e.facts.apply(out)
	case t.Kinds&kindObject != 0 && t.Members != nil && !slices.Contains(objectMembers, name):
		return l.missingMember(v, name, key, at, e)
	}
	return unknown()
}

// objectMembers are what every object has.
var objectMembers = []string{
	"constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
	"__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__",
}

func (l *linter) knownMember(v value, m *types.Member, key string, at file.Idx, e *env) value {
	out := value{kinds: m.Type.Kinds, typ: m.Type, key: key}
	if m.Optional && !m.Always {
		out.kinds |= kindUndefined
	}
	if m.Own && v.isEvent() {
		l.report(at, Finding{
			Rule: ruleOnlyHere, Severity: Info, When: Always,
			Message: fmt.Sprintf("%s has a value at Keepsake and is undefined at Auth0", key),
			Mend:    "Read " + portable(key) + " in an Action that is to run at both.",
		})
	}
	return e.facts.apply(out)
}

// portable is what to read instead of a member that is only Keepsake's.
func portable(key string) string {
	return strings.NewReplacer(".asn.value", ".asn", ".country_code", ".countryCode").Replace(key)
}

func (l *linter) missingMember(v value, name, key string, at file.Idx, e *env) value {
	mend := "It has " + list(v.typ.Names()) + "."
	if best := nearest(name, v.typ.Names()); best != "" {
		mend = "Did you mean " + best + "?"
	}
	if e.facts[key].not&kindUndefined != 0 || (!v.isEvent() && !v.isAPI()) {
		return unknown()
	}
	missing := value{kinds: kindUndefined, key: key, missing: true}
	if v.isAPI() && e.asking {
		return missing
	}
	if advice, ok := strangers[key]; ok {
		mend = advice
	}
	l.report(at, Finding{
		Rule: memberRule(v), Severity: Warning, When: Always, Message: fmt.Sprintf("there is no %s: it is always undefined", key), Mend: mend,
	})
	return missing
}

func memberRule(v value) string {
	if v.isAPI() {
		return ruleAPIMember
	}
	return ruleEventMember
}

// worsen makes an error of the finding about a member that does not exist.
func (l *linter) worsen(v value, message string) {
	at, ok := placeOf(v.source)
	if !ok {
		return
	}
	if f := l.found[spot{at, memberRule(v)}]; f != nil && f.Severity != Error {
		f.Severity, f.Message = Error, fmt.Sprintf("there is no %s: %s", v.key, message)
	}
}

// strangers are members that are often looked for, and where to look.
var strangers = map[string]string{
	"event.request.headers":        "Auth0 does not show headers to Actions. event.request has ip, user_agent, language, hostname, query and body.",
	"event.refreshToken":           "It is event.refresh_token in event, api.refreshToken in api.",
	"event.refresh_token.lifetime": "It has expires_at and idle_expires_at.",
	"api.refreshToken.getMetadata": "Read event.refresh_token.metadata, which a first login does not have.",
	"api.refresh_token":            "It is api.refreshToken in api, event.refresh_token in event.",
	"api.access_token":             "It is api.accessToken.",
	"api.id_token":                 "It is api.idToken.",
	"api.user.setMetadata":         "It is api.user.setUserMetadata or api.user.setAppMetadata.",
}

// deref reports that a member of what may be undefined is read.
func (l *linter) deref(v value, x ast.Expression, e *env) { l.derefAt(v, x.Idx1()-1, e) }

func (l *linter) derefAt(v value, at file.Idx, e *env) {
	_, optional := v.source.(*ast.Optional)
	if optional || !v.may(nullish) || v.soft || e.caught {
		return
	}
	if v.missing {
		l.worsen(v, "reading a member of it throws a TypeError, and the login fails")
		return
	}
	if l.guarded || !v.isEvent() {
		return
	}
	when, absent := Sometimes, "may be undefined"
	if v.kinds&^nullish == 0 {
		when, absent = Always, "is undefined here"
	}
	f := Finding{
		Rule: ruleUnguarded, Severity: Error, When: when,
		Message: fmt.Sprintf("%s %s: reading a member of it throws a TypeError, and the login fails", v.key, absent),
		Mend:    fmt.Sprintf("Ask for it first: `if (%s) { … }`, or read it with `?.`.", v.key),
	}
	switch {
	case v.key == "event.refresh_token":
		f.Rule = ruleRefreshToken
		f.Message = fmt.Sprintf("%s is undefined at a first login: reading a member of it throws a TypeError, and nobody can sign in", v.key)
		f.Mend = "Begin with `if (!event.refresh_token) return;`, or read it with `?.`."
	case v.typ == nil || v.typ.Kinds&kindObject == 0:
		f.Severity = Warning // a text that nearly everybody has, such as an email
	}
	l.report(at, f)
}

// placeOf returns where the name of a member stands.
func placeOf(x ast.Expression) (file.Idx, bool) {
	switch n := x.(type) {
	case *ast.DotExpression:
		return n.Identifier.Idx, true
	case *ast.BracketExpression:
		return n.Member.Idx0(), true
	}
	return 0, false
}

func (l *linter) noticeRead(key string) {
	if strings.HasPrefix(key, "event.refresh_token.") {
		l.tokenRead = true
	}
}

// secret is a member of event.secrets.
func (l *linter) secret(name, key string, at file.Idx, e *env) value {
	if l.source.Secrets == nil {
		return value{kinds: kindString, key: key}
	}
	if l.source.Secrets[name] {
		return value{kinds: kindString, key: key}
	}
	if e.asking {
		return value{kinds: kindUndefined, key: key, soft: true}
	}
	l.report(at, Finding{
		Rule: ruleSecret, Severity: Error, When: Always,
		Message: fmt.Sprintf("the secret %s is read and not set: it is undefined", name),
		Mend:    "Add it to the Action's secrets in tenant.yaml.",
	})
	return unknown() // one finding is enough
}

func list(names []string) string {
	const most = 8
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
