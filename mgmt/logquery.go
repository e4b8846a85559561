package mgmt

import (
	"strings"
	"unicode"

	"example.com/keepsake/models"
)

// parseLogQueries reads the q and the search parameter. Both may select by exact value on type, user_id and client_id:
// field:value or field:"value", joined by AND (in search, which knows no OR, a space means AND as well). Of Auth0's two
// languages that is a small part; everything beyond it is a 400, because a condition that is passed over would show
// events that nobody asked for.
func parseLogQueries(q, search string) (models.LogFilter, error) {
	var f models.LogFilter
	if err := addLogQuery(&f, q, "q", true); err != nil {
		return models.LogFilter{}, err
	}
	if err := addLogQuery(&f, search, "search", false); err != nil {
		return models.LogFilter{}, err
	}
	return f, nil
}

func addLogQuery(f *models.LogFilter, text, parameter string, needAnd bool) error {
	unsupported := func(what string) error {
		return invalidQuery(what+` is not supported: use field:value or field:"value" with the fields type, user_id and client_id, joined by AND`, parameter)
	}
	first := true
	for rest := trimSpace(text); rest != ""; first = false {
		if !first {
			after, found := cutAnd(rest)
			if !found && needAnd {
				return unsupported("What follows a condition without AND")
			}
			rest = after
		}
		field, value, after, ok := cutCondition(rest)
		if !ok {
			return unsupported("The expression " + short(rest))
		}
		if !setLogField(f, field, value) {
			return unsupported("The condition " + short(field+":"+value))
		}
		rest = trimSpace(after)
	}
	return nil
}

func trimSpace(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }

// cutAnd removes a leading AND, or nothing.
func cutAnd(s string) (string, bool) {
	after, found := strings.CutPrefix(s, "AND")
	if !found || after == "" || !unicode.IsSpace(rune(after[0])) {
		return s, false
	}
	return trimSpace(after), true
}

// cutCondition reads one field:value from the front of s.
func cutCondition(s string) (field, value, rest string, ok bool) {
	field, s, ok = strings.Cut(s, ":")
	if !ok || field == "" {
		return "", "", "", false
	}
	if strings.HasPrefix(s, `"`) {
		value, rest, ok = cutQuoted(s[1:])
		return field, value, rest, ok && value != ""
	}
	end := strings.IndexFunc(s, unicode.IsSpace)
	if end < 0 {
		end = len(s)
	}
	value, rest = s[:end], s[end:]
	// The operators of the query language mean something there that an exact value can't say. "|" and ":" are parts of
	// user ids and stay.
	return field, value, rest, value != "" && !strings.ContainsAny(value, `*?~^"()[]{}\<>`)
}

// cutQuoted reads up to the closing quote; a backslash keeps the next character.
func cutQuoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			rest = s[i+1:]
			return b.String(), rest, rest == "" || unicode.IsSpace(rune(rest[0]))
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// setLogField adds a condition. Two different values for one field can't both hold, which is a mistake rather than a
// question.
func setLogField(f *models.LogFilter, field, value string) bool {
	switch field {
	case "type":
		if f.Type != "" && string(f.Type) != value {
			return false
		}
		f.Type = models.LogType(value)
	case "user_id":
		return setOnce(&f.UserID, value)
	case "client_id":
		return setOnce(&f.ClientID, value)
	default:
		return false
	}
	return true
}

func setOnce(p *string, value string) bool {
	if *p != "" && *p != value {
		return false
	}
	*p = value
	return true
}
