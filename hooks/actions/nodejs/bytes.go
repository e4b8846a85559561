package nodejs

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"golang.org/x/text/encoding/unicode"
)

// nativeBytes are the functions of lib/internal/bytes.js: texts and bytes in the encodings of a Buffer.
func (e *Env) nativeBytes() functions {
	return functions{
		// encode(bytes, encoding) returns a string.
		"encode": func(call goja.FunctionCall) goja.Value {
			b := e.bytes(call.Argument(0))
			if len(b) > maxTextLength {
				panic(e.rangeError("The text is too long."))
			}
			return e.encode(b, call.Argument(1).String())
		},
		// decode(string, encoding) returns an ArrayBuffer.
		"decode": func(call goja.FunctionCall) goja.Value {
			return e.arrayBuffer(e.decode(e.text(call.Argument(0)), call.Argument(1).String()))
		},
		"compare": func(call goja.FunctionCall) goja.Value {
			return e.rt.ToValue(bytes.Compare(e.bytes(call.Argument(0)), e.bytes(call.Argument(1))))
		},
		// indexOf(bytes, sought, last) returns the first or last place, or -1.
		"indexOf": func(call goja.FunctionCall) goja.Value {
			if call.Argument(2).ToBoolean() {
				return e.rt.ToValue(bytes.LastIndex(e.bytes(call.Argument(0)), e.bytes(call.Argument(1))))
			}
			return e.rt.ToValue(bytes.Index(e.bytes(call.Argument(0)), e.bytes(call.Argument(1))))
		},
		"maxParsed": func(goja.FunctionCall) goja.Value { return e.rt.ToValue(maxParsed) },
		"isUtf8": func(call goja.FunctionCall) goja.Value {
			return e.rt.ToValue(utf8.Valid(e.bytes(call.Argument(0))))
		},
		// complete(bytes) is how many of them come before a character that is cut off at the end.
		"complete": func(call goja.FunctionCall) goja.Value {
			return e.rt.ToValue(complete(e.bytes(call.Argument(0))))
		},
	}
}

// bytes are those of a Uint8Array or an ArrayBuffer; not a copy.
func (e *Env) bytes(v goja.Value) []byte {
	if b, ok := exported[[]byte](v); ok {
		return b
	}
	if b, ok := exported[goja.ArrayBuffer](v); ok {
		if b.Detached() {
			return nil
		}
		return b.Bytes()
	}
	panic(e.typeError("ERR_INVALID_ARG_TYPE", "The argument must be an instance of Buffer, TypedArray or ArrayBuffer."))
}

func (e *Env) arrayBuffer(b []byte) goja.Value {
	if len(b) > MaxBufferSize {
		panic(e.rangeError("Array buffer allocation failed"))
	}
	return e.rt.ToValue(e.rt.NewArrayBuffer(b))
}

// text is a string of a length that may be worked on.
func (e *Env) text(v goja.Value) goja.String {
	s, ok := v.(goja.String)
	if !ok {
		panic(e.typeError("ERR_INVALID_ARG_TYPE", "The argument must be of type string."))
	}
	if s.Length() > maxTextLength {
		panic(e.rangeError("Invalid string length"))
	}
	return s
}

func (e *Env) encode(b []byte, encoding string) goja.Value {
	switch encoding {
	case "hex":
		return e.rt.ToValue(hex.EncodeToString(b))
	case "base64":
		return e.rt.ToValue(base64.StdEncoding.EncodeToString(b))
	case "base64url":
		return e.rt.ToValue(base64.RawURLEncoding.EncodeToString(b))
	case "latin1", "ascii":
		mask := byte(0xff)
		if encoding == "ascii" {
			mask = 0x7f
		}
		units := make([]uint16, len(b))
		for i, c := range b {
			units[i] = uint16(c & mask)
		}
		return goja.StringFromUTF16(units)
	case "utf16le":
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		return goja.StringFromUTF16(units)
	}
	if utf8.Valid(b) {
		return e.rt.ToValue(string(b))
	}
	replaced, err := unicode.UTF8.NewDecoder().Bytes(b)
	if err != nil {
		replaced = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return e.rt.ToValue(string(replaced))
}

func (e *Env) decode(s goja.String, encoding string) []byte {
	switch encoding {
	case "hex":
		text := s.String()
		b := make([]byte, len(text)/2)
		n, _ := hex.Decode(b, []byte(text[:len(text)&^1])) // up to what is no digit, as in Node.js
		return b[:n]
	case "base64", "base64url":
		return decodeBase64(s.String())
	case "latin1", "ascii":
		b := make([]byte, s.Length())
		for i := range b {
			b[i] = byte(s.CharAt(i))
		}
		return b
	case "utf16le":
		b := make([]byte, 2*s.Length())
		for i := range s.Length() {
			unit := s.CharAt(i)
			b[2*i], b[2*i+1] = byte(unit), byte(unit>>8)
		}
		return b
	}
	return []byte(s.String())
}

// decodeBase64 reads base64 as Node.js does: of both alphabets, with or without padding, and past what is in neither.
func decodeBase64(s string) []byte {
	if end := strings.IndexByte(s, '='); end >= 0 {
		s = s[:end]
	}
	digits := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c == '-':
			digits = append(digits, '+')
		case c == '_':
			digits = append(digits, '/')
		case c == '+' || c == '/' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z':
			digits = append(digits, c)
		}
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	b := make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))
	n, _ := base64.RawStdEncoding.Decode(b, digits) // every digit is valid
	return b[:n]
}

// complete is the length of b without a character of UTF-8 that begins and does not end.
func complete(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}
