package models_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/keepsake/models"
)

// entries returns n entries that are valid.
func entries(n int) models.Metadata {
	m := make(models.Metadata, n)
	for i := range n {
		m[fmt.Sprintf("key_%02d", i)] = "value"
	}
	return m
}

// with returns m with further pairs of key and value.
func with(m models.Metadata, pairs ...string) models.Metadata {
	m = m.Clone()
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func TestMetadataValidate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		m    models.Metadata
		want error
	}{
		{"nothing", nil, nil},
		{"one entry", models.Metadata{"deviceName": "Auth0's iPhone"}, nil},
		{"every character that a key may have", models.Metadata{"azAZ09_-": "x"}, nil},
		{"empty value", models.Metadata{"k": ""}, nil},
		{"25 entries", entries(25), nil},
		{"26 entries", entries(26), models.ErrMetadataEntries},
		{"26 entries, one of them bad: the number first", with(entries(25), "bad key", "x"), models.ErrMetadataEntries},

		{"key of 255", models.Metadata{strings.Repeat("k", 255): "x"}, nil},
		{"key of 256", models.Metadata{strings.Repeat("k", 256): "x"}, models.ErrMetadataKeyLength},
		{"key of 256 with a bad character: the length first", models.Metadata{strings.Repeat("k", 255) + " ": "x"}, models.ErrMetadataKeyLength},
		{"key of 256 with NUL: the length first", models.Metadata{strings.Repeat("k", 255) + "\x00": "x"}, models.ErrMetadataKeyLength},
		{"key of 128 emoji is 256 long", models.Metadata{strings.Repeat("😀", 128): "x"}, models.ErrMetadataKeyLength},
		{"key of 127 emoji is only made of the wrong characters", models.Metadata{strings.Repeat("😀", 127): "x"}, models.ErrMetadataKeyCharset},
		{"key with NUL", models.Metadata{"a\x00b": "x"}, models.ErrMetadataKeyNUL},
		{"key with NUL and a bad character: NUL first", models.Metadata{"a \x00b": "x"}, models.ErrMetadataKeyNUL},
		{"empty key", models.Metadata{"": "x"}, models.ErrMetadataKeyCharset},
		{"key with a dot", models.Metadata{"a.b": "x"}, models.ErrMetadataKeyCharset},
		{"key with a space", models.Metadata{"a b": "x"}, models.ErrMetadataKeyCharset},
		{"key with a colon", models.Metadata{"a:b": "x"}, models.ErrMetadataKeyCharset},
		{"key with a slash", models.Metadata{"a/b": "x"}, models.ErrMetadataKeyCharset},
		{"key with a letter that is not ASCII", models.Metadata{"schlüssel": "x"}, models.ErrMetadataKeyCharset},
		{"key with a line's end behind it", models.Metadata{"a\n": "x"}, models.ErrMetadataKeyCharset},
		{"key that is not UTF-8", models.Metadata{"a\xff": "x"}, models.ErrMetadataKeyCharset},
		{"bad key with a bad value: the key first", models.Metadata{"a b": strings.Repeat("v", 256)}, models.ErrMetadataKeyCharset},

		{"value of 255", models.Metadata{"k": strings.Repeat("v", 255)}, nil},
		{"value of 256", models.Metadata{"k": strings.Repeat("v", 256)}, models.ErrMetadataValueLength},
		{"value of 255 two-byte letters", models.Metadata{"k": strings.Repeat("ü", 255)}, nil},
		{"value of 255 three-byte letters", models.Metadata{"k": strings.Repeat("語", 255)}, nil},
		{"value of 256 three-byte letters", models.Metadata{"k": strings.Repeat("語", 256)}, models.ErrMetadataValueLength},
		{"value of 127 emoji and a letter is 255 long", models.Metadata{"k": strings.Repeat("😀", 127) + "x"}, nil},
		{"value of 128 emoji is 256 long", models.Metadata{"k": strings.Repeat("😀", 128)}, models.ErrMetadataValueLength},
		{"value of 255 bytes that are not UTF-8", models.Metadata{"k": strings.Repeat("\xff", 255)}, nil},
		{"value of 256 bytes that are not UTF-8", models.Metadata{"k": strings.Repeat("\xff", 256)}, models.ErrMetadataValueLength},
		{"value with NUL", models.Metadata{"k": "a\x00b"}, models.ErrMetadataValueNUL},
		{"value of 256 with NUL: the length first", models.Metadata{"k": strings.Repeat("v", 255) + "\x00"}, models.ErrMetadataValueLength},
		{"value with every other control character", models.Metadata{"k": "\x01\t\n\r\x1f\x7f"}, nil},

		{"integer-like keys come first", models.Metadata{"a b": "x", "7": "a\x00b"}, models.ErrMetadataValueNUL},
		{"and in the order of their numbers", models.Metadata{"9": "a\x00b", "10": strings.Repeat("v", 256)}, models.ErrMetadataValueNUL},
		{"a leading zero makes a name of it", models.Metadata{"09": "a\x00b", "10": strings.Repeat("v", 256)}, models.ErrMetadataValueLength},
		{"the largest array index is one", models.Metadata{"4294967294": "a\x00b", "-": strings.Repeat("v", 256)}, models.ErrMetadataValueNUL},
		{"the number behind it is a name", models.Metadata{"4294967295": "a\x00b", "-": strings.Repeat("v", 256)}, models.ErrMetadataValueLength},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := row.m.Validate(); got != row.want {
				t.Errorf("Validate: %v, want %v", got, row.want)
			}
		})
	}
}

