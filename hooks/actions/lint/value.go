package lint

import (
	"strings"

	"example.com/keepsake/hooks/actions/types"
	"github.com/dop251/goja/ast"
)

// Kinds of values that stand for several.
const (
	nullish   = types.Undefined | types.Null
	anything  = types.Unknown
	primitive = types.String | types.Number | types.Boolean
)

// value is what is known about a value.
type value struct {
	kinds types.Kinds
	typ   *types.Type // its members, where they are known
	// key names the place that the value came from, such as "event.organization" or a variable; empty for a passing value.
	// What a condition says about a key holds for all values of it.
	key string
	// text is the value itself, where it is a constant string.
	text *string
	fn   *function
	// promised is what a promise resolves to.
	promised *value
	// members are those of an object literal.
	members map[string]value
	// soft says that the value may be undefined only because nobody can say what a map has in it.
	soft bool
	// missing says that the value is a member that does not exist.
	missing bool
	// partial says that text is only a part of the string.
	partial bool
	source  ast.Expression // for messages: how the author wrote it
}

func unknown() value                   { return value{kinds: anything} }
func ofKind(k types.Kinds) value       { return value{kinds: k} }
func constant(s string) value          { return value{kinds: types.String, text: &s} }
func (v value) may(k types.Kinds) bool { return v.kinds&k != 0 }

// without takes kinds away. A value of which nothing is left is in code that is not reached.
func (v value) without(k types.Kinds) value {
	if v.kinds &^= k; v.kinds == 0 {
		v.kinds = anything
	}
	return v
}

// or is a value that is one of two.
func (v value) or(w value) value {
	out := value{kinds: v.kinds | w.kinds, source: v.source}
	out.soft = (!v.may(nullish) || v.soft) && (!w.may(nullish) || w.soft)
	if v.typ == w.typ || w.typ == nil {
		out.typ = v.typ
	} else if v.typ == nil {
		out.typ = w.typ
	} else {
		out.kinds |= anything
	}
	if v.text != nil && w.text != nil && *v.text == *w.text {
		out.text = v.text
	}
	return out
}

// falsy is what is left of a value that counts as false, truthy what is left of one that counts as true.
func (v value) falsy() value {
	v.kinds &= nullish | primitive | anything
	if v.kinds == 0 {
		v.kinds = anything
	}
	return v
}

func (v value) truthy() value { return v.without(nullish) }

// isEvent and isAPI report whether a value is, or is a member of, the handler's arguments.
func (v value) isEvent() bool { return v.key == "event" || strings.HasPrefix(v.key, "event.") }
func (v value) isAPI() bool   { return v.key == "api" || strings.HasPrefix(v.key, "api.") }

// words names kinds as a message does: "a number or undefined".
func words(k types.Kinds) string {
	var list []string
	for _, w := range []struct {
		kind types.Kinds
		word string
	}{
		{types.String, "a string"}, {types.Number, "a number"}, {types.Boolean, "a boolean"}, {types.Array, "an array"},
		{types.Function, "a function"}, {types.Object, "an object"}, {types.Null, "null"}, {types.Undefined, "undefined"},
	} {
		if k&w.kind != 0 {
			list = append(list, w.word)
		}
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " or " + list[last]
}
