package password

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	goodSalt   = "c29tZXNhbHRzb21lc2FsdA"                      // 16 bytes
	goodKey    = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc" // 32 bytes
	goodBcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
)

func TestValid(t *testing.T) {
	t.Parallel()
	argon := func(version, cost, salt, key string) string {
		return fmt.Sprintf("$argon2id$%s$%s$%s$%s", version, cost, salt, key)
	}
	const malformed = "argon2id: hash is not of the form $argon2id$v=19$m=…,t=…,p=…$salt$key"
	for _, row := range []struct {
		name, hash string
		want       string // "" for a hash that can be checked
	}{
		{"our own kind", argon("v=19", "m=19456,t=2,p=1", goodSalt, goodKey), ""},
		{"least memory", argon("v=19", "m=8,t=1,p=1", goodSalt, goodKey), ""},
		{"most of everything", argon("v=19", "m=262144,t=32,p=16", goodSalt, goodKey), ""},
		{"too much memory", argon("v=19", "m=262145,t=2,p=1", goodSalt, goodKey), "argon2id: m=262145 is not in 8..262144"},
		{"too little memory for the lanes", argon("v=19", "m=31,t=2,p=4", goodSalt, goodKey), "argon2id: m=31 is not in 32..262144"},
		{"no pass", argon("v=19", "m=19456,t=0,p=1", goodSalt, goodKey), "argon2id: t=0 is not in 1..32"},
		{"too many passes", argon("v=19", "m=19456,t=33,p=1", goodSalt, goodKey), "argon2id: t=33 is not in 1..32"},
		{"no lane", argon("v=19", "m=19456,t=2,p=0", goodSalt, goodKey), "argon2id: p=0 is not in 1..16"},
		{"too many lanes", argon("v=19", "m=19456,t=2,p=17", goodSalt, goodKey), "argon2id: p=17 is not in 1..16"},
		{"more lanes than a byte holds", argon("v=19", "m=19456,t=2,p=257", goodSalt, goodKey), malformed},
		{"more memory than 32 bits hold", argon("v=19", "m=4294967297,t=2,p=1", goodSalt, goodKey), malformed},
		{"negative memory", argon("v=19", "m=-8,t=2,p=1", goodSalt, goodKey), malformed},
		{"leading zero", argon("v=19", "m=019456,t=2,p=1", goodSalt, goodKey), malformed},
		{"hexadecimal", argon("v=19", "m=0x4c00,t=2,p=1", goodSalt, goodKey), malformed},
		{"parameters in another order", argon("v=19", "t=2,m=19456,p=1", goodSalt, goodKey), malformed},
		{"a parameter too many", argon("v=19", "m=19456,t=2,p=1,keyid=x", goodSalt, goodKey), malformed},
		{"the older version", argon("v=16", "m=19456,t=2,p=1", goodSalt, goodKey), "argon2id: only version 19 is supported"},
		{"no version", "$argon2id$m=19456,t=2,p=1$" + goodSalt + "$" + goodKey, malformed},
		{"short salt", argon("v=19", "m=19456,t=2,p=1", "c2FsdA", goodKey), "argon2id: salt and key must have 8 to 64 and 16 to 64 bytes"},
		{"short key", argon("v=19", "m=19456,t=2,p=1", goodSalt, "c2FsdA"), "argon2id: salt and key must have 8 to 64 and 16 to 64 bytes"},
		{"no key", argon("v=19", "m=19456,t=2,p=1", goodSalt, ""), "argon2id: salt and key must have 8 to 64 and 16 to 64 bytes"},
		{"padded salt", argon("v=19", "m=19456,t=2,p=1", goodSalt+"==", goodKey), malformed},
		{"line break in the key", argon("v=19", "m=19456,t=2,p=1", goodSalt, goodKey[:20]+"\n"+goodKey[20:]), malformed},
		{"stray bits in the salt", argon("v=19", "m=19456,t=2,p=1", goodSalt[:21]+"B", goodKey), malformed},
		{"a part too many", argon("v=19", "m=19456,t=2,p=1", goodSalt, goodKey+"$"), malformed},
		{"only the beginning", "$argon2id$", malformed},
		{"huge", "$argon2id$" + strings.Repeat("x", 1<<20), "password hash has 1048586 bytes, at most 256 are allowed"},

		{"bcrypt 2a", goodBcrypt, ""},
		{"bcrypt 2b", strings.Replace(goodBcrypt, "2a", "2b", 1), ""},
		{"bcrypt 2y", strings.Replace(goodBcrypt, "2a", "2y", 1), ""},
		{"bcrypt of the largest cost", strings.Replace(goodBcrypt, "$05$", "$15$", 1), ""},
		{"bcrypt of a cost that takes minutes", strings.Replace(goodBcrypt, "$05$", "$16$", 1), "bcrypt: cost 16 is not in 4..15"},
		{"bcrypt of too small a cost", strings.Replace(goodBcrypt, "$05$", "$03$", 1), "bcrypt: hash is malformed"},
		{"bcrypt with a cost that is none", strings.Replace(goodBcrypt, "$05$", "$xx$", 1), "bcrypt: hash is malformed"},
		{"bcrypt of PHP's broken kind", strings.Replace(goodBcrypt, "2a", "2x", 1), otherKind},
		{"bcrypt cut short", goodBcrypt[:59], "bcrypt: hash has 59 bytes, 60 are needed"},
		{"bcrypt with something behind it", goodBcrypt + "\n", "bcrypt: hash has 61 bytes, 60 are needed"},
		{"bcrypt with a strange character", goodBcrypt[:59] + "$", "bcrypt: hash is malformed"},

		{"argon2i", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA", otherKind},
		{"SHA-512 crypt", "$6$rounds=5000$salt$hash", otherKind},
		{"a password", "hunter2", otherKind},
		{"nothing", "", otherKind},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := Valid(row.hash); err != nil {
				got = err.Error()
			}
			if got != row.want {
				t.Errorf("Valid: %q, want %q", got, row.want)
			}
			_, err := NewHasher(cheap).Verify(t.Context(), row.hash, "")
			if (err != nil) != (row.want != "") {
				t.Errorf("Verify disagrees: %v", err)
			}
		})
	}
}

