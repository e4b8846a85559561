package tenant

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// located is a string of the document with its place.
type located struct {
	text string
	at   *node
	path string
}

// object reads one mapping of the document. Each method takes one key; whatever was not taken by the time of done is
// something that Keepsake does not know. A null is as good as no key. A key of the wrong type is a problem and reads as if
// it were not there.
type object struct {
	l     *loader
	at    *node
	path  string // "clients[0]"; empty for the document
	taken map[string]bool
}

func (l *loader) object(n *node, path string) *object {
	return &object{l: l, at: n, path: path, taken: make(map[string]bool)}
}

// key returns the path of one of the object's keys.
func (o *object) key(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// problemf reports something wrong with the object as a whole.
func (o *object) problemf(format string, args ...any) { o.l.problemf(o.at, o.path, format, args...) }

// take returns a key's value, or nil.
func (o *object) take(name string) *node {
	o.taken[name] = true
	f := o.at.field(name)
	if f == nil || f.value.kind == nothing {
		return nil
	}
	return f.value
}

// takeKind returns a key's value if it is of a kind, and reports it if it is of another one.
func (o *object) takeKind(name string, k kind) *node {
	n := o.take(name)
	if n == nil || !o.l.expect(n, o.key(name), k, string(k)) {
		return nil
	}
	return n
}

// done lists what nobody took as ignored.
func (o *object) done() {
	for _, f := range o.at.fields {
		if !o.taken[f.name] {
			o.l.ignore(o.key(o.l.text.restore(f.name)))
		}
	}
}

// ignoreKey lists a key that is known and of no use here, if it is there.
func (o *object) ignoreKey(name string) {
	if o.take(name) != nil {
		o.l.ignore(o.key(name))
	}
}

// string returns a string; "" when there is none.
func (o *object) string(name string) string { return o.located(name).text }

// located returns a string and its place. Without one, the place is that of the object.
func (o *object) located(name string) located {
	n := o.takeKind(name, str)
	if n == nil {
		return located{at: o.at, path: o.path}
	}
	return located{text: n.text, at: n, path: o.key(name)}
}

// required returns a string that has to be there.
func (o *object) required(name string) located {
	if n := o.take(name); n == nil || n.kind == str && n.text == "" {
		at := o.at
		if n != nil {
			at = n
		}
		o.l.problemf(at, o.key(name), "a value is required")
		return located{at: o.at, path: o.path}
	}
	return o.located(name)
}

// oneOf returns one of the allowed strings, or def.
func (o *object) oneOf(name, def string, allowed ...string) string {
	s := o.located(name)
	switch {
	case s.text == "":
		return def
	case slices.Contains(allowed, s.text):
		return s.text
	}
	o.l.problemf(s.at, s.path, "%q is none of %s", s.text, strings.Join(allowed, ", "))
	return def
}

// flag returns a boolean, or def.
func (o *object) flag(name string, def bool) bool {
	n := o.takeKind(name, boolean)
	if n == nil {
		return def
	}
	return n.bool
}

// number returns a number between low and high, or def. A string of digits will do: Auth0's own samples have them
// (contract 4.7).
func (o *object) number(name string, def, low, high float64) float64 {
	n := o.take(name)
	if n == nil {
		return def
	}
	v, path := n.number, o.key(name)
	if n.kind == str && isDigits(n.text) {
		v, _ = strconv.ParseFloat(n.text, 64)
	} else if !o.l.expect(n, path, number, string(number)) {
		return def
	}
	if !(v >= low && v <= high) { // so that NaN is refused too
		o.l.problemf(n, path, "%s is not between %s and %s", n.text, format(low), format(high))
		return def
	}
	return v
}

// whole is number for integers.
func (o *object) whole(name string, def, low, high int64) int64 {
	v := o.number(name, float64(def), float64(low), float64(high))
	if v != math.Trunc(v) {
		o.l.problemf(o.take(name), o.key(name), "%s is not a whole number", format(v))
		return def
	}
	return int64(v)
}

func format(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// strings returns a list of strings, and whether it is there.
func (o *object) strings(name string) ([]located, bool) {
	n := o.take(name)
	if n == nil || !o.l.expect(n, o.key(name), list, "a list of strings") {
		return nil, false
	}
	var out []located
	for i, item := range n.items {
		path := index(o.key(name), i)
		if o.l.expect(item, path, str, string(str)) {
			out = append(out, located{text: item.text, at: item, path: path})
		}
	}
	return out, true
}

// child returns a mapping, or nil.
func (o *object) child(name string) *object {
	n := o.takeKind(name, mapping)
	if n == nil {
		return nil
	}
	return o.l.object(n, o.key(name))
}

// children returns a list of mappings, and whether it is there.
func (o *object) children(name string) ([]*object, bool) {
	n := o.takeKind(name, list)
	if n == nil {
		return nil, false
	}
	var out []*object
	for i, item := range n.items {
		path := index(o.key(name), i)
		if o.l.expect(item, path, mapping, string(mapping)) {
			out = append(out, o.l.object(item, path))
		}
	}
	return out, true
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
