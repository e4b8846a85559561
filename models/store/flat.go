package store

import "example.com/keepsake/models"

// flatText is a JSON text that is read from the left. Its readers report false at anything that is not simple: an escape, another type, what is
// not JSON. They share the text's memory.
type flatText string

// next steps over white space and then over c, and reports whether it was there.
func (t *flatText) next(c byte) bool {
	s := *t
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t' || s[0] == '\n' || s[0] == '\r') {
		s = s[1:]
	}
	if len(s) == 0 || s[0] != c {
		*t = s
		return false
	}
	*t = s[1:]
	return true
}

// text reads a string without escapes.
func (t *flatText) text() (string, bool) {
	if !t.next('"') {
		return "", false
	}
	s := string(*t)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			*t = flatText(s[i+1:])
			return s[:i], true
		case c == '\\', c < ' ':
			return "", false
		}
	}
	return "", false
}

// list reads what stands between two brackets, separated by commas.
func (t *flatText) list(first, last byte, item func() bool) bool {
	if !t.next(first) {
		return false
	}
	if !t.next(last) {
		for {
			if !item() {
				return false
			}
			if t.next(last) {
				break
			}
			if !t.next(',') {
				return false
			}
		}
	}
	return true
}

// object reads an object whose values are all strings.
func (t *flatText) object(member func(key, value string) bool) bool {
	return t.list('{', '}', func() bool {
		key, ok := t.text()
		if !ok || !t.next(':') {
			return false
		}
		value, ok := t.text()
		return ok && member(key, value)
	})
}

// ends reports whether nothing follows.
func (t *flatText) ends() bool { return !t.next(0) && *t == "" }

// flatObject reads a JSON object whose values are all strings.
func flatObject(text string) (map[string]string, bool) {
	t, m := flatText(text), map[string]string{}
	ok := t.object(func(key, value string) bool {
		m[key] = value
		return true
	})
	return m, ok && t.ends()
}

// flatArray reads a JSON array of strings.
func flatArray(text string) ([]string, bool) {
	t, list := flatText(text), []string{}
	ok := t.list('[', ']', func() bool {
		s, ok := t.text()
		list = append(list, s)
		return ok
	})
	return list, ok && t.ends()
}

// flatMethods reads how somebody signed in.
func flatMethods(text string) ([]models.AuthMethod, bool) {
	t, list := flatText(text), []models.AuthMethod{}
	ok := t.list('[', ']', func() bool {
		var m models.AuthMethod
		ok := t.object(func(key, value string) bool {
			switch key {
			case "name":
				m.Name = value
			case "type":
				m.Type = value
			case "timestamp":
				return m.Timestamp.UnmarshalText([]byte(value)) == nil
			default:
				return false
			}
			return true
		})
		list = append(list, m)
		return ok
	})
	return list, ok && t.ends()
}
