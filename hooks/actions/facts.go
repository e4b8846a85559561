package actions

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// facts is what the syntax of an Action tells about the functions that it can reach. A built-in function can't be called
// without being looked up, and a look-up has its name in the code (x.repeat, x["repeat"], const { repeat } = x), or computes
// it. Computed ones are rewritten: x[name] becomes x[check(name)], and check arms the guards when the name is one of theirs. So comments,
// strings and ordinary member names cost nothing.
type facts struct {
	// names are the identifiers, and the members that are looked up by a name in the code.
	names map[string]bool
	// computes says that members are looked up by names that are computed.
	computes bool
	// spreads says that something may be walked from end to end by syntax alone: [...x], f(...x), const [a, ...rest] = x.
	spreads bool
	// builds says that arrays may hold arrays, or may grow, by syntax alone.
	builds bool
	// takes says that a built-in function may be taken as a value (see natives.go).
	takes bool
	// doubles says that a text may be added to itself (see doubling.go).
	doubles bool
	// renames says that the message or the name of an error may be changed.
	renames bool
	// wild is why the code should not run in this process (see tame.go); empty: it may.
	wild string
}

// mayName reports whether the code may use a name that it does not declare. A name that is no identifier is looked for in the
// text; so is every name if code can be made of it.
func (f *facts) mayName(name, text string) bool {
	if f.names[name] {
		return true
	}
	makesCode := f.names["eval"] || f.names["Function"] || f.names["constructor"]
	return (makesCode || strings.ContainsAny(name, `.\`)) && strings.Contains(text, name)
}

// memberCheck is the global function that computed names go through, takenCheck that for patterns, where the value can't be looked at. No
// code can write these names.
const (
	memberCheck = "keepsake member"
	takenCheck  = "keepsake taken"
)

// survey finds the facts of a parsed Action and rewrites its computed member names. It has no recursion, as code may be nested
// as deeply as its author likes.
func survey(tree *ast.Program) facts {
	s := surveyor{facts: facts{names: make(map[string]bool)}, dropped: make(map[ast.Expression]bool)}
	if deferBigInts(tree) {
		s.wild, s.names[bigIntMaker] = "it has a BigInt", true
	}
	numbers := findNumbers(tree)
	walk(tree.Body, func(n any) {
		s.node(n)
		s.use(n)
	})
	if s.with { // which name means what is known at run time only
		s.names[memberCheck], s.wild = true, "it has a with statement"
	}
	if s.wild != "" { // an index that is a BigInt is none that + could be applied to
		numbers = nil
	}
	s.checkTexts(tree, numbers) // before brackets are put around what it looks at
	s.checkValues(tree, numbers)
	for _, m := range s.members {
		s.member(m, numbers, memberCheck)
	}
	for _, m := range s.taken {
		s.member(m, nil, takenCheck)
	}
	s.judge()
	return s.facts
}

type surveyor struct {
	facts
	with    bool
	members []*ast.Expression // computed names
	taken   []*ast.Expression // computed names of what patterns take out of objects
	dropped map[ast.Expression]bool
}

func (s *surveyor) node(n any) {
	switch n := n.(type) {
	case *ast.Identifier:
		s.names[n.Name.String()] = true
	case *ast.BracketExpression:
		s.members = append(s.members, &n.Member)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			if keyed, ok := p.(*ast.PropertyKeyed); ok {
				s.taken = append(s.taken, &keyed.Key)
			}
		}
	case *ast.ArrayPattern:
		s.spreads = s.spreads || n.Rest != nil
	case *ast.SpreadElement:
		s.spreads = true
	case *ast.YieldExpression:
		s.spreads = s.spreads || n.Delegate
	case *ast.ParameterList:
		s.builds = s.builds || n.Rest != nil
	case *ast.ArrayLiteral:
		s.builds = s.builds || !isFlat(n)
	case *ast.AssignExpression:
		s.builds = s.builds || mayGrow(n.Left)
	case *ast.UnaryExpression:
		s.builds = s.builds || (n.Operator == token.INCREMENT || n.Operator == token.DECREMENT) && mayGrow(n.Operand)
	case *ast.WithStatement:
		s.with = true
	case *ast.FieldDefinition:
		key, ok := n.Key.(*ast.StringLiteral)
		s.renames = s.renames || !ok || isErrorsText(key.Value.String())
	case *ast.RegExpLiteral:
		s.pattern(n)
	}
}

// member records a name that is in the code, or has a computed one checked. What is a number as far as the syntax tells is made one, in case
// that a global variable of this name is something else after all.
func (s *surveyor) member(at *ast.Expression, numbers numbers, check string) {
	switch m := (*at).(type) {
	case *ast.StringLiteral:
		s.names[m.Value.String()] = true
		return
	case *ast.NumberLiteral:
		return
	default:
		if numbers.has(m) {
			*at = &ast.UnaryExpression{Operator: token.PLUS, Idx: m.Idx0(), Operand: m}
			return
		}
	}
	s.computes = true
	*at = callOf(check, *at)
}

// callOf is a call of a function of ours, in the place of its argument.
func callOf(name string, argument ast.Expression) ast.Expression {
	at := argument.Idx0()
	return &ast.CallExpression{
		Callee:          &ast.Identifier{Name: unistring.NewFromString(name), Idx: at},
		LeftParenthesis: at, ArgumentList: []ast.Expression{argument}, RightParenthesis: argument.Idx1(),
	}
}

// isFlat reports whether an array literal holds nothing but constants, so that no array is in it.
func isFlat(a *ast.ArrayLiteral) bool {
	for _, v := range a.Value {
		switch v.(type) {
		case nil, *ast.StringLiteral, *ast.NumberLiteral, *ast.BooleanLiteral, *ast.NullLiteral, *ast.TemplateLiteral:
		default:
			return false
		}
	}
	return true
}

// mayGrow reports whether assigning to this may make an array longer, or put one into another.
func mayGrow(target ast.Expression) bool {
	switch t := target.(type) {
	case *ast.BracketExpression:
		return true
	case *ast.DotExpression:
		return t.Identifier.Name.String() == "length"
	}
	return false
}

// walk calls visit for every node under v, in no particular order. It goes by reflection, so that no kind of node can be
// forgotten.
func walk(v any, visit func(node any)) {
	todo := []reflect.Value{reflect.ValueOf(v)}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch v.Kind() {
		case reflect.Interface:
			if !v.IsNil() {
				todo = append(todo, v.Elem())
			}
		case reflect.Pointer:
			if !v.IsNil() {
				visit(v.Interface())
				todo = append(todo, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				todo = append(todo, v.Index(i))
			}
		case reflect.Struct:
			if v.Type() == identifierType && v.CanAddr() {
				visit(v.Addr().Interface())
			}
			for i := range v.NumField() {
				// Declarations are listed a second time with the function that they belong to.
				if v.Type().Field(i).Name != "DeclarationList" {
					todo = append(todo, v.Field(i))
				}
			}
		}
	}
}

// eachExpression puts what change returns into the place of every expression under v.
func eachExpression(v any, change func(ast.Expression) ast.Expression) {
	eachSlot(v, func(slot *ast.Expression) {
		if changed := change(*slot); changed != *slot {
			*slot = changed
		}
	})
}

// eachSlot calls visit for every place of an expression under v that has one. What visit puts there is gone through, too.
func eachSlot(v any, visit func(slot *ast.Expression)) {
	todo := []reflect.Value{reflect.ValueOf(v)}
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch v.Kind() {
		case reflect.Interface:
			if v.IsNil() {
				continue
			}
			if v.Type() == expressionType && v.CanAddr() {
				visit(v.Addr().Interface().(*ast.Expression))
			}
			todo = append(todo, v.Elem())
		case reflect.Pointer:
			if !v.IsNil() {
				todo = append(todo, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				todo = append(todo, v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).Name != "DeclarationList" {
					todo = append(todo, v.Field(i))
				}
			}
		}
	}
}

var expressionType = reflect.TypeFor[ast.Expression]()

var identifierType = reflect.TypeFor[ast.Identifier]()