const otherKind = "password hash is neither argon2id ($argon2id$v=19$…) nor bcrypt ($2a$, $2b$ or $2y$)"

func TestPHCStringsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lanes := rapid.Uint8Range(1, maxLanes).Draw(t, "lanes")
		p := phc{
			cost: Cost{
				Memory: rapid.Uint32Range(8*uint32(lanes), maxMemory).Draw(t, "memory"),
				Passes: rapid.Uint32Range(1, maxPasses).Draw(t, "passes"),
				Lanes:  lanes,
			},
			salt: rapid.SliceOfN(rapid.Byte(), minSalt, maxSalt).Draw(t, "salt"),
			key:  rapid.SliceOfN(rapid.Byte(), minKey, maxKey).Draw(t, "key"),
		}
		got, isBcrypt, err := parse(p.String())
		if err != nil || isBcrypt || got.String() != p.String() || got.cost != p.cost {
			t.Fatalf("parse(%s) = %+v, %v, %v", p, got, isBcrypt, err)
		}
	})
}

// FuzzValid: whatever passes Valid is canonical and within the bounds, so that a Hasher neither panics on it nor runs away.
func FuzzValid(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$" + goodSalt + "$" + goodKey)
	f.Add(goodBcrypt)
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, hash string) {
		p, isBcrypt, err := parse(hash)
		switch {
		case err != nil || isBcrypt:
		case p.cost.check() != nil:
			t.Errorf("%q is out of bounds", hash)
		case p.String() != hash:
			t.Errorf("%q is another way to write %q", hash, p.String())
		}
	})
}
