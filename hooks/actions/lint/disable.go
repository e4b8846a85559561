package lint

import (
	"regexp"
	"strings"
)

// A comment lets a line have what a rule finds in it: "// keepsake-disable-line RULE, RULE" on the line itself, or
// "// keepsake-disable-next-line RULE, RULE" before it. What follows " -- " says why.
var disabling = regexp.MustCompile(`//\s*keepsake-disable-(next-)?line\s+(.*)`)

// disabledLines returns the rules that are switched off, by line.
func disabledLines(code string) map[int]map[string]bool {
	var lines map[int]map[string]bool
	for i, text := range strings.Split(code, "\n") {
		m := disabling.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if lines == nil {
			lines = make(map[int]map[string]bool)
		}
		line := i + 1
		if m[1] != "" {
			line++
		}
		rules, _, _ := strings.Cut(m[2], "--")
		if lines[line] == nil {
			lines[line] = make(map[string]bool)
		}
		for _, rule := range strings.FieldsFunc(rules, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\r' }) {
			lines[line][rule] = true
		}
	}
	return lines
}
