package models

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// maxPlainDepth is how deep AppendJSON goes by itself. What lies deeper is left to encoding/json, which notices when it goes round in circles.
const maxPlainDepth = 16

// Numbers from minPlain to below maxPlain are written without an exponent, as JavaScript does.
const minPlain, maxPlain = 1e-6, 1e21

// AppendJSON appends v as JSON text to b, byte for byte what encoding/json writes without its escapes for HTML. It knows what claims, answers and log
// events are made of (strings, numbers, maps and lists of them) and writes those without reflection, at a fifth of the cost: an exchange
// has four such texts to write. Whatever else v holds is left to encoding/json. The error is for values that JSON does not have.
func AppendJSON(b []byte, v any) ([]byte, error) { return appendJSON(b, v, 0) }

func appendJSON(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxPlainDepth {
		return appendReflected(b, v)
	}
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		return AppendJSONString(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		if size := math.Abs(v); size == 0 || size >= minPlain && size < maxPlain {
			return strconv.AppendFloat(b, v, 'f', -1, 64), nil
		}
	case []string:
		return appendList(b, v, func(b []byte, s string) ([]byte, error) { return AppendJSONString(b, s), nil })
	case []any:
		return appendList(b, v, func(b []byte, item any) ([]byte, error) { return appendJSON(b, item, depth+1) })
	case map[string]any:
		return appendMap(b, v, func(b []byte, item any) ([]byte, error) { return appendJSON(b, item, depth+1) })
	case map[string]string:
		return appendMap(b, v, func(b []byte, s string) ([]byte, error) { return AppendJSONString(b, s), nil })
	}
	return appendReflected(b, v)
}

func appendList[T any](b []byte, list []T, appendItem func([]byte, T) ([]byte, error)) ([]byte, error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendItem(b, item); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendMap writes the keys in their order, so that the same map is the same text.
func appendMap[T any](b []byte, m map[string]T, appendItem func([]byte, T) ([]byte, error)) ([]byte, error) {
	if m == nil {
		return append(b, "null"...), nil
	}
	var few [24]string
	keys := few[:0]
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendJSONString(b, key), ':')
		var err error
		if b, err = appendItem(b, m[key]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// AppendJSONString appends s as a JSON string to b, as AppendJSON does.
func AppendJSONString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			b, _ = appendReflected(b, s) // every string can be written
			return b
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func appendReflected(b []byte, v any) ([]byte, error) {
	buffer := bytes.NewBuffer(b)
	e := json.NewEncoder(buffer)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return buffer.Bytes()[:buffer.Len()-1], nil // without the line break that Encode ends with
}
