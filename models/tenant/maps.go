package tenant

import (
	"encoding/json"
	"errors"
	"math"
	"unicode/utf16"

	"example.com/keepsake/models"
)

// stringMap returns a mapping of strings with at most so many entries: the metadata of a client, an organization or a
// connection. Their keys and values are as long as those of a refresh token's metadata at most; unlike there, Auth0 lets
// any character be in a key.
func (o *object) stringMap(name string, maxEntries int) map[string]string {
	n := o.takeKind(name, mapping)
	if n == nil {
		return nil
	}
	path := o.key(name)
	if len(n.fields) > maxEntries {
		o.l.problemf(n, path, "there are %d entries, at most %d are allowed", len(n.fields), maxEntries)
	}
	out := make(map[string]string, len(n.fields))
	for _, f := range n.fields {
		entry := path + "." + f.name
		if !o.l.expect(f.value, entry, str, string(str)) {
			continue
		}
		if tooLong(f.name) || tooLong(f.value.text) {
			o.l.problemf(f.value, entry, "a key or a value is longer than %d characters", models.MaxMetadataLength)
		}
		out[f.name] = f.value.text
	}
	return out
}

// tooLong counts as JavaScript does, like the rules of metadata.
func tooLong(s string) bool {
	return len(s) > models.MaxMetadataLength && len(utf16.Encode([]rune(s))) > models.MaxMetadataLength
}

// jsonMap returns a mapping of anything that JSON has, as encoding/json would give it, or nil. Its JSON has at most so many
// bytes.
func (o *object) jsonMap(name string, maxBytes int) map[string]any {
	n := o.takeKind(name, mapping)
	if n == nil {
		return nil
	}
	path := o.key(name)
	budget := maxBytes // no value takes less than a byte
	v, err := o.l.json(n, path, &budget)
	if err == nil {
		var b []byte
		if b, err = json.Marshal(v); err == nil && len(b) > maxBytes {
			err = errTooLarge
		}
	}
	switch {
	case errors.Is(err, errTooLarge):
		o.l.problemf(n, path, "it takes more than %d bytes of JSON", maxBytes)
		return nil
	case err != nil:
		return nil // reported where it was found
	}
	m, _ := v.(map[string]any)
	return m
}

var (
	errTooLarge = errors.New("too large")
	errReported = errors.New("reported")
)

// json returns a node as encoding/json would. It stops with errTooLarge after budget nodes, so that aliases of aliases do not
// grow beyond measure, and with errReported after a problem.
func (l *loader) json(n *node, path string, budget *int) (any, error) {
	if *budget--; *budget < 0 {
		return nil, errTooLarge
	}
	switch n.kind {
	case boolean:
		return n.bool, nil
	case number:
		if math.IsNaN(n.number) || math.IsInf(n.number, 0) {
			l.problemf(n, path, "JSON has no %s", n.text)
			return nil, errReported
		}
		return n.number, nil
	case str:
		if !l.resolved(n, path) {
			return nil, errReported
		}
		return n.text, nil
	case list:
		return l.jsonList(n, path, budget)
	case mapping:
		return l.jsonObject(n, path, budget)
	}
	return nil, nil
}

func (l *loader) jsonList(n *node, path string, budget *int) (any, error) {
	out := make([]any, 0, len(n.items))
	for i, item := range n.items {
		v, err := l.json(item, index(path, i), budget)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (l *loader) jsonObject(n *node, path string, budget *int) (any, error) {
	out := make(map[string]any, len(n.fields))
	for _, f := range n.fields {
		v, err := l.json(f.value, path+"."+f.name, budget)
		if err != nil {
			return nil, err
		}
		out[f.name] = v
	}
	return out, nil
}
