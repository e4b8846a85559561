package models

import (
	"crypto/rand"
	"encoding/binary"
	"math/big"
	"time"
)

// Prefixes of the ids that Keepsake makes, as Auth0's fixtures have them (contract 2).
const (
	PrefixRefreshToken = "rt_"
	PrefixSession      = "sess_"
	PrefixConnection   = "con_"
	PrefixOrganization = "org_"
	PrefixRole         = "rol_"
	PrefixClientGrant  = "cgr_"
	PrefixAction       = "act_"
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
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	out := make([]byte, len(prefix)+idLength)
	copy(out, prefix)
	for i := len(out) - 1; i >= len(prefix); i-- {
		// (hi, lo) divided by 62, 32 bits at a time.
		var rem uint64
		for _, half := range []*uint64{&hi, &lo} {
			top := rem<<32 | *half>>32
			q1 := top / 62
			bottom := (top%62)<<32 | *half&0xffffffff
			*half, rem = q1<<32|bottom/62, bottom%62
		}
		out[i] = base62[rem]
	}
	return string(out)
}

// ParseID returns the 16 bytes behind an id that NewID or FormatID made, or false.
func ParseID(prefix, id string) ([16]byte, bool) {
	var b [16]byte
	if len(id) != len(prefix)+idLength || id[:len(prefix)] != prefix {
		return b, false
	}
	n := new(big.Int)
	if _, ok := n.SetString(swapCase(id[len(prefix):]), 62); !ok || n.BitLen() > 128 {
		return b, false
	}
	n.FillBytes(b[:])
	return b, true
}

// swapCase maps our digits (upper case before lower case, so that ids sort bytewise) to math/big's (the reverse).
func swapCase(s string) string {
	out := []byte(s)
	for i, c := range out {
		switch {
		case 'a' <= c && c <= 'z':
			out[i] = c - 'a' + 'A'
		case 'A' <= c && c <= 'Z':
			out[i] = c - 'A' + 'a'
		}
	}
	return string(out)
}

// NewSecret returns 256 random bits in base64url: an opaque token, a cookie's value, a generated client secret.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64url(b[:])
}
