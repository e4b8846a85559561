package mgmt

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// The sentences of Auth0's schema validator, for bodies and for queries.

func invalidBody(what, property string) error {
	return badRequest(codeBody, "Payload"+validationError(what, property))
}

func invalidQuery(what, property string) error {
	return badRequest(codeQuery, "Query"+validationError(what, property))
}

func validationError(what, property string) string {
	s := " validation error: '" + what + "'"
	if property != "" {
		s += " on property " + property
	}
	return s + "."
}

func wrongType(want string, got any, property string) error {
	return invalidBody("Expected type "+want+" but found type "+typeName(got), property)
}

// typeName is JSON Schema's name for what parseJSON returns.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

// boundedString checks a string member of 1 to limit characters.
func boundedString(v any, limit int, property string) (string, error) {
	s, ok := v.(string)
	if !ok {
		return "", wrongType("string", v, property)
	}
	n := utf8.RuneCountInString(s)
	switch {
	case n < 1:
		return "", invalidBody("String is too short (0 chars), minimum 1", property)
	case n > limit:
		return "", invalidBody(fmt.Sprintf("String is too long (%d chars), maximum %d", n, limit), property)
	case !cleanText(s):
		return "", invalidBody("String must not contain null bytes", property)
	}
	return s, nil
}

// short cuts what a client sent to a length that an error message can carry.
func short(s string) string {
	const limit = 100
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}
