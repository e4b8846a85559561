package types

import (
	"fmt"
	"regexp"
	"strings"
)

// Read reads the interfaces and aliases of a definitions file. The error says what is outside of the part of TypeScript that
// it understands.
func Read(text string) (map[string]*Type, error) {
	r := &reader{tokens: tokens.FindAllString(text, -1), types: make(map[string]*Type)}
	for !r.done() {
		if err := r.declaration(); err != nil {
			return nil, err
		}
	}
	for name, t := range r.types {
		if t.Kinds == 0 {
			return nil, fmt.Errorf("the type %s is used and not defined", name)
		}
	}
	return r.types, nil
}

// tokens splits a file into comments, texts, names and punctuation.
var tokens = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*|"[^"]*"|=>|[A-Za-z_$][\w$]*|\.\.\.|[^\s\w]`)

type reader struct {
	tokens  []string
	at      int
	comment string // the last one that was skipped
	types   map[string]*Type
}

func (r *reader) skipComments() {
	for r.at < len(r.tokens) && (strings.HasPrefix(r.tokens[r.at], "/*") || strings.HasPrefix(r.tokens[r.at], "//")) {
		r.comment = r.tokens[r.at]
		r.at++
	}
}

func (r *reader) done() bool {
	r.skipComments()
	return r.at >= len(r.tokens)
}

func (r *reader) peek() string {
	if r.done() {
		return ""
	}
	return r.tokens[r.at]
}

func (r *reader) next() string {
	t := r.peek()
	r.at++
	return t
}

func (r *reader) accept(token string) bool {
	if r.peek() == token {
		r.at++
		return true
	}
	return false
}

func (r *reader) expect(token string) error {
	if got := r.next(); got != token {
		return fmt.Errorf("%q where %q is expected, after %s", got, token, strings.Join(r.tokens[max(r.at-6, 0):max(r.at-1, 0)], " "))
	}
	return nil
}

// named returns the type of a name, which may be defined later on.
func (r *reader) named(name string) *Type {
	t, ok := r.types[name]
	if !ok {
		t = &Type{}
		r.types[name] = t
	}
	return t
}

func (r *reader) declaration() error {
	switch kind := r.next(); kind {
	case "interface":
		return r.object(r.named(r.next()))
	case "type":
		t := r.named(r.next())
		if err := r.expect("="); err != nil {
			return err
		}
		alias, err := r.union()
		if err != nil {
			return err
		}
		*t = *alias
		return r.expect(";")
	default:
		return fmt.Errorf("%q where an interface or a type is expected", kind)
	}
}

// object reads the members of an interface into t, from brace to brace.
func (r *reader) object(t *Type) error {
	if err := r.expect("{"); err != nil {
		return err
	}
	t.Kinds, t.Members = Object, r.later(t)
	for r.comment = ""; !r.accept("}"); r.comment = "" {
		if r.done() {
			return fmt.Errorf("an interface has no end")
		}
		if err := r.member(t); err != nil {
			return err
		}
		if !r.accept(";") && r.peek() != "}" {
			return fmt.Errorf("%q where a member should end", r.peek())
		}
	}
	return nil
}

func (r *reader) member(t *Type) error {
	name := r.next()
	comment := r.comment
	if name == "readonly" {
		name = r.next()
	}
	if name == "[" { // an index
		if err := r.skipTo("]"); err != nil {
			return err
		}
		if err := r.expect(":"); err != nil {
			return err
		}
		var err error
		t.Index, err = r.union()
		return err
	}
	optional := r.accept("?")
	var value *Type
	var err error
	if r.peek() == "(" {
		value, err = r.function(":")
	} else if err = r.expect(":"); err == nil {
		value, err = r.union()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	t.Members[name] = newMember(name, comment, value, optional)
	return nil
}

// function reads parameters, which are of no interest here, and the result behind a colon or an arrow.
func (r *reader) function(separator string) (*Type, error) {
	r.next()
	if err := r.skipTo(")"); err != nil {
		return nil, err
	}
	if err := r.expect(separator); err != nil {
		return nil, err
	}
	result, err := r.union()
	return &Type{Kinds: Function, Result: result}, err
}

// skipTo goes behind the closing bracket of a group that is open.
func (r *reader) skipTo(closing string) error {
	for depth := 0; !r.done(); {
		switch token := r.next(); {
		case token == closing && depth == 0:
			return nil
		case strings.Contains("([{", token):
			depth++
		case strings.Contains(")]}", token):
			depth--
		}
	}
	return fmt.Errorf("there is no closing %s", closing)
}

// union reads a type: alternatives, parts that go together, arrays.
func (r *reader) union() (*Type, error) {
	all, err := r.postfix()
	if err != nil {
		return nil, err
	}
	for {
		switch {
		case r.accept("|"):
			other, err := r.postfix()
			if err != nil {
				return nil, err
			}
			all = either(all, other)
		case r.accept("&"):
			other, err := r.postfix()
			if err != nil {
				return nil, err
			}
			all = &Type{Kinds: all.Kinds, Members: r.later(other)}
		default:
			return all, nil
		}
	}
}

// later returns the members of a type that may be defined only further on.
func (r *reader) later(t *Type) map[string]*Member {
	if t.Members == nil {
		t.Members = make(map[string]*Member)
	}
	return t.Members
}

func either(a, b *Type) *Type {
	merged := &Type{Kinds: a.Kinds | b.Kinds, Members: a.Members, Index: a.Index, Element: a.Element}
	if merged.Members == nil {
		merged.Members, merged.Index = b.Members, b.Index
	}
	return merged
}

func (r *reader) postfix() (*Type, error) {
	t, err := r.primary()
	if err != nil {
		return nil, err
	}
	for r.accept("[") {
		if err := r.expect("]"); err != nil {
			return nil, err
		}
		t = &Type{Kinds: Array, Element: t}
	}
	return t, nil
}

// primitives are the types that have a name of TypeScript's.
var primitives = map[string]Kinds{
	"string": String, "number": Number, "boolean": Boolean, "undefined": Undefined, "void": Undefined, "null": Null,
	"any": Unknown, "unknown": Unknown, "true": Boolean, "false": Boolean,
}

func (r *reader) primary() (*Type, error) {
	switch token := r.peek(); {
	case token == "{":
		t := &Type{}
		return t, r.object(t)
	case token == "(":
		return r.function("=>")
	case strings.HasPrefix(token, `"`):
		r.at++
		return &Type{Kinds: String}, nil
	case primitives[token] != 0:
		r.at++
		return &Type{Kinds: primitives[token]}, nil
	case token == "Promise":
		r.at++
		return &Type{Kinds: Object}, r.skipGeneric()
	case identifier.MatchString(token):
		r.at++
		return r.named(token), nil
	default:
		return nil, fmt.Errorf("%q where a type is expected", token)
	}
}

var identifier = regexp.MustCompile(`^[A-Za-z_$]`)

func (r *reader) skipGeneric() error {
	if err := r.expect("<"); err != nil {
		return err
	}
	if _, err := r.union(); err != nil {
		return err
	}
	return r.expect(">")
}
