package mgmt

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is a checked query string: only known parameters, each at most once.
type query map[string]string

// parseQuery refuses what it doesn't know: a filter that is ignored would answer more than was asked for.
func parseQuery(raw string, known []string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badRequest(codeQuery, "Invalid query string.")
	}
	q := make(query, len(values))
	for name, v := range values {
		switch {
		case !slices.Contains(known, name):
			return nil, invalidQuery("Additional properties not allowed: "+short(name), "")
		case len(v) > 1:
			return nil, invalidQuery("Expected type string but found type array", name)
		case !cleanText(v[0]):
			return nil, invalidQuery("String must be UTF-8 without null bytes", name)
		}
		q[name] = v[0]
	}
	return q, nil
}

func (q query) has(name string) bool { _, ok := q[name]; return ok }

// integer returns a parameter within bounds, or fallback when it was not sent.
func (q query) integer(name string, fallback, low, high int) (int, error) {
	s, ok := q[name]
	if !ok {
		return fallback, nil
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil:
		return 0, invalidQuery("Expected type integer but found type string", name)
	case n < low:
		return 0, invalidQuery(fmt.Sprintf("Value %d is less than minimum %d", n, low), name)
	case n > high:
		return 0, invalidQuery(fmt.Sprintf("Value %d is greater than maximum %d", n, high), name)
	}
	return n, nil
}

// boolean returns a parameter, or fallback when it was not sent.
func (q query) boolean(name string, fallback bool) (bool, error) {
	switch s, ok := q[name]; {
	case !ok:
		return fallback, nil
	case s == "true":
		return true, nil
	case s == "false":
		return false, nil
	}
	return false, invalidQuery("Expected type boolean but found type string", name)
}

// selection returns the fields and include_fields parameters. Without fields, include_fields means nothing.
func (q query) selection() (selection, error) {
	include, err := q.boolean("include_fields", true)
	if err != nil {
		return selection{}, err
	}
	s := selection{exclude: !include}
	for name := range strings.SplitSeq(q["fields"], ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if s.names == nil {
			s.names = make(map[string]bool)
		}
		s.names[name] = true
	}
	return s, nil
}
