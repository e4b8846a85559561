package lint

import (
	"reflect"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// visit calls f for every node below root, root included. The engine's syntax tree has no walker of its own; its nodes are
// structs of nodes and lists of them, which reflection goes through.
func visit(root any, f func(node any)) {
	walk(reflect.ValueOf(root), f, 0)
}

const maxDepth = 10_000

func walk(v reflect.Value, f func(any), depth int) {
	if depth > maxDepth {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), f, depth+1)
		}
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Kind() != reflect.Struct || v.Type().Elem().PkgPath() != nodePackage {
			return
		}
		f(v.Interface())
		walk(v.Elem(), f, depth+1)
	case reflect.Struct:
		if v.Type().PkgPath() != nodePackage {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "DeclarationList" { // the declarations are in the body too
				walk(v.Field(i), f, depth+1)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), f, depth+1)
		}
	}
}

var nodePackage = reflect.TypeFor[ast.Program]().PkgPath()

func isStep(t token.Token) bool { return t == token.INCREMENT || t == token.DECREMENT }
