package oauth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"example.com/keepsake/models"
)

// refreshTokenPrefix makes a leaked token recognizable to scanners.
const refreshTokenPrefix = "ksrt_"

// Parts of a refresh token, in bytes.
const (
	tokenIDSize     = 16 // the family
	tokenCountSize  = 4  // the generation
	tokenRandomSize = 16
	tokenMACSize    = 16
	tokenBodySize   = tokenIDSize + tokenCountSize + tokenRandomSize
)

// tokenEncoding is strict: a token has one spelling.
var tokenEncoding = base64.RawURLEncoding.Strict()

// refreshTokenStrategy makes and reads the opaque refresh tokens. A token names its family and its generation, carries 128 random
// bits, and a MAC under the server's secret. So the family is found by primary key; a token of an old generation proves by
// itself that it was issued once, which is how reuse is told from guessing without a table of old tokens; and whoever
// makes one up reaches nothing.
type refreshTokenStrategy struct{ keys [][]byte }

func newRefreshTokenStrategy(k *models.Keyring) refreshTokenStrategy {
	return refreshTokenStrategy{keys: k.Keys("refresh token")}
}

// mint returns a new token for a generation of a family. ID is one that models.NewID made.
func (s refreshTokenStrategy) mint(id string, generation int64) (string, error) {
	family, ok := models.ParseID(models.PrefixRefreshToken, id)
	if !ok || generation < 0 || generation > 1<<32-1 {
		return "", errInternal
	}
	var raw [tokenBodySize + tokenMACSize]byte
	copy(raw[:], family[:])
	binary.BigEndian.PutUint32(raw[tokenIDSize:], uint32(generation))
	rand.Read(raw[tokenIDSize+tokenCountSize : tokenBodySize])
	copy(raw[tokenBodySize:], models.MAC(s.keys[0], raw[:tokenBodySize]))
	return refreshTokenPrefix + tokenEncoding.EncodeToString(raw[:]), nil
}

// parse returns the family and the generation of a token that this server issued, or false for anything else.
func (s refreshTokenStrategy) parse(token string) (id string, generation int64, ok bool) {
	text, found := strings.CutPrefix(token, refreshTokenPrefix)
	if !found || len(text) != tokenEncoding.EncodedLen(tokenBodySize+tokenMACSize) {
		return "", 0, false
	}
	raw, err := tokenEncoding.DecodeString(text)
	if err != nil {
		return "", 0, false
	}
	body, mac := raw[:tokenBodySize], raw[tokenBodySize:]
	for _, key := range s.keys {
		if subtle.ConstantTimeCompare(mac, models.MAC(key, body)[:tokenMACSize]) == 1 {
			id = models.FormatID(models.PrefixRefreshToken, [16]byte(body[:tokenIDSize]))
			return id, int64(binary.BigEndian.Uint32(body[tokenIDSize:])), true
		}
	}
	return "", 0, false
}
