package models

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"strings"
	"time"
)

// Prefixes of the ids that Keepsake makes, as Auth0's fixtures have them (contract 2).
const (
	PrefixRefreshToken = "rt_"
	PrefixSession      = "sess_"
	PrefixConnection   = "con_"
	PrefixOrganization = "org_"
	PrefixRole         = "rol_"
	PrefixGroup        = "grp_"
	PrefixClientGrant  = "cgr_"
	PrefixAction       = "act_"
	PrefixForm         = "ap_"
)

// idLength is the length of an id's base62 part: 128 bits need 22 digits.
const idLength = 22

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// NewID returns prefix and 22 base62 digits: 48 bits of the time in milliseconds, then 80 random bits. Ids made later
// sort later in byte order, so that an index grows at its end and a list by id is a list by age. An id names; it never
// authorizes anything.
func NewID(prefix string, now time.Time) string {
	b := NewIDBytes(now)
	return FormatID(prefix, b)
}

// NewIDBytes returns the 16 bytes behind an id of NewID.
func NewIDBytes(now time.Time) [16]byte {
	var b [16]byte
	rand.Read(b[:]) // crypto/rand.Read never fails
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	return b
}

// FormatID writes 16 bytes as an id.
func FormatID(prefix string, b [16]byte) string {
	// The number is cut into 2, 10 and 10 digits, each of which fits 64 bits.
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	hi, lo, last := divide(hi, lo)
	_, first, middle := divide(hi, lo)

	var digits [idLength]byte
	putDigits(digits[:2], first)
	putDigits(digits[2:12], middle)
	putDigits(digits[12:], last)
	return prefix + string(digits[:])
}

// base62to10 is 62 to the power of 10.
const base62to10 = 839299365868340224

// divide returns the 128-bit quotient and the remainder of a division by base62to10.
func divide(hi, lo uint64) (quoHi, quoLo, rem uint64) {
	quoLo, rem = bits.Div64(hi%base62to10, lo, base62to10)
	return hi / base62to10, quoLo, rem
}

func putDigits(out []byte, n uint64) {
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = base62[n%62]
		n /= 62
	}
}

// ParseID returns the 16 bytes behind an id that NewID or FormatID made, or false.
func ParseID(prefix, id string) ([16]byte, bool) {
	var b [16]byte
	if len(id) != len(prefix)+idLength || id[:len(prefix)] != prefix {
		return b, false
	}
	var hi, lo uint64
	for i := len(prefix); i < len(id); i++ {
		digit := strings.IndexByte(base62, id[i])
		carry, low := bits.Mul64(lo, 62)
		over, high := bits.Mul64(hi, 62)
		low, carry2 := bits.Add64(low, uint64(digit), 0)
		high, over2 := bits.Add64(high, carry, carry2)
		if digit < 0 || over != 0 || over2 != 0 {
			return [16]byte{}, false
		}
		hi, lo = high, low
	}
	binary.BigEndian.PutUint64(b[:8], hi)
	binary.BigEndian.PutUint64(b[8:], lo)
	return b, true
}

// NewSecret returns 256 random bits in base64url: an opaque token, a cookie's value, a generated client secret.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64url(b[:])
}
