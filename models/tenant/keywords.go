package tenant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// mappingsVariable is the environment variable that gives the Deploy CLI its keywords: a JSON object. A keyword that is not
// in it is looked up in the environment by its own name.
const mappingsVariable = "AUTH0_KEYWORD_REPLACE_MAPPINGS"

// marker finds keywords. The Deploy CLI takes the quotes around an @@KEY@@ away with it, because its value brings quotes
// of its own.
var marker = regexp.MustCompile(`'@@([A-Za-z0-9_][A-Za-z0-9_.-]*)@@'|"@@([A-Za-z0-9_][A-Za-z0-9_.-]*)@@"|` +
	`@@([A-Za-z0-9_][A-Za-z0-9_.-]*)@@|##([A-Za-z0-9_][A-Za-z0-9_.-]*)##`)

// literalGroup is the group of marker that is ##KEY##.
const literalGroup = 4

// keywords is where the values of keywords come from.
type keywords struct {
	env      func(string) (string, bool)
	mappings map[string]json.RawMessage
}

// newKeywords reads AUTH0_KEYWORD_REPLACE_MAPPINGS. Its error repeats nothing of the value, which may hold secrets.
func newKeywords(env func(string) (string, bool)) (*keywords, error) {
	k := &keywords{env: env}
	if env == nil {
		k.env = func(string) (string, bool) { return "", false }
	}
	text, ok := k.env(mappingsVariable)
	if !ok || text == "" {
		return k, nil
	}
	if err := json.Unmarshal([]byte(text), &k.mappings); err != nil {
		return nil, fmt.Errorf("environment variable %s is not a JSON object", mappingsVariable)
	}
	return k, nil
}

// literal returns what stands in for ##KEY##.
func (k *keywords) literal(key string) (string, bool) {
	raw, ok := k.mappings[key]
	if !ok {
		return k.env(key)
	}
	var s string
	if json.Unmarshal(raw, &s) == nil && raw[0] == '"' {
		return s, true
	}
	return string(raw), true
}

// quoted returns what stands in for @@KEY@@: JSON. A variable of the environment that is JSON but not a JSON string is taken
// as it is, so that a variable can hold a list or a number; any other becomes a JSON string.
func (k *keywords) quoted(key string) (string, bool) {
	if raw, ok := k.mappings[key]; ok {
		return compact(raw), true
	}
	value, ok := k.env(key)
	if !ok {
		return "", false
	}
	if trimmed := strings.TrimSpace(value); trimmed != "" && trimmed[0] != '"' && json.Valid([]byte(trimmed)) {
		return compact([]byte(trimmed)), true
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)      // as JSON.stringify
	if enc.Encode(value) != nil { // can't happen: it is a string
		return "", false
	}
	return strings.TrimSuffix(b.String(), "\n"), true
}

func compact(raw []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// expand replaces the keywords in a file's text, in one pass: a value is not searched for keywords again. A keyword without a
// value leaves a placeholder, of which text.missing tells: it may stand in a comment, or in a part that nobody reads.
func (k *keywords) expand(source string) *text {
	t := &text{source: source, mark: unusedRune(source)}
	var body strings.Builder
	last := 0
	for _, m := range marker.FindAllStringSubmatchIndex(source, -1) {
		group := 1
		for m[2*group] < 0 {
			group++
		}
		key := source[m[2*group]:m[2*group+1]]
		find := k.quoted
		if group == literalGroup {
			find = k.literal
		}
		value, ok := find(key)
		if !ok {
			value = t.placeholder(keyword{key: key, marker: strings.Trim(source[m[0]:m[1]], `'"`), at: m[0]})
		}
		body.WriteString(source[last:m[0]])
		t.edits = append(t.edits, edit{from: m[0], to: m[1], at: body.Len(), length: len(value)})
		body.WriteString(value)
		last = m[1]
	}
	body.WriteString(source[last:])
	t.body = body.String()
	return t
}

// unusedRune returns a character for private use that text does not have.
func unusedRune(text string) rune {
	for r := rune(0xE000); r < 0xF8FF; r++ {
		if !strings.ContainsRune(text, r) {
			return r
		}
	}
	return 0xF8FF
}
