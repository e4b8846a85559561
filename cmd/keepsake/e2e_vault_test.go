package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
)

// vault has the secrets that a test has met: what must be found nowhere afterwards.
type vault struct {
	mu      sync.Mutex
	secrets map[string]string // what each is, by its text
}

// add takes a secret. The empty text is none.
func (v *vault) add(what, text string) {
	if text == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.secrets == nil {
		v.secrets = map[string]string{}
	}
	v.secrets[text] = what
}

// findIn names the secrets that are in text in one of the ways that they could have been written.
func (v *vault) findIn(text []byte) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var found []string
	for secret, what := range v.secrets {
		for how, needle := range writings(secret) {
			if bytes.Contains(text, needle) {
				found = append(found, fmt.Sprintf("%s (%s)", what, how))
			}
		}
	}
	for _, sign := range signs {
		if bytes.Contains(text, []byte(sign.text)) {
			found = append(found, sign.of)
		}
	}
	return found
}

// signs are how secrets begin that a test need not have met.
var signs = []struct{ of, text string }{
	{"a refresh token", "ksrt_"},
	{"a JWT", "eyJhbGciOi"},
	{"a private key", "PRIVATE KEY-----"},
	{"a private key", `"d":"`},
}

// writings are the ways in which a secret could stand in a file: as it is, in hexadecimal (which is how PostgreSQL shows
// bytes), or decoded. Of a token with parts, the last is the secret one.
func writings(secret string) map[string][]byte {
	all := map[string][]byte{"in clear": []byte(secret), "in hexadecimal": []byte(hex.EncodeToString([]byte(secret)))}
	last := secret[strings.LastIndexByte(secret, '.')+1:]
	if decoded, err := base64.RawURLEncoding.DecodeString(last); err == nil && len(decoded) >= 16 {
		all["its last part"] = []byte(last)
		all["decoded"] = decoded
		all["decoded, in hexadecimal"] = []byte(hex.EncodeToString(decoded))
	}
	return all
}
