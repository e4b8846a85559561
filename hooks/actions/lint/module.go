package lint

import (
	"fmt"
	"strings"

	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// handlerNames are the exports that are called.
var handlerNames = []string{"onExecutePostLogin", "onContinuePostLogin"}

// export is a value that the module exports.
type export struct {
	value value
	at    file.Idx
}

// module goes through the module, then through its handlers, then through the functions that nothing has called.
func (l *linter) module(body []ast.Statement) {
	l.assigned, l.followed, l.exported = make(map[string]bool), make(map[ast.Node]bool), make(map[string]export)
	l.assignments(body)
	top := (&env{}).block()
	l.hoist(body, top)
	l.statements(body, top)
	l.exportedNames(top)
	for _, name := range handlerNames {
		if x, ok := l.exported[name]; ok {
			l.handler(name, x, top)
		}
	}
	for name, x := range l.exported {
		if best := nearest(name, handlerNames); best != "" && best != name && strings.HasPrefix(strings.ToLower(name), "on") {
			l.report(x.at, Finding{
				Rule: ruleHandlerName, Severity: Warning, When: Always,
				Message: fmt.Sprintf("%s is never called", name), Mend: "Did you mean " + best + "?",
			})
		}
	}
	l.leftovers(body, top)
	l.neverAtFirstLogin()
}

// handler checks an export that is called, and follows it.
func (l *linter) handler(name string, x export, top *env) {
	f := x.value.fn
	if f == nil || !f.async {
		if f != nil || x.value.kinds&(anything|kindFunction) == 0 {
			l.report(x.at, Finding{
				Rule: ruleHandler, Severity: Error, When: Always,
				Message: fmt.Sprintf("%s must be an async function, or every login fails", name),
				Mend:    fmt.Sprintf("Write `exports.%s = async (event, api) => { … };`.", name),
			})
		}
	}
	if f == nil {
		return
	}
	at := *top
	l.follow(f, arguments(), &at)
}

func arguments() []value {
	return []value{
		{kinds: kindObject, typ: types.Event(), key: "event"},
		{kinds: kindObject, typ: types.API(), key: "api"},
	}
}

// leftovers goes through the functions that nothing has called as far as could be seen. What they are given is told by the names of
// their parameters, and what their callers have asked for before is not known.
func (l *linter) leftovers(body []ast.Statement, top *env) {
	l.guarded = true
	visit(body, func(n any) {
		node, ok := n.(ast.Node)
		if !ok || l.followed[node] {
			return
		}
		f := l.functionOf(node, top).fn
		if f.params == nil {
			return
		}
		at := *top
		l.follow(f, argumentsByName(f.params), &at)
	})
}

func argumentsByName(params *ast.ParameterList) []value {
	args := make([]value, len(params.List))
	for i, p := range params.List {
		args[i] = unknown()
		id, ok := p.Target.(*ast.Identifier)
		if !ok {
			continue
		}
		for _, a := range arguments() {
			if id.Name.String() == a.key {
				args[i] = a
			}
		}
	}
	return args
}

// export notices "exports.name = …", "module.exports.name = …" and "module.exports = …".
func (l *linter) export(target *ast.DotExpression, v value) {
	name := target.Identifier.Name.String()
	switch path(target.Left) {
	case "exports", "module.exports":
		l.exported[name] = export{v, target.Identifier.Idx}
	case "module":
		if name == "exports" {
			for member, value := range v.members {
				l.exported[member] = export{value, target.Identifier.Idx}
			}
		}
	}
}

// exportedNames finds the handlers of an ES module, which lowering has made into variables of their names.
func (l *linter) exportedNames(top *env) {
	if !l.lowered {
		return
	}
	for _, name := range handlerNames {
		if s := top.scope.find(name); s != nil && s.value.fn != nil {
			l.exported[name] = export{s.value, s.value.fn.node.Idx0()}
		}
	}
}

func path(x ast.Expression) string {
	switch n := x.(type) {
	case *ast.Identifier:
		return n.Name.String()
	case *ast.DotExpression:
		return path(n.Left) + "." + n.Identifier.Name.String()
	}
	return ""
}

// noticeSet notes whether a set of refresh token metadata can run at a first login.
func (l *linter) noticeSet(n *ast.CallExpression, e *env) {
	token := e.facts.apply(value{kinds: kindObject | kindUndefined, key: "event.refresh_token"})
	if token.may(kindUndefined) || l.guarded {
		l.loginSets = true
		return
	}
	l.tokenSets = append(l.tokenSets, n.Idx0())
}

// neverAtFirstLogin reports an Action that sets metadata at exchanges only and looks at no metadata of theirs: its author
// may have thought that a first login has event.refresh_token too (contract 1.11).
func (l *linter) neverAtFirstLogin() {
	if l.loginSets || l.tokenRead {
		return
	}
	for _, at := range l.tokenSets {
		l.report(at, Finding{
			Rule: ruleFirstLogin, Severity: Info, When: Always,
			Message: "this is set at the first refresh, not at the login: event.refresh_token is undefined at a login",
			Mend:    "Set it without asking for event.refresh_token to have it from the login on.",
		})
	}
}
