package types

import (
	"slices"
	"strings"
	"sync"
)

// Kinds is a set of the kinds of JavaScript values.
type Kinds uint16

// The kinds of values. Unknown stands for any of them: nothing can be said about such a value.
const (
	Undefined Kinds = 1 << iota
	Null
	String
	Number
	Boolean
	Object
	Array
	Function
	Unknown
)

// Type is what a value may be.
type Type struct {
	Kinds Kinds
	// Members are the members of an object; nil when it has none that are known.
	Members map[string]*Member
	// Index is the type of the members that have no name here, or nil.
	Index *Type
	// Element is the type of an array's elements, or nil.
	Element *Type
	// Result is the type of what a function returns, or nil.
	Result *Type
}

// Member is a member of an object.
type Member struct {
	Name string
	Type *Type
	// Optional says that the member may be undefined at Auth0.
	Optional bool
	// Always says that Keepsake has it even so.
	Always bool
	// Own says that Auth0 does not have it.
	Own bool
}

// Names returns the members' names, sorted.
func (t *Type) Names() []string {
	names := make([]string, 0, len(t.Members))
	for name := range t.Members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Member returns a member, or nil.
func (t *Type) Member(name string) *Member {
	if t == nil {
		return nil
	}
	return t.Members[name]
}

// Event and API return the types of a handler's two arguments. They are shared and never changed.
func Event() *Type { return known()["Event"] }

// API returns the type of a handler's second argument.
func API() *Type { return known()["PostLoginAPI"] }

var known = sync.OnceValue(func() map[string]*Type {
	types, err := Read(read("postlogin.d.ts"))
	if err != nil {
		panic("read the embedded definitions: " + err.Error()) // TestDefinitionsAreReadable
	}
	return types
})

// phrases of the comments that mean something to Read.
const (
	phraseAlways = "Keepsake always has it"
	phraseOwn    = "Keepsake's own"
)

func newMember(name, comment string, t *Type, optional bool) *Member {
	return &Member{
		Name: name, Type: t, Optional: optional,
		Always: strings.Contains(comment, phraseAlways),
		Own:    strings.Contains(comment, phraseOwn),
	}
}
