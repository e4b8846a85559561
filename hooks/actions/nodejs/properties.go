package nodejs

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// maxPattern is the longest regular expression whose properties are written out, in bytes.
const maxPattern = 1 << 16

// nativeRegExp are the functions of lib/polyfill/regexp.js.
func (e *Env) nativeRegExp() functions {
	return functions{
		// expand(pattern, flags) returns both for ExpandProperties.
		"expand": func(call goja.FunctionCall) goja.Value {
			pattern, flags, err := ExpandProperties(call.Argument(0).String(), call.Argument(1).String())
			if err != nil {
				panic(e.newError("SyntaxError", "", err.Error()))
			}
			return e.rt.NewArray(pattern, flags)
		},
	}
}

// ExpandProperties writes \p{…} and \P{…} of a regular expression with the flag u or v as the characters that they stand for. The flag v is u then,
// where the pattern has nothing else of it. The error is for authors.
func ExpandProperties(pattern, flags string) (expanded, newFlags string, err error) {
	if !strings.ContainsAny(flags, "uv") || !strings.Contains(pattern, `\p{`) && !strings.Contains(pattern, `\P{`) {
		return pattern, flags, nil
	}
	if len(pattern) > maxPattern {
		return pattern, flags, errors.New("Invalid regular expression: it is too long")
	}
	expanded, err = expandProperties(pattern)
	if err != nil {
		return pattern, flags, fmt.Errorf("Invalid regular expression: /%s/: %w", pattern, err)
	}
	if !setNotation.MatchString(pattern) {
		flags = strings.Replace(flags, "v", "u", 1)
	}
	return expanded, flags, nil
}

// setNotation is what only the flag v understands: differences and intersections of classes, and classes inside one another.
var setNotation = regexp.MustCompile(`--|&&|\[[^\]]*\[|\\q\{`)

// expandProperties replaces the Unicode properties of a pattern by ranges, with brackets where they are not inside of some.
func expandProperties(pattern string) (string, error) {
	var out strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+2 < len(pattern) && (pattern[i+1] == 'p' || pattern[i+1] == 'P') && pattern[i+2] == '{':
			end := strings.IndexByte(pattern[i:], '}')
			if end < 0 {
				return "", fmt.Errorf("Invalid property name")
			}
			ranges, err := propertyRanges(pattern[i+3:i+end], pattern[i+1] == 'P')
			if err != nil {
				return "", err
			}
			if !inClass {
				ranges = "[" + ranges + "]"
			}
			out.WriteString(ranges)
			i += end
			continue
		case c == '\\' && i+1 < len(pattern):
			out.WriteByte(c)
			i++
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		}
		out.WriteByte(pattern[i])
	}
	return out.String(), nil
}

// propertyRanges are the ranges of a property, or of all that has it not.
func propertyRanges(name string, negate bool) (string, error) {
	tables, err := propertyTables(name)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	first := rune(-1)
	flush := func(end rune) {
		if first >= 0 {
			fmt.Fprintf(&out, `\u{%x}-\u{%x}`, first, end)
			first = -1
		}
	}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if (tables == nil || unicode.IsOneOf(tables, r)) == negate {
			flush(r - 1)
		} else if first < 0 {
			first = r
		}
	}
	flush(utf8.MaxRune)
	return out.String(), nil
}

// propertyTables finds a property of ECMA-262 22.2.1: a general category, a script, or a binary property. A nil list is all characters.
func propertyTables(name string) ([]*unicode.RangeTable, error) {
	key, value, found := strings.Cut(name, "=")
	if found {
		var table *unicode.RangeTable
		switch key {
		case "Script", "sc", "Script_Extensions", "scx":
			table = unicode.Scripts[value]
		case "General_Category", "gc":
			table = category(value)
		}
		if table == nil {
			return nil, fmt.Errorf("Invalid property name %s", name)
		}
		return []*unicode.RangeTable{table}, nil
	}
	switch name {
	case "Any":
		return nil, nil
	case "ASCII":
		return []*unicode.RangeTable{ascii}, nil
	case "Alphabetic", "Alpha":
		return []*unicode.RangeTable{unicode.L, unicode.Nl, unicode.Other_Alphabetic}, nil
	case "Uppercase", "Upper":
		return []*unicode.RangeTable{unicode.Lu, unicode.Other_Uppercase}, nil
	case "Lowercase", "Lower":
		return []*unicode.RangeTable{unicode.Ll, unicode.Other_Lowercase}, nil
	}
	if table := category(name); table != nil {
		return []*unicode.RangeTable{table}, nil
	}
	if table, ok := unicode.Properties[name]; ok {
		return []*unicode.RangeTable{table}, nil
	}
	return nil, fmt.Errorf("The property %s is not supported", name)
}

// category is a general category by its short or its long name.
func category(name string) *unicode.RangeTable {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	return unicode.Categories[name]
}

var ascii = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0, Hi: 0x7f, Stride: 1}}, LatinOffset: 1}
