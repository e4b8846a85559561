package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

// Cost is what one argon2id hash costs.
type Cost struct {
	// Memory is in KiB.
	Memory uint32
	// Passes is how often the memory is gone over (t).
	Passes uint32
	// Lanes is the degree of parallelism (p).
	Lanes uint8
}

// DefaultCost is OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
var DefaultCost = Cost{Memory: 19 << 10, Passes: 2, Lanes: 1}

// Bounds of what is accepted. The lower ones are argon2's own (RFC 9106 3.1), but for the lengths: a shorter salt or key
// is no protection. The upper ones keep an imported hash from taking the server down each time its user signs in.
const (
	maxMemory    = 256 << 10 // KiB
	maxPasses    = 32
	maxLanes     = 16
	saltLength   = 16
	minSalt      = 8
	maxSalt      = 64
	keyLength    = 32
	minKey       = 16
	maxKey       = 64
	maxHash      = 256 // bytes of a whole hash string
	maxBcrypt    = 15  // cost: about two seconds
	bcryptLength = 60

	maxBcryptPassword = 72
)

func (c Cost) check() error {
	switch {
	case c.Lanes < 1 || c.Lanes > maxLanes:
		return fmt.Errorf("argon2id: p=%d is not in 1..%d", c.Lanes, maxLanes)
	case c.Passes < 1 || c.Passes > maxPasses:
		return fmt.Errorf("argon2id: t=%d is not in 1..%d", c.Passes, maxPasses)
	case c.Memory < 8*uint32(c.Lanes) || c.Memory > maxMemory:
		return fmt.Errorf("argon2id: m=%d is not in %d..%d", c.Memory, 8*uint32(c.Lanes), maxMemory)
	}
	return nil
}

// phc is an argon2id hash in the PHC string format.
type phc struct {
	cost      Cost
	salt, key []byte
}

// String returns "$argon2id$v=19$m=…,t=…,p=…$salt$key".
func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.cost.Memory, p.cost.Passes, p.cost.Lanes, b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

// Valid reports, as an error for whoever wrote the hash down, why a Hasher could not verify it; nil when it can. The error
// does not repeat the hash.
func Valid(hash string) error {
	_, _, err := parse(hash)
	return err
}

// parse returns an argon2id hash, or true for a bcrypt one.
func parse(hash string) (p phc, isBcrypt bool, err error) {
	switch {
	case len(hash) > maxHash:
		return phc{}, false, fmt.Errorf("password hash has %d bytes, at most %d are allowed", len(hash), maxHash)
	case strings.HasPrefix(hash, "$argon2id$"):
		p, err = parsePHC(hash)
		return p, false, err
	case strings.HasPrefix(hash, "$2a$"), strings.HasPrefix(hash, "$2b$"), strings.HasPrefix(hash, "$2y$"):
		return phc{}, true, checkBcrypt(hash)
	}
	return phc{}, false, errors.New("password hash is neither argon2id ($argon2id$v=19$…) nor bcrypt ($2a$, $2b$ or $2y$)")
}

func parsePHC(hash string) (phc, error) {
	malformed := errors.New("argon2id: hash is not of the form $argon2id$v=19$m=…,t=…,p=…$salt$key")
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return phc{}, malformed
	}
	if parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, fmt.Errorf("argon2id: only version %d is supported", argon2.Version)
	}
	var p phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.cost.Memory, &p.cost.Passes, &p.cost.Lanes); err != nil {
		return phc{}, malformed
	}
	var saltErr, keyErr error
	p.salt, saltErr = base64.RawStdEncoding.DecodeString(parts[4])
	p.key, keyErr = base64.RawStdEncoding.DecodeString(parts[5])
	// Written again it must be the same: that refuses line breaks, stray bits, signs, leading zeros and anything behind a number.
	if saltErr != nil || keyErr != nil || p.String() != hash {
		return phc{}, malformed
	}
	if err := p.cost.check(); err != nil {
		return phc{}, err
	}
	if len(p.salt) < minSalt || len(p.salt) > maxSalt || len(p.key) < minKey || len(p.key) > maxKey {
		return phc{}, fmt.Errorf("argon2id: salt and key must have %d to %d and %d to %d bytes", minSalt, maxSalt, minKey, maxKey)
	}
	return p, nil
}

func checkBcrypt(hash string) error {
	if len(hash) != bcryptLength {
		return fmt.Errorf("bcrypt: hash has %d bytes, %d are needed", len(hash), bcryptLength)
	}
	cost, err := bcrypt.Cost([]byte(hash))
	if err != nil {
		return errors.New("bcrypt: hash is malformed")
	}
	if cost > maxBcrypt {
		return fmt.Errorf("bcrypt: cost %d is not in %d..%d", cost, bcrypt.MinCost, maxBcrypt)
	}
	for _, c := range hash[7:] {
		if !strings.ContainsRune("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", c) {
			return errors.New("bcrypt: hash is malformed")
		}
	}
	return nil
}
