package actions

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"
)

// How much of a value console shows, as in Node.js: levels of nesting, entries of an array, members of an object.
const (
	inspectDepth   = 2
	inspectEntries = 100
)

// format writes the arguments of a console function as Node.js does: %-directives in a first string, then the other
// arguments, joined by spaces. It may run getters of the Action's.
func format(rt *goja.Runtime, args []goja.Value) string {
	f := inspector{rt: rt, depth: inspectDepth}
	if len(args) > 0 && goja.IsString(args[0]) {
		args = args[f.directives(args[0].String(), args[1:]):]
	}
	for i, v := range args {
		if i > 0 || f.out.Len() > 0 {
			f.out.WriteByte(' ')
		}
		f.top(v)
	}
	return f.out.String()
}

// inspect writes one value with objects inside one another to a depth.
func inspect(rt *goja.Runtime, v goja.Value, depth int) string {
	f := inspector{rt: rt, depth: depth}
	f.value(v)
	return f.out.String()
}

type inspector struct {
	rt    *goja.Runtime
	depth int
	out   strings.Builder
	stack []*goja.Object
}

// directives writes a format string; it returns how many arguments it used, itself included.
func (f *inspector) directives(layout string, args []goja.Value) int {
	used := 0
	for {
		before, after, found := strings.Cut(layout, "%")
		f.out.WriteString(before)
		if !found {
			return used + 1
		}
		layout = after
		if layout == "" {
			f.out.WriteByte('%')
			continue
		}
		verb := layout[0]
		switch {
		case verb == '%':
			f.out.WriteByte('%')
		case used >= len(args) || !strings.ContainsRune("sdifjoOc", rune(verb)):
			f.out.WriteByte('%')
			continue
		default:
			f.directive(verb, args[used])
			used++
		}
		layout = layout[1:]
	}
}

func (f *inspector) directive(verb byte, v goja.Value) {
	_, isObject := v.(*goja.Object)
	switch verb {
	case 'c': // a style
	case 's':
		f.top(v)
	case 'd', 'f':
		if isObject {
			f.out.WriteString("NaN")
			return
		}
		f.out.WriteString(v.ToNumber().String())
	case 'i':
		if isObject {
			f.out.WriteString("NaN")
			return
		}
		f.out.WriteString(strconv.FormatInt(v.ToInteger(), 10))
	default:
		f.value(v)
	}
}

// top writes an argument; a string as it is.
func (f *inspector) top(v goja.Value) {
	if goja.IsString(v) {
		f.out.WriteString(v.String())
		return
	}
	f.value(v)
}

// value writes a value inside another: strings are quoted.
func (f *inspector) value(v goja.Value) {
	switch {
	case v == nil || goja.IsUndefined(v):
		f.out.WriteString("undefined")
	case goja.IsString(v):
		f.out.WriteString(quote(v.String()))
	case goja.IsBigInt(v):
		f.out.WriteString(v.String() + "n")
	default:
		if o, ok := v.(*goja.Object); ok {
			f.object(o)
			return
		}
		if s, ok := v.(*goja.Symbol); ok {
			f.out.WriteString("Symbol(" + s.String() + ")")
			return
		}
		f.out.WriteString(v.String())
	}
}

func quote(s string) string {
	s = strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
	return "'" + s + "'"
}

func (f *inspector) object(o *goja.Object) {
	if _, isFunction := goja.AssertFunction(o); isFunction {
		f.function(o)
		return
	}
	class := o.ClassName()
	switch class {
	case "Error":
		f.failure(o)
		return
	case "Date":
		f.date(o)
		return
	case "RegExp":
		f.out.WriteString(o.String())
		return
	case "String", "Number", "Boolean":
		f.out.WriteString("[" + class + ": " + o.String() + "]")
		return
	}
	for _, parent := range f.stack {
		if parent == o {
			f.out.WriteString("[Circular *1]")
			return
		}
	}
	if len(f.stack) > f.depth {
		f.out.WriteString("[" + class + "]")
		return
	}
	f.stack = append(f.stack, o)
	if class == "Array" {
		f.array(o)
	} else {
		f.members(o, class)
	}
	f.stack = f.stack[:len(f.stack)-1]
}

func (f *inspector) function(o *goja.Object) {
	kind := "Function"
	if isAsync(o) {
		kind = "AsyncFunction"
	}
	name := o.Get("name")
	if name == nil || name.String() == "" {
		f.out.WriteString("[" + kind + " (anonymous)]")
		return
	}
	f.out.WriteString("[" + kind + ": " + name.String() + "]")
}

func (f *inspector) failure(o *goja.Object) {
	if stack := o.Get("stack"); stack != nil && goja.IsString(stack) {
		f.out.WriteString(strings.TrimRight(stack.String(), "\n"))
		return
	}
	f.out.WriteString("[" + o.String() + "]")
}

func (f *inspector) date(o *goja.Object) {
	if iso, ok := goja.AssertFunction(o.Get("toISOString")); ok {
		if s, err := iso(o); err == nil {
			f.out.WriteString(s.String())
			return
		}
	}
	f.out.WriteString("Invalid Date")
}

func (f *inspector) array(o *goja.Object) {
	length := lengthOf(o)
	if length == 0 {
		f.out.WriteString("[]")
		return
	}
	f.out.WriteString("[ ")
	for i := range min(length, inspectEntries) {
		if i > 0 {
			f.out.WriteString(", ")
		}
		if f.full() {
			break
		}
		f.value(o.Get(strconv.FormatInt(i, 10)))
	}
	if length > inspectEntries {
		f.out.WriteString(", ... " + strconv.FormatInt(length-inspectEntries, 10) + " more items")
	}
	f.out.WriteString(" ]")
}

func (f *inspector) members(o *goja.Object, class string) {
	if class != "Object" {
		f.out.WriteString(class + " ")
	} else if name := constructorName(o); name != "Object" {
		f.out.WriteString(name + " ")
	}
	keys := o.Keys()
	if len(keys) == 0 {
		f.out.WriteString("{}")
		return
	}
	f.out.WriteString("{ ")
	for i, k := range keys[:min(len(keys), inspectEntries)] {
		if i > 0 {
			f.out.WriteString(", ")
		}
		if f.full() {
			break
		}
		f.out.WriteString(memberName(k) + ": ")
		f.value(o.Get(k))
	}
	if len(keys) > inspectEntries {
		f.out.WriteString(", ... " + strconv.Itoa(len(keys)-inspectEntries) + " more members")
	}
	f.out.WriteString(" }")
}

// constructorName is the name of an object's class, as Node.js shows it.
func constructorName(o *goja.Object) string {
	if o.Prototype() == nil {
		return "[Object: null prototype]"
	}
	constructor, ok := o.Get("constructor").(*goja.Object)
	if !ok {
		return "Object"
	}
	name := constructor.Get("name")
	if name == nil || !goja.IsString(name) || name.String() == "" {
		return "Object"
	}
	return name.String()
}

// full stops the writing of what would be cut off anyway.
func (f *inspector) full() bool { return f.out.Len() > maxLine }

func memberName(k string) string {
	for i, c := range k {
		letter := c == '_' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return quote(k)
		}
	}
	if k == "" {
		return "''"
	}
	return k
}
