package tenant

// kind is what a node is. Its text is how an error names it.
type kind string

const (
	nothing kind = "nothing"
	boolean kind = "true or false"
	number  kind = "a number"
	str     kind = "a string"
	list    kind = "a list"
	mapping kind = "a mapping"
)

// node is one value of the document, with the place where it begins. An alias is the node that it stands for, so that
// nodes may be shared; they are never changed.
type node struct {
	kind         kind
	line, column int     // in the text with its keywords replaced
	text         string  // of a scalar: as it was written, for a string its value
	bool         bool    // of a boolean
	number       float64 // of a number
	items        []*node
	fields       []field // in the order of the document
}

// field is one entry of a mapping.
type field struct {
	name         string
	line, column int
	value        *node
}

// field returns the entry with a name, or nil.
func (n *node) field(name string) *field {
	for i := range n.fields {
		if n.fields[i].name == name {
			return &n.fields[i]
		}
	}
	return nil
}
