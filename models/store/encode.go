package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/keepsake/models"
)

// encodeJSON returns v as JSON text that both databases take. PostgreSQL's jsonb refuses the character NUL, which a
// query string or an Action may well contain: it becomes U+FFFD, as broken UTF-8 does in encoding/json.
func encodeJSON(v any) (string, error) {
	text, err := models.AppendJSON(nil, v)
	return replaceNUL(string(text)), err
}

const escapedNUL = `\u0000`

func replaceNUL(text string) string {
	if !strings.Contains(text, escapedNUL) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\' || i+1 == len(text):
			out.WriteByte(text[i])
		case strings.HasPrefix(text[i:], escapedNUL):
			out.WriteString(`\ufffd`)
			i += len(escapedNUL) - 1
		default: // another escape, perhaps of the backslash itself
			out.WriteString(text[i : i+2])
			i++
		}
	}
	return out.String()
}

// The scanners take NULL for the zero value: columns of a LEFT JOIN are NULL together.

// instant scans a timestamptz or milliseconds since 1970.
type instant time.Time

func (i *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = instant{}
	case time.Time:
		*i = instant(v.UTC())
	case int64:
		*i = instant(time.UnixMilli(v).UTC())
	default:
		return fmt.Errorf("a time is stored as %T", src)
	}
	return nil
}

// text scans a string.
type text string

func (t *text) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = ""
	case string:
		*t = text(v)
	case []byte:
		*t = text(v)
	default:
		return fmt.Errorf("a text is stored as %T", src)
	}
	return nil
}

// words scans a space-separated list.
type words []string

func (w *words) Scan(src any) error {
	var t text
	if err := t.Scan(src); err != nil {
		return err
	}
	*w = strings.Fields(string(t))
	return nil
}

// flag scans a boolean.
type flag bool

func (f *flag) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*f = false
	case bool:
		*f = flag(v)
	case int64:
		*f = v != 0
	default:
		return fmt.Errorf("a boolean is stored as %T", src)
	}
	return nil
}

// number scans an integer.
type number int64

func (n *number) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*n = 0
	case int64:
		*n = number(v)
	default:
		return fmt.Errorf("an integer is stored as %T", src)
	}
	return nil
}

// document scans JSON into what it points to. NULL leaves that alone.
type document struct{ into any }

func (d document) Scan(src any) error {
	var t text
	if err := t.Scan(src); err != nil {
		return err
	}
	return d.decode(string(t))
}

// decode is Scan for a text. Most of what is stored is flat: objects and arrays of strings, and what is empty. Those are taken apart here, at a
// tenth of what encoding/json needs; whatever is not as simple as that is left to it.
func (d document) decode(stored string) error {
	switch into := d.into.(type) {
	case *models.Metadata:
		if m, ok := flatObject(stored); ok {
			*into = m
			return nil
		}
	case *map[string]any:
		if stored == "{}" {
			*into = map[string]any{}
			return nil
		}
	case *[]string:
		if list, ok := flatArray(stored); ok {
			*into = list
			return nil
		}
	case *[]models.AuthMethod:
		if list, ok := flatMethods(stored); ok {
			*into = list
			return nil
		}
	}
	if stored == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(stored), d.into); err != nil {
		return errors.New("stored JSON does not fit") // encoding/json's own error may quote it
	}
	return nil
}
