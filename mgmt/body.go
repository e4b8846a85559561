package mgmt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits of a body. The largest that makes sense, 25 metadata entries with every character of the keys and the values
// written as an escape, has about 77 kB.
const (
	maxBody  = 100 << 10
	maxDepth = 8
)

// member is one name and value of a JSON object.
type member struct {
	name  string
	value any
}

// object is a JSON object as it was sent: in order, and without a name twice. Other values are what encoding/json has for
// them, with json.Number for numbers.
type object []member

// readObject reads a body that must be one JSON object with no members but the allowed ones. Everything that is not to
// the letter is a 400 that says what was wrong: a body that two parsers could read in two ways is refused.
func readObject(r *http.Request, allowed ...string) (object, error) {
	b, err := readBody(r)
	if err != nil {
		return nil, err
	}
	return parseObject(b, allowed...)
}

// readNothing is for operations that take no body: none, or an object without members.
func readNothing(r *http.Request) error {
	b, err := readBody(r)
	if err != nil || len(bytes.TrimSpace(b)) == 0 {
		return err
	}
	_, err = parseObject(b)
	return err
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, &apiError{status: http.StatusBadRequest, code: codeBody, message: "Request body could not be read.", cause: err}
	case len(b) > maxBody:
		return nil, badRequest(codeBody, fmt.Sprintf("Payload content length greater than maximum allowed: %d", maxBody))
	case len(b) == 0:
		return nil, nil
	}
	return b, checkContentType(r.Header.Values("Content-Type"))
}

// checkContentType accepts JSON, and no word about the type.
func checkContentType(values []string) error {
	if len(values) == 0 {
		return nil
	}
	if len(values) == 1 {
		if t, _, err := mime.ParseMediaType(values[0]); err == nil && t == "application/json" {
			return nil
		}
	}
	return badRequest(codeBody, "Unsupported content type: expected application/json.")
}

func parseObject(b []byte, allowed ...string) (object, error) {
	v, err := parseJSON(b)
	if err != nil {
		return nil, err
	}
	o, ok := v.(object)
	if !ok {
		return nil, wrongType("object", v, "")
	}
	for _, m := range o {
		if !slices.Contains(allowed, m.name) {
			return nil, invalidBody("Additional properties not allowed: "+short(m.name), "")
		}
	}
	return o, nil
}

// parseJSON reads exactly one JSON value. encoding/json alone would take the last of two equal names and would mend
// broken UTF-8 in silence.
func parseJSON(b []byte) (any, error) {
	if !utf8.Valid(b) {
		return nil, malformed("not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(b, &whole); err != nil {
		return nil, malformed(err.Error())
	}
	if loneSurrogate(b) {
		return nil, malformed("unpaired surrogate in a string")
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	v, err := parseValue(dec, 0)
	if err == nil {
		return v, nil
	}
	var refused *apiError
	if errors.As(err, &refused) {
		return nil, err
	}
	return nil, malformed(err.Error())
}

func parseValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed("nested too deeply")
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		return parseMembers(dec, depth)
	case json.Delim('['):
		return parseElements(dec, depth)
	}
	return tok, nil
}

func parseMembers(dec *json.Decoder, depth int) (any, error) {
	o := object{}
	seen := make(map[string]bool)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := tok.(string) // it is one: the text was checked as a whole
		if seen[name] {
			return nil, invalidBody("Duplicate property: "+short(name), "")
		}
		seen[name] = true
		value, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name, value})
	}
	_, err := dec.Token() // the closing brace
	return o, err
}

func parseElements(dec *json.Decoder, depth int) (any, error) {
	list := []any{}
	for dec.More() {
		value, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := dec.Token() // the closing bracket
	return list, err
}

// loneSurrogate reports whether valid JSON text holds half of a surrogate pair ("\ud83d" on its own), which Go would
// replace by U+FFFD.
func loneSurrogate(b []byte) bool {
	high := func(i int) bool { return isSurrogate(b, i, "89ab") }
	low := func(i int) bool { return isSurrogate(b, i, "cdef") }
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		switch {
		case high(i) && low(i+6):
			i += 11
		case high(i) || low(i):
			return true
		default:
			i++ // the escaped character, which may be a backslash
		}
	}
	return false
}

// isSurrogate reports whether an escape \uDxyz begins at i, with x one of third.
func isSurrogate(b []byte, i int, third string) bool {
	return i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' && b[i+2]|0x20 == 'd' && strings.IndexByte(third, b[i+3]|0x20) >= 0
}

func malformed(why string) error {
	return badRequest(codeBody, "Invalid request payload JSON format: "+why)
}
