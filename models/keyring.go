package models

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// MinSecretLength is the least number of bytes in the server's secret.
const MinSecretLength = 32

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// HashSecret returns the SHA-256 of a random secret (a token, a code, a generated client secret): what is stored in its
// place. It is no hash for what a person chose; those go through models/password.
func HashSecret(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// Keyring derives keys from the server's secret and from its predecessors. New things are made with the first; what the
// predecessors made is still accepted, so that a secret can be replaced without logging anybody out.
type Keyring struct{ secrets [][]byte }

// NewKeyring takes the current secret and its predecessors, newest first. Each must have MinSecretLength bytes.
func NewKeyring(secrets ...[]byte) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("no secret")
	}
	for i, s := range secrets {
		if len(s) < MinSecretLength {
			return nil, fmt.Errorf("secret %d of %d has %d bytes, at least %d are needed", i+1, len(secrets), len(s), MinSecretLength)
		}
	}
	return &Keyring{secrets: cloneAll(secrets)}, nil
}

// cloneAll keeps the keyring from changing when a caller wipes or reuses its buffers.
func cloneAll(secrets [][]byte) [][]byte {
	out := make([][]byte, len(secrets))
	for i, s := range secrets {
		out[i] = bytes.Clone(s)
	}
	return out
}

// Keys returns one 32-byte key per secret for a purpose ("refresh token"), the current one first (RFC 5869).
func (k *Keyring) Keys(purpose string) [][]byte {
	keys := make([][]byte, len(k.secrets))
	for i, s := range k.secrets {
		key, err := hkdf.Key(sha256.New, s, nil, "keepsake "+purpose, 32)
		if err != nil {
			panic(err) // only for lengths beyond what HKDF can give
		}
		keys[i] = key
	}
	return keys
}

// Seal encrypts plaintext with AES-256-GCM under the current secret. Label is authenticated, not stored: the same one must be given to
// Open, so that one row's ciphertext is no use in another.
func (k *Keyring) Seal(label string, plaintext []byte) []byte {
	aead := newAEAD(k.Keys("seal")[0])
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plaintext)+aead.Overhead())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plaintext, []byte(label))
}

// Open reverses Seal, under the current secret or a predecessor. Its error tells nothing about the content.
func (k *Keyring) Open(label string, sealed []byte) ([]byte, error) {
	plaintext, _, err := k.open(label, sealed)
	return plaintext, err
}

// Reseal returns what was sealed under a predecessor sealed under the current secret, and true; or false when it is already. After
// it the predecessor is not needed any more.
func (k *Keyring) Reseal(label string, sealed []byte) ([]byte, bool, error) {
	plaintext, which, err := k.open(label, sealed)
	if err != nil || which == 0 {
		return sealed, false, err
	}
	return k.Seal(label, plaintext), true, nil
}

// open also says which secret it was, 0 for the current one.
func (k *Keyring) open(label string, sealed []byte) (plaintext []byte, which int, err error) {
	for i, key := range k.Keys("seal") {
		aead := newAEAD(key)
		if len(sealed) < aead.NonceSize() {
			break
		}
		if p, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(label)); err == nil {
			return p, i, nil
		}
	}
	return nil, 0, fmt.Errorf("open %s: sealed under another secret, or damaged", label)
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key always has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// MAC returns HMAC-SHA256 of the parts under key. Each part is preceded by its length, so that no two lists of parts share a
// MAC by being cut in different places.
func MAC(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	var length [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(p)))
		h.Write(length[:])
		h.Write(p)
	}
	return h.Sum(nil)
}
