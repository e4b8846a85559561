package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"example.com/keepsake/models"
)

// The floor's refresh tokens cost what Keepsake's do: as long, as random, and authenticated by a MAC.
const (
	floorPrefix = "ksrt_"
	idSize      = 16
	bodySize    = idSize + 4 + 16 // the id, the generation, randomness
	macSize     = 16
)

func mintFloorToken(key []byte, id string, generation int64) (string, bool) {
	family, ok := models.ParseID(models.PrefixRefreshToken, id)
	if !ok {
		return "", false
	}
	var raw [bodySize + macSize]byte
	copy(raw[:], family[:])
	binary.BigEndian.PutUint32(raw[idSize:], uint32(generation))
	rand.Read(raw[idSize+4 : bodySize])
	copy(raw[bodySize:], models.MAC(key, raw[:bodySize]))
	return floorPrefix + base64.RawURLEncoding.EncodeToString(raw[:]), true
}

func parseFloorToken(key []byte, token string) (id string, generation int64, ok bool) {
	text, found := strings.CutPrefix(token, floorPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if !found || err != nil || len(raw) != bodySize+macSize {
		return "", 0, false
	}
	if subtle.ConstantTimeCompare(raw[bodySize:], models.MAC(key, raw[:bodySize])[:macSize]) != 1 {
		return "", 0, false
	}
	id = models.FormatID(models.PrefixRefreshToken, [16]byte(raw[:idSize]))
	return id, int64(binary.BigEndian.Uint32(raw[idSize:])), true
}
