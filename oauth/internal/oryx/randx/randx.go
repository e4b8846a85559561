// Package randx makes random strings of a given alphabet, for the user codes of fosite's device grant.
package randx

import (
	"crypto/rand"
	"errors"
	"math/big"
)

// AlphaUpper is A to Z.
var AlphaUpper = []rune("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

// RuneSequence returns n runes of an alphabet, each as likely as the others.
func RuneSequence(n int, alphabet []rune) ([]rune, error) {
	if len(alphabet) == 0 {
		return nil, errors.New("randx: the alphabet is empty")
	}
	size := big.NewInt(int64(len(alphabet)))
	runes := make([]rune, 0, n)
	for range n {
		i, err := rand.Int(rand.Reader, size)
		if err != nil {
			return nil, err
		}
		runes = append(runes, alphabet[i.Int64()])
	}
	return runes, nil
}
