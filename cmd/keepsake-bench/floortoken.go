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
	randomSize  = 16
	bodySize    = idSize + 4 + randomSize // the id, the generation, randomness
	macSize     = 16
)

func mintFloorToken(key []byte, id string, generation int64) (string, bool) {
	family, ok := models.ParseID(models.PrefixRefreshToken, id)
	if !ok {
		return "", false
	}
	var random [randomSize]byte
	rand.Read(random[:])
	return formatToken(key, family, generation, random), true
}

// formatToken writes a refresh token as Keepsake does (oauth, refreshTokenStrategy). With the key of a Keepsake server it is one of that
// server's own.
func formatToken(key []byte, family [idSize]byte, generation int64, random [randomSize]byte) string {
	var raw [bodySize + macSize]byte
	copy(raw[:], family[:])
	binary.BigEndian.PutUint32(raw[idSize:], uint32(generation))
	copy(raw[idSize+4:], random[:])
	copy(raw[bodySize:], models.MAC(key, raw[:bodySize]))
	return floorPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
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
