package models_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/keepsake/models"
)

func secret(fill byte) []byte { return bytes.Repeat([]byte{fill}, models.MinSecretLength) }

func keyring(t testing.TB, secrets ...[]byte) *models.Keyring {
	t.Helper()
	k, err := models.NewKeyring(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNewKeyringRefusesWeakSecrets(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		secrets [][]byte
		want    string
	}{
		{"none", nil, "no secret"},
		{"empty", [][]byte{nil}, "secret 1 of 1 has 0 bytes, at least 32 are needed"},
		{"short", [][]byte{secret(1)[1:]}, "secret 1 of 1 has 31 bytes, at least 32 are needed"},
		{"short predecessor", [][]byte{secret(1), []byte("hunter2")}, "secret 2 of 2 has 7 bytes, at least 32 are needed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			k, err := models.NewKeyring(row.secrets...)
			if k != nil || err == nil || err.Error() != row.want {
				t.Errorf("got %v, %v, want the error %q", k, err, row.want)
			}
			for _, s := range row.secrets {
				if err != nil && len(s) > 0 && strings.Contains(err.Error(), string(s)) {
					t.Error("the error repeats the secret")
				}
			}
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	k := keyring(t, secret(1), secret(2))
	keys := k.Keys("refresh token")
	var want [][]byte
	for _, s := range [][]byte{secret(1), secret(2)} {
		key, err := hkdf.Key(sha256.New, s, nil, "keepsake refresh token", 32)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, key)
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	for _, other := range k.Keys("session") {
		if bytes.Equal(other, keys[0]) || bytes.Equal(other, keys[1]) {
			t.Error("two purposes share a key")
		}
	}
}

func TestKeyringKeepsItsOwnSecrets(t *testing.T) {
	t.Parallel()
	s := secret(1)
	k := keyring(t, s)
	before := k.Keys("x")
	clear(s) // as a caller does who is careful with secrets
	if diff := cmp.Diff(before, k.Keys("x")); diff != "" {
		t.Error("the keys changed with the caller's buffer")
	}
}

func TestSealedOpens(t *testing.T) {
	t.Parallel()
	k := keyring(t, secret(1))
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.String().Draw(t, "label")
		plaintext := rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
		sealed := k.Seal(label, plaintext)
		got, err := k.Open(label, sealed)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("Open = %x, %v, want %x", got, err, plaintext)
		}
		if len(plaintext) >= 8 && bytes.Contains(sealed, plaintext) {
			t.Fatal("the plaintext shows")
		}
		if bytes.Equal(sealed, k.Seal(label, plaintext)) {
			t.Fatal("sealed twice the same: the nonce repeats")
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	plaintext := []byte("the private key")
	sealed := keyring(t, secret(1)).Seal("signing key k1", plaintext)
	flip := func(i int) []byte {
		c := bytes.Clone(sealed)
		c[i] ^= 1
		return c
	}
	for _, row := range []struct {
		name, label string
		secrets     [][]byte
		sealed      []byte
		ok          bool
	}{
		{"as it was sealed", "signing key k1", [][]byte{secret(1)}, sealed, true},
		{"after the secret was replaced", "signing key k1", [][]byte{secret(2), secret(1)}, sealed, true},
		{"after it was replaced twice", "signing key k1", [][]byte{secret(3), secret(2), secret(1)}, sealed, true},
		{"after the predecessor was dropped", "signing key k1", [][]byte{secret(2)}, sealed, false},
		{"another row's label", "signing key k2", [][]byte{secret(1)}, sealed, false},
		{"no label", "", [][]byte{secret(1)}, sealed, false},
		{"nonce changed", "signing key k1", [][]byte{secret(1)}, flip(0), false},
		{"content changed", "signing key k1", [][]byte{secret(1)}, flip(12), false},
		{"tag changed", "signing key k1", [][]byte{secret(1)}, flip(len(sealed) - 1), false},
		{"cut", "signing key k1", [][]byte{secret(1)}, sealed[:len(sealed)-1], false},
		{"only the nonce", "signing key k1", [][]byte{secret(1)}, sealed[:12], false},
		{"less than a nonce", "signing key k1", [][]byte{secret(1)}, sealed[:11], false},
		{"nothing", "signing key k1", [][]byte{secret(1)}, nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := keyring(t, row.secrets...).Open(row.label, row.sealed)
			if row.ok {
				if err != nil || !bytes.Equal(got, plaintext) {
					t.Errorf("Open = %q, %v", got, err)
				}
				return
			}
			want := "open " + row.label + ": sealed under another secret, or damaged"
			if got != nil || err == nil || err.Error() != want {
				t.Errorf("Open = %q, %v, want the error %q", got, err, want)
			}
		})
	}
}

func TestNewThingsAreSealedUnderTheCurrentSecret(t *testing.T) {
	t.Parallel()
	sealed := keyring(t, secret(2), secret(1)).Seal("x", []byte("y"))
	if _, err := keyring(t, secret(2)).Open("x", sealed); err != nil {
		t.Error(err)
	}
	if _, err := keyring(t, secret(1)).Open("x", sealed); err == nil {
		t.Error("opens under the predecessor alone")
	}
}

// FuzzOpen damages what was sealed, and its label: only the original opens.
func FuzzOpen(f *testing.F) {
	k := keyring(f, secret(1), secret(2))
	original := k.Seal("label", []byte("plaintext"))
	f.Add("label", uint(0), byte(0), []byte{})
	f.Add("label", uint(13), byte(1), []byte{})
	f.Add("labe", uint(0), byte(0), []byte("l"))
	f.Fuzz(func(t *testing.T, label string, at uint, mask byte, more []byte) {
		sealed := append(bytes.Clone(original), more...)
		sealed[at%uint(len(sealed))] ^= mask
		got, err := k.Open(label, sealed)
		if same := label == "label" && bytes.Equal(sealed, original); same != (err == nil) {
			t.Errorf("Open(%q, %x) = %q, %v", label, sealed, got, err)
		}
	})
}

func TestHashSecret(t *testing.T) {
	t.Parallel()
	// FIPS 180-2's example.
	if got := hex.EncodeToString(models.HashSecret("abc")); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("HashSecret = %s", got)
	}
}

func TestMACTellsPartsApart(t *testing.T) {
	t.Parallel()
	key := secret(1)
	seen := make(map[string]string)
	for _, parts := range [][]string{
		{}, {""}, {"", ""}, {"abc"}, {"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"", "abc"}, {"a", "b", "c"},
	} {
		list := make([][]byte, len(parts))
		for i, p := range parts {
			list[i] = []byte(p)
		}
		mac := hex.EncodeToString(models.MAC(key, list...))
		name := strings.Join(parts, "|")
		if other, ok := seen[mac]; ok || len(mac) != 64 {
			t.Errorf("the MAC of %q is %s, that of %q also", name, mac, other)
		}
		seen[mac] = name
		if mac == hex.EncodeToString(models.MAC(secret(2), list...)) {
			t.Errorf("the MAC of %q does not depend on the key", name)
		}
		if mac != hex.EncodeToString(models.MAC(key, list...)) {
			t.Errorf("the MAC of %q is never the same", name)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	key, body := secret(1), make([]byte, 56)
	b.ReportAllocs()
	for b.Loop() {
		models.MAC(key, body)
	}
}
