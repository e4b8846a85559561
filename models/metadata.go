package models

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The rules of metadata on refresh tokens and on sessions (contract 1.2). They are the same for both, and the same for
// an Action's setMetadata and for a PATCH of the Management API; nothing else in the tree may state them again.
const (
	// MaxMetadataEntries is how many keys one map holds.
	MaxMetadataEntries = 25
	// MaxMetadataLength is how long a key or a value may be, in UTF-16 code units (JavaScript's String.length).
	MaxMetadataLength = 255
)

// Metadata is what a refresh token or a session remembers. Reading a nil map is fine.
type Metadata map[string]string

// MetadataError says which rule a map broke, in the words of Auth0's validator (contract 1.4), without a prefix.
type MetadataError struct {
	// Message is Auth0's sentence, for example "Metadata value must be a string".
	Message string
	// Size is true when the rule is about the number of entries or a length. The Management API has one sentence of its
	// own for all of these (ErrMetadataSize).
	Size bool
}

// Error returns "Invalid metadata: " and the message, as Auth0's validator does.
func (e *MetadataError) Error() string { return "Invalid metadata: " + e.Message }

// The rules' errors, in the order in which they are checked (contract 1.2).
var (
	ErrMetadataNotObject   = &MetadataError{Message: "Metadata must be an object"}
	ErrMetadataKeyString   = &MetadataError{Message: "Metadata key must be a string"}
	ErrMetadataValueString = &MetadataError{Message: "Metadata value must be a string"}
	ErrMetadataEntries     = &MetadataError{Message: "Metadata must not contain more than " + strconv.Itoa(MaxMetadataEntries) + " entries", Size: true}
	ErrMetadataKeyLength   = &MetadataError{Message: "All metadata keys must be at most " + strconv.Itoa(MaxMetadataLength) + " characters long", Size: true}
	ErrMetadataKeyNUL      = &MetadataError{Message: `Metadata keys must not contain null bytes (\x00)`}
	ErrMetadataKeyCharset  = &MetadataError{Message: "Metadata keys may only include letters, numbers, underscores, or hyphens"}
	ErrMetadataValueLength = &MetadataError{Message: "All metadata values must be at most " + strconv.Itoa(MaxMetadataLength) + " characters long", Size: true}
	ErrMetadataValueNUL    = &MetadataError{Message: `Metadata values must not contain null bytes (\x00)`}
)

// MetadataSizeMessage is the Management API's sentence for every rule about size (the seed; contract 1.4).
const MetadataSizeMessage = "Metadata must not exceed 25 entries. Each key and value must be ≤ 255 characters."

// Validate checks the whole map, keys in JavaScript's property order as far as a Go map has one (integer-like keys
// ascending, then the others sorted). It returns the first rule that is broken, as a *MetadataError, or nil.
func (m Metadata) Validate() error {
	if len(m) > MaxMetadataEntries {
		return ErrMetadataEntries
	}
	for k, v := range m {
		if ValidateMetadataEntry(k, v) != nil {
			return m.firstError() // order matters only now
		}
	}
	return nil
}

func (m Metadata) firstError() error {
	keys := slices.Sorted(maps.Keys(m))
	slices.SortStableFunc(keys, CompareProperties)
	for _, k := range keys {
		if err := ValidateMetadataEntry(k, m[k]); err != nil {
			return err
		}
	}
	return nil
}

// ValidateMetadataEntry checks one key and its value in the order of contract 1.2: the key's length, NUL, charset, then
// the value's length, NUL. It returns a *MetadataError or nil.
func ValidateMetadataEntry(key, value string) error {
	switch {
	case tooLong(key):
		return ErrMetadataKeyLength
	case strings.IndexByte(key, 0) >= 0:
		return ErrMetadataKeyNUL
	case !isMetadataKey(key):
		return ErrMetadataKeyCharset
	case tooLong(value):
		return ErrMetadataValueLength
	case strings.IndexByte(value, 0) >= 0:
		return ErrMetadataValueNUL
	}
	return nil
}

// Clone returns a copy that shares nothing with m; never nil.
func (m Metadata) Clone() Metadata {
	c := make(Metadata, len(m))
	maps.Copy(c, m)
	return c
}

// MetadataDelta is a change to a metadata map: first everything goes if Evict is set, then the Delete keys go, then the Set
// keys are put. A key is in Set or in Delete, never in both. Changes travel as deltas, not as whole maps, so that two
// writers of one token do not undo each other's keys.
type MetadataDelta struct {
	Evict  bool              `json:"evict,omitempty"`
	Delete []string          `json:"delete,omitempty"`
	Set    map[string]string `json:"set,omitempty"`
}

// IsZero reports whether the delta changes nothing.
func (d MetadataDelta) IsZero() bool { return !d.Evict && len(d.Delete) == 0 && len(d.Set) == 0 }

// Put records that key gets value.
func (d *MetadataDelta) Put(key, value string) {
	if d.Set == nil {
		d.Set = make(map[string]string)
	}
	d.Delete = slices.DeleteFunc(d.Delete, func(k string) bool { return k == key })
	d.Set[key] = value
}

// Remove records that key goes.
func (d *MetadataDelta) Remove(key string) {
	delete(d.Set, key)
	if !d.Evict && !slices.Contains(d.Delete, key) {
		d.Delete = append(d.Delete, key)
	}
}

// Clear records that every key goes.
func (d *MetadataDelta) Clear() { *d = MetadataDelta{Evict: true} }

// Apply returns a new map: m with the delta applied. It checks no limit; Validate the result.
func (d MetadataDelta) Apply(m Metadata) Metadata {
	out := make(Metadata, len(m)+len(d.Set))
	if !d.Evict {
		maps.Copy(out, m)
		for _, k := range d.Delete {
			delete(out, k)
		}
	}
	maps.Copy(out, d.Set)
	return out
}

// UTF16Length counts what JavaScript's String.length counts. A byte that is not UTF-8 counts one.
func UTF16Length(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// tooLong looks at the bytes first: no string has more UTF-16 code units than bytes.
func tooLong(s string) bool {
	return len(s) > MaxMetadataLength && UTF16Length(s) > MaxMetadataLength
}

func isMetadataKey(key string) bool {
	if key == "" {
		return false
	}
	for i := 0; i < len(key); i++ {
		c := key[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// CompareProperties orders keys as JavaScript enumerates them: array indices ascending, then the rest as they came.
func CompareProperties(a, b string) int {
	ai, aok := arrayIndex(a)
	bi, bok := arrayIndex(b)
	switch {
	case aok && bok && ai < bi:
		return -1
	case aok && bok && ai > bi:
		return 1
	case aok && !bok:
		return -1
	case !aok && bok:
		return 1
	}
	return 0
}

// arrayIndex reports whether s is an array index: an integer below 2^32-1 in canonical decimal form (ECMA-262 6.1.7).
func arrayIndex(s string) (uint64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' { // most keys: spare them ParseUint's error value
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 1<<32-1 || strconv.FormatUint(n, 10) != s {
		return 0, false
	}
	return n, true
}
