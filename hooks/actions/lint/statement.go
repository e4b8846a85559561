package lint

import "github.com/dop251/goja/ast"

// statements goes through a list; it reports whether the end is never reached.
func (l *linter) statements(list []ast.Statement, e *env) bool {
	for _, s := range list {
		if l.statement(s, e) {
			return true
		}
	}
	return false
}

// statement goes through one statement and leaves in e what holds behind it. It reports whether nothing behind it is reached.
func (l *linter) statement(s ast.Statement, e *env) bool {
	switch n := s.(type) {
	case *ast.BlockStatement:
		return l.block(n.List, e)
	case *ast.ExpressionStatement:
		l.eval(n.Expression, e)
	case *ast.VariableStatement:
		l.bindings(n.List, false, e)
	case *ast.LexicalDeclaration:
		l.bindings(n.List, true, e)
	case *ast.IfStatement:
		return l.ifStatement(n, e)
	case *ast.ReturnStatement:
		v := ofKind(kindUndefined)
		if n.Argument != nil {
			v = l.eval(n.Argument, e)
		}
		if e.results != nil {
			*e.results = append(*e.results, v)
		}
		return true
	case *ast.ThrowStatement:
		l.eval(n.Argument, e)
		return true
	case *ast.BranchStatement:
		return true
	case *ast.SwitchStatement:
		l.switchStatement(n, e)
	case *ast.TryStatement:
		return l.try(n, e)
	case *ast.LabelledStatement:
		l.statement(n.Statement, e)
	case *ast.ClassDeclaration:
		l.class(n.Class, e)
		if n.Class.Name != nil {
			l.declare(e, n.Class.Name.Name.String(), unknown(), nil)
		}
	default:
		l.loop(s, e)
	}
	return false
}

func (l *linter) block(list []ast.Statement, e *env) bool {
	inner := e.block()
	l.hoist(list, inner)
	ends := l.statements(list, inner)
	e.facts = inner.facts
	return ends
}

func (l *linter) bindings(list []*ast.Binding, lexical bool, e *env) {
	for _, b := range list {
		v := ofKind(kindUndefined)
		if b.Initializer != nil {
			v = l.eval(b.Initializer, e)
		} else if !lexical {
			v = unknown()
		}
		l.bind(b.Target, v, b.Initializer, e)
	}
}

func (l *linter) ifStatement(n *ast.IfStatement, e *env) bool {
	l.eval(n.Test, e.testing(true))
	then, otherwise := e.given(l.narrow(n.Test, true, e)), e.given(l.narrow(n.Test, false, e))
	thenEnds := l.statement(n.Consequent, then)
	otherwiseEnds := n.Alternate != nil && l.statement(n.Alternate, otherwise)
	switch {
	case thenEnds && otherwiseEnds:
		return true
	case thenEnds:
		e.facts = otherwise.facts
	case otherwiseEnds:
		e.facts = then.facts
	default:
		e.facts = both(then.facts, otherwise.facts)
	}
	return false
}

func (l *linter) switchStatement(n *ast.SwitchStatement, e *env) {
	l.eval(n.Discriminant, e.testing(true))
	inner := e.block()
	fallsThrough := false
	for _, c := range n.Body {
		at := *inner
		if c.Test != nil {
			l.eval(c.Test, inner)
			if !fallsThrough {
				at.facts = l.equal(n.Discriminant, c.Test, true, inner)
			}
		}
		l.hoist(c.Consequent, &at)
		fallsThrough = !l.statements(c.Consequent, &at)
	}
}

func (l *linter) try(n *ast.TryStatement, e *env) bool {
	body := *e
	body.caught = e.caught || n.Catch != nil
	ends := l.statement(n.Body, &body)
	catchEnds := true
	if n.Catch != nil {
		handler := e.block()
		if n.Catch.Parameter != nil {
			l.bind(n.Catch.Parameter, unknown(), nil, handler)
		}
		catchEnds = l.statement(n.Catch.Body, handler)
		if !catchEnds {
			body.facts = both(body.facts, handler.facts)
		}
	}
	e.facts = body.facts
	if n.Finally != nil && l.statement(n.Finally, e) {
		return true
	}
	return ends && catchEnds
}

// loop goes through the body of a loop once.
func (l *linter) loop(s ast.Statement, e *env) {
	inner := e.block()
	switch n := s.(type) {
	case *ast.ForStatement:
		l.initializer(n.Initializer, inner)
		if n.Test != nil {
			l.eval(n.Test, inner.testing(true))
			inner.facts = l.narrow(n.Test, true, inner)
		}
		l.statement(n.Body, inner)
		if n.Update != nil {
			l.eval(n.Update, inner)
		}
	case *ast.ForOfStatement:
		l.eval(n.Source, inner)
		l.into(n.Into, unknown(), inner)
		l.statement(n.Body, inner)
	case *ast.ForInStatement:
		l.eval(n.Source, inner)
		l.into(n.Into, ofKind(kindString), inner)
		l.statement(n.Body, inner)
	case *ast.WhileStatement:
		l.eval(n.Test, inner.testing(true))
		inner.facts = l.narrow(n.Test, true, inner)
		l.statement(n.Body, inner)
	case *ast.DoWhileStatement:
		l.statement(n.Body, inner)
		l.eval(n.Test, inner.testing(true))
	case *ast.WithStatement:
		l.eval(n.Object, inner)
	}
}

func (l *linter) initializer(i ast.ForLoopInitializer, e *env) {
	switch n := i.(type) {
	case *ast.ForLoopInitializerExpression:
		l.eval(n.Expression, e)
	case *ast.ForLoopInitializerVarDeclList:
		l.bindings(n.List, false, e)
	case *ast.ForLoopInitializerLexicalDecl:
		l.bindings(n.LexicalDeclaration.List, true, e)
	}
}

func (l *linter) into(i ast.ForInto, v value, e *env) {
	switch n := i.(type) {
	case *ast.ForIntoVar:
		l.bind(n.Binding.Target, v, nil, e)
	case *ast.ForDeclaration:
		l.bind(n.Target, v, nil, e)
	}
}
