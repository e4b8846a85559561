package tenant

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// text is a file with its keywords replaced, which remembers what it was, so that an error can name the place in the file
// that its author wrote.
type text struct {
	source, body string
	edits        []edit // in order
	missing      []keyword
	mark         rune // encloses a placeholder's number; not in source
}

// edit says that source[from:to] became body[at:at+length].
type edit struct{ from, to, at, length int }

// keyword is a keyword that has no value.
type keyword struct {
	key    string
	marker string // as it was written, without quotes
	at     int    // in source
}

func (k keyword) message() string {
	return fmt.Sprintf("nothing to replace %s with: set the environment variable %s", k.marker, k.key)
}

// placeholder returns what stands in body for a keyword without a value. It is an ordinary word for YAML.
func (t *text) placeholder(k keyword) string {
	t.missing = append(t.missing, k)
	return string(t.mark) + strconv.Itoa(len(t.missing)-1) + string(t.mark)
}

// lacking returns the keywords without a value in s, a part of body.
func (t *text) lacking(s string) []keyword {
	if len(t.missing) == 0 {
		return nil
	}
	var out []keyword
	parts := strings.Split(s, string(t.mark))
	for i := 1; i < len(parts); i += 2 { // every other part is between two marks
		if n, err := strconv.Atoi(parts[i]); err == nil && n >= 0 && n < len(t.missing) {
			out = append(out, t.missing[n])
		}
	}
	return out
}

// restore puts the keywords back into a part of body.
func (t *text) restore(s string) string {
	for i, k := range t.missing {
		s = strings.ReplaceAll(s, string(t.mark)+strconv.Itoa(i)+string(t.mark), k.marker)
	}
	return s
}

// position returns the line and column in source of a line and column in body.
func (t *text) position(line, column int) (int, int) {
	if len(t.edits) == 0 {
		return line, column
	}
	return place(t.source, t.origin(offset(t.body, line, column)))
}

// origin returns the place in source of a place in body. Whatever is inside of a replacement comes from its keyword.
func (t *text) origin(at int) int {
	n := sort.Search(len(t.edits), func(i int) bool { return t.edits[i].at > at })
	if n == 0 {
		return at
	}
	e := t.edits[n-1]
	if at < e.at+e.length {
		return e.from
	}
	return e.to + at - e.at - e.length
}

// offset returns the byte at a line and column, or the nearest there is.
func offset(s string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(s[at:], '\n')
		if i < 0 {
			return len(s)
		}
		at += i + 1
	}
	for ; column > 1 && at < len(s) && s[at] != '\n'; column-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// place returns the line and column of a byte.
func place(s string, at int) (line, column int) {
	at = min(at, len(s))
	start := strings.LastIndexByte(s[:at], '\n') + 1
	return strings.Count(s[:start], "\n") + 1, utf8.RuneCountInString(s[start:at]) + 1
}
