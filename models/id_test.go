package models_test

import (
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/keepsake/models"
)

var prefixes = []string{"", models.PrefixRefreshToken, models.PrefixSession, models.PrefixConnection, models.PrefixOrganization,
	models.PrefixRole, models.PrefixClientGrant, models.PrefixAction}

func idBytes() *rapid.Generator[[16]byte] {
	return rapid.Custom(func(t *rapid.T) [16]byte {
		edge := rapid.SampledFrom([]uint64{0, 1, 61, 62, 839299365868340223, 839299365868340224, 1<<64 - 1})
		half := rapid.OneOf(rapid.Uint64(), edge)
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], half.Draw(t, "high"))
		binary.BigEndian.PutUint64(b[8:], half.Draw(t, "low"))
		return b
	})
}

func TestIDsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := idBytes().Draw(t, "bytes")
		prefix := rapid.SampledFrom(prefixes).Draw(t, "prefix")
		id := models.FormatID(prefix, b)
		if len(id) != len(prefix)+22 || !strings.HasPrefix(id, prefix) {
			t.Fatalf("id is %q", id)
		}
		if got, ok := models.ParseID(prefix, id); !ok || got != b {
			t.Fatalf("ParseID(%q) = %x, %v, want %x", id, got, ok, b)
		}
	})
}

// TestIDsAreNumbers compares with math/big, whose digits have the cases the other way round.
func TestIDsAreNumbers(t *testing.T) {
	t.Parallel()
	swap := func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r ^ 0x20
		}
		return r
	}
	rapid.Check(t, func(t *rapid.T) {
		b := idBytes().Draw(t, "bytes")
		digits := strings.Map(swap, new(big.Int).SetBytes(b[:]).Text(62))
		want := strings.Repeat("0", 22-len(digits)) + digits
		if got := models.FormatID("", b); got != want {
			t.Fatalf("FormatID(%x) = %s, want %s", b, got, want)
		}
	})
}

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		early := time.UnixMilli(rapid.Int64Range(0, 1<<48-2).Draw(t, "early"))
		late := early.Add(time.Duration(rapid.Int64Range(1, 1<<30).Draw(t, "milliseconds between")) * time.Millisecond)
		if late.UnixMilli() >= 1<<48 {
			return // in the year 10889
		}
		a, b := models.NewID("rt_", early), models.NewID("rt_", late)
		if a >= b {
			t.Fatalf("%s of %v does not sort before %s of %v", a, early, b, late)
		}
	})
}

func TestNewIDsDiffer(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 10, 0, 0, 0, time.UTC)
	seen := make(map[string]bool)
	for range 1000 {
		id := models.NewID(models.PrefixRefreshToken, now)
		if seen[id] {
			t.Fatalf("%s twice", id)
		}
		if len(id) > 30 { // contract 4.2
			t.Fatalf("%s is longer than 30", id)
		}
		seen[id] = true
	}
}

func TestParseIDRefuses(t *testing.T) {
	t.Parallel()
	const most = "7n42DGM5Tflk9n8mt7Fhc7" // 2^128-1
	for _, row := range []struct {
		name, id string
		ok       bool
	}{
		{"the largest", "rt_" + most, true},
		{"one more than the largest", "rt_7n42DGM5Tflk9n8mt7Fhc8", false},
		{"far too large", "rt_zzzzzzzzzzzzzzzzzzzzzz", false},
		{"too short", "rt_" + most[1:], false},
		{"too long", "rt_0" + most, false},
		{"another prefix", "st_" + most, false},
		{"no prefix", most + "000", false},
		{"a sign", "rt_-000000000000000000001", false},
		{"the other sign", "rt_+000000000000000000001", false},
		{"an underscore among the digits", "rt_0000000000_00000000001", false},
		{"a character beyond ASCII", "rt_00000000000000000000ü", false},
		{"NUL", "rt_000000000000000000000\x00", false},
		{"nothing", "", false},
		{"only the prefix", "rt_", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if b, ok := models.ParseID("rt_", row.id); ok != row.ok || (!ok && b != [16]byte{}) {
				t.Errorf("ParseID(%q) = %x, %v, want %v", row.id, b, ok, row.ok)
			}
		})
	}
}

// FuzzParseID: an id has one spelling.
func FuzzParseID(f *testing.F) {
	f.Add("rt_7n42DGM5Tflk9n8mt7Fhc7")
	f.Add("rt_-000000000000000000001")
	f.Fuzz(func(t *testing.T, id string) {
		if b, ok := models.ParseID("rt_", id); ok && models.FormatID("rt_", b) != id {
			t.Errorf("%q is another spelling of %q", id, models.FormatID("rt_", b))
		}
	})
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	a, b := models.NewSecret(), models.NewSecret()
	raw, err := base64.RawURLEncoding.DecodeString(a)
	if err != nil || len(raw) != 32 || a == b {
		t.Errorf("secrets %q and %q (%v), want 32 bytes in base64url, never the same", a, b, err)
	}
}

var sink string

func BenchmarkNewID(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		sink = models.NewID(models.PrefixRefreshToken, now)
	}
}

func BenchmarkFormatID(b *testing.B) {
	id := models.NewIDBytes(time.Now())
	b.ReportAllocs()
	for b.Loop() {
		sink = models.FormatID(models.PrefixRefreshToken, id)
	}
}

func BenchmarkParseID(b *testing.B) {
	id := models.NewID(models.PrefixRefreshToken, time.Now())
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := models.ParseID(models.PrefixRefreshToken, id); !ok {
			b.Fatal(id)
		}
	}
}