// TestMetadataMessages holds the sentences of contract 1.4, and which of them are about size.
func TestMetadataMessages(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		err  *models.MetadataError
		want string
		size bool
	}{
		{models.ErrMetadataNotObject, "Invalid metadata: Metadata must be an object", false},
		{models.ErrMetadataKeyString, "Invalid metadata: Metadata key must be a string", false},
		{models.ErrMetadataValueString, "Invalid metadata: Metadata value must be a string", false},
		{models.ErrMetadataEntries, "Invalid metadata: Metadata must not contain more than 25 entries", true},
		{models.ErrMetadataKeyLength, "Invalid metadata: All metadata keys must be at most 255 characters long", true},
		{models.ErrMetadataValueLength, "Invalid metadata: All metadata values must be at most 255 characters long", true},
		{models.ErrMetadataKeyCharset, "Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens", false},
		{models.ErrMetadataKeyNUL, `Invalid metadata: Metadata keys must not contain null bytes (\x00)`, false},
		{models.ErrMetadataValueNUL, `Invalid metadata: Metadata values must not contain null bytes (\x00)`, false},
	} {
		if got := row.err.Error(); got != row.want || row.err.Size != row.size {
			t.Errorf("got %q (size %v), want %q (size %v)", got, row.err.Size, row.want, row.size)
		}
		var found *models.MetadataError
		if wrapped := fmt.Errorf("set metadata: %w", row.err); !errors.As(wrapped, &found) || found != row.err {
			t.Errorf("%q is lost when wrapped", row.want)
		}
	}
	want := fmt.Sprintf("Metadata must not exceed %d entries. Each key and value must be ≤ %d characters.",
		models.MaxMetadataEntries, models.MaxMetadataLength)
	if models.MetadataSizeMessage != want {
		t.Errorf("MetadataSizeMessage is %q, want %q", models.MetadataSizeMessage, want)
	}
}

func TestCompareProperties(t *testing.T) {
	t.Parallel()
	keys := []string{"b", "10", "a", "9", "-1", "01", "4294967295", "0", "1.5", "", "4294967294"}
	slices.SortStableFunc(keys, models.CompareProperties)
	// What Object.keys gives in JavaScript for properties added in that order.
	want := []string{"0", "9", "10", "4294967294", "b", "a", "-1", "01", "4294967295", "1.5", ""}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestUTF16Length(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		if got, want := models.UTF16Length(s), len(utf16.Encode([]rune(s))); got != want {
			t.Fatalf("UTF16Length(%q) = %d, want %d", s, got, want)
		}
	})
}

func TestMetadataCloneSharesNothing(t *testing.T) {
	t.Parallel()
	m := models.Metadata{"a": "1"}
	c := m.Clone()
	c["a"], c["b"] = "2", "3"
	if diff := cmp.Diff(models.Metadata{"a": "1"}, m); diff != "" {
		t.Errorf("the original changed (-want +got):\n%s", diff)
	}
	if c := models.Metadata(nil).Clone(); c == nil || len(c) != 0 {
		t.Errorf("clone of nil is %v, want an empty map", c)
	}
}

// validate is contract 1.2 once more, as naively as it can be written.
func validate(m models.Metadata) error {
	if len(m) > 25 {
		return models.ErrMetadataEntries
	}
	keys := slices.Collect(maps.Keys(m))
	slices.Sort(keys)
	slices.SortStableFunc(keys, models.CompareProperties)
	units := func(s string) int { return len(utf16.Encode([]rune(s))) }
	for _, k := range keys {
		outside := strings.Trim(k, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
		switch v := m[k]; {
		case units(k) > 255:
			return models.ErrMetadataKeyLength
		case strings.Contains(k, "\x00"):
			return models.ErrMetadataKeyNUL
		case k == "" || outside != "":
			return models.ErrMetadataKeyCharset
		case units(v) > 255:
			return models.ErrMetadataValueLength
		case strings.Contains(v, "\x00"):
			return models.ErrMetadataValueNUL
		}
	}
	return nil
}

// FuzzMetadata reads keys and values from a text, alternately, one a line.
func FuzzMetadata(f *testing.F) {
	f.Add("deviceName\nAuth0's iPhone")
	f.Add("a b\nx\n7\na\x00b")
	f.Add(strings.Repeat("😀", 128) + "\nx")
	f.Add("k\n" + strings.Repeat("ü\xff", 128))
	f.Add("10\n\x00\n9\n" + strings.Repeat("v", 256))
	var many strings.Builder
	for k := range entries(26) {
		fmt.Fprintf(&many, "%s\nx\n", k)
	}
	f.Add(many.String())
	f.Fuzz(func(t *testing.T, text string) {
		m := make(models.Metadata)
		lines := strings.Split(text, "\n")
		for i := 0; i+1 < len(lines); i += 2 {
			m[lines[i]] = lines[i+1]
		}
		if got, want := m.Validate(), validate(m); got != want {
			t.Errorf("Validate(%q) = %v, want %v", m, got, want)
		}
	})
}

func BenchmarkMetadataValidate(b *testing.B) {
	for _, n := range []int{4, models.MaxMetadataEntries} {
		b.Run(fmt.Sprintf("%d entries", n), func(b *testing.B) {
			m := entries(n)
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Validate(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
