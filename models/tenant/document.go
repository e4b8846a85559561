package tenant

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a document, far above any real tenant. The parser recurses, and its time grows with the square of the depth.
const (
	maxDocument = 8 << 20
	maxDepth    = 64
)

// parse reads one YAML document. Its error is a *Error without a file.
func parse(body string) (*node, error) {
	if len(body) > maxDocument {
		return nil, &Error{Message: fmt.Sprintf("the document is longer than %d bytes", maxDocument)}
	}
	tokens := lexer.Tokenize(body)
	if err := checkDepth(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, syntaxError(err)
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if _, directive := d.Body.(*ast.DirectiveNode); d.Body != nil && !directive {
			docs = append(docs, d.Body)
		}
	}
	switch len(docs) {
	case 0:
		return &node{kind: nothing, line: 1, column: 1}, nil
	case 1:
		c := converter{anchors: make(map[string]*node)}
		return c.convert(docs[0], 0)
	}
	return nil, at(docs[1].GetToken(), "there is more than one YAML document in the file")
}

func syntaxError(err error) error {
	var located yaml.Error
	if errors.As(err, &located) && located.GetToken() != nil {
		return at(located.GetToken(), located.GetMessage())
	}
	return &Error{Message: err.Error()}
}

func at(t *token.Token, message string) *Error {
	e := &Error{Message: message}
	if t != nil && t.Position != nil {
		e.Line, e.Column = t.Position.Line, t.Position.Column
	}
	return e
}

// checkDepth refuses nesting on one line, which is cheap to write and dear to parse. Nesting by indentation costs its
// author a longer line per level.
func checkDepth(tokens token.Tokens) error {
	flow, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			entries++
		}
		if flow > maxDepth || entries > maxDepth {
			return at(t, "the document is nested too deeply")
		}
	}
	return nil
}

// converter makes nodes of the parser's.
type converter struct{ anchors map[string]*node }

func (c *converter) convert(n ast.Node, depth int) (*node, error) {
	if n == nil {
		return &node{kind: nothing}, nil
	}
	if depth > maxDepth {
		return nil, at(n.GetToken(), "the document is nested too deeply")
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return c.mapping(n, n.Values, n.IsFlowStyle, depth)
	case *ast.MappingValueNode:
		return c.mapping(n, []*ast.MappingValueNode{n}, false, depth)
	case *ast.SequenceNode:
		return c.sequence(n, depth)
	case *ast.AnchorNode:
		v, err := c.convert(n.Value, depth+1)
		if err != nil {
			return nil, err
		}
		c.anchors[n.Name.GetToken().Value] = v // only now: an alias inside of its own anchor would be a circle
		return v, nil
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		if v, ok := c.anchors[name]; ok {
			return v, nil
		}
		return nil, at(n.GetToken(), fmt.Sprintf("there is no anchor &%s before this", name))
	case *ast.TagNode:
		return c.tagged(n, depth)
	}
	return scalar(n)
}

// tagged reads a value with a tag. The tags of YAML's core schema say what the value says already, but for !!str.
func (c *converter) tagged(n *ast.TagNode, depth int) (*node, error) {
	switch tag := n.Start.Value; tag {
	case "!!str":
		v, err := c.convert(n.Value, depth+1)
		if err == nil && (v.kind == boolean || v.kind == number || v.kind == nothing) {
			v = &node{kind: str, line: v.line, column: v.column, text: v.text}
		}
		return v, err
	case "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!":
		return c.convert(n.Value, depth+1)
	default:
		return nil, at(n.Start, fmt.Sprintf("the tag %s is not supported", tag))
	}
}

func (c *converter) sequence(n *ast.SequenceNode, depth int) (*node, error) {
	out := newNode(list, n)
	for _, v := range n.Values {
		item, err := c.convert(v, depth+1)
		if err != nil {
			return nil, err
		}
		out.items = append(out.items, item)
	}
	return out, nil
}

func (c *converter) mapping(n ast.Node, values []*ast.MappingValueNode, flow bool, depth int) (*node, error) {
	out := newNode(mapping, n)
	var merged []field
	for i, v := range values {
		value, err := c.convert(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			more, err := fieldsToMerge(v, value)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
			continue
		}
		name, err := keyName(v.Key)
		if err != nil {
			return nil, err
		}
		f := field{name: name, value: value}
		if t := v.Key.GetToken(); t != nil && t.Position != nil {
			f.line, f.column = t.Position.Line, t.Position.Column
		}
		if i == 0 && !flow { // the parser says where the colon is
			out.line, out.column = f.line, f.column
		}
		if value.line == 0 {
			value.line, value.column = f.line, f.column
		}
		out.fields = append(out.fields, f)
	}
	out.fields = append(out.fields, absent(out.fields, merged)...)
	return out, nil
}

// absent returns those of more that are not in fields: what a mapping says itself goes before what it merges.
func absent(fields, more []field) []field {
	seen := make(map[string]bool)
	for _, f := range fields {
		seen[f.name] = true
	}
	var out []field
	for _, f := range more {
		if !seen[f.name] {
			seen[f.name] = true
			out = append(out, f)
		}
	}
	return out
}

// fieldsToMerge returns what << brings: the fields of a mapping, or of a list of mappings (the first one counts).
func fieldsToMerge(v *ast.MappingValueNode, value *node) ([]field, error) {
	from := []*node{value}
	if value.kind == list {
		from = value.items
	}
	var fields []field
	for _, n := range from {
		if n.kind != mapping {
			return nil, at(v.Key.GetToken(), "expected a mapping to merge, got "+string(n.kind))
		}
		fields = append(fields, n.fields...)
	}
	return fields, nil
}

func keyName(key ast.MapKeyNode) (string, error) {
	var n ast.Node = key
	if k, ok := n.(*ast.MappingKeyNode); ok { // "? key"
		n = k.Value
	}
	if n != nil {
		if v, err := scalar(n); err == nil {
			return v.text, nil
		}
	}
	return "", at(key.GetToken(), "only a string can be a key here")
}

func scalar(n ast.Node) (*node, error) {
	out := newNode(str, n)
	switch n := n.(type) {
	case *ast.StringNode:
		out.text = n.Value
	case *ast.LiteralNode:
		out.text = n.Value.Value
	case *ast.NullNode:
		out.kind = nothing
	case *ast.BoolNode:
		out.kind, out.bool = boolean, n.Value
	case *ast.IntegerNode:
		out.kind = number
		switch v := n.Value.(type) {
		case int64:
			out.number = float64(v)
		case uint64:
			out.number = float64(v)
		}
	case *ast.FloatNode:
		out.kind, out.number = number, n.Value
	case *ast.InfinityNode:
		out.kind, out.number = number, n.Value
	case *ast.NanNode:
		out.kind, out.number = number, math.NaN()
	default:
		return nil, at(n.GetToken(), "expected a value, got "+strings.ToLower(n.Type().String()))
	}
	return out, nil
}

func newNode(k kind, n ast.Node) *node {
	out := &node{kind: k}
	if t := n.GetToken(); t != nil {
		out.text = t.Value
		if t.Position != nil {
			out.line, out.column = t.Position.Line, t.Position.Column
		}
	}
	return out
}
