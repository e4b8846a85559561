package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"example.com/keepsake/models"
)

// Bounds of a password, in bytes. The upper one leaves room for 64 characters of any script, which is what NIST SP
// 800-63B asks for at least, and keeps a request from buying hours of hashing.
const (
	MinLength = 1
	MaxLength = 256
)

// ErrLength says that a password is empty or longer than MaxLength.
var ErrLength = fmt.Errorf("the password must have %d to %d bytes", MinLength, MaxLength)

// DefaultMaxWaiting is how many hashes may wait: one to two seconds' worth where one is computed at a time.
const DefaultMaxWaiting = 64

// Options configures a Hasher. The zero value is right for production.
type Options struct {
	// MaxConcurrent is how many hashes may be computed at a time; zero means GOMAXPROCS less one, and at least one: what does not hash goes on
	// beside a flood of logins.
	MaxConcurrent int
	// MaxWaiting is how many more may wait for their turn; zero means DefaultMaxWaiting. Beyond that it is models.ErrBusy at once: a
	// flood of logins must not hold the requests of everybody else.
	MaxWaiting int
	// Cost is what a new hash costs; the zero value means DefaultCost. Hashes made at another cost still verify.
	Cost Cost
	// KeepMemory leaves what a hash leaves behind to the garbage collector, in its own time.
	KeepMemory bool
	// StepAside is called before a hash, and what it returns after it: meanwhile the caller counts for nothing in limits of another kind. nil
	// means none.
	StepAside func() (back func())
}

// Hasher makes and verifies password hashes. It is safe for concurrent use.
type Hasher struct {
	cost       Cost
	slots      chan struct{}
	waiting    atomic.Int64
	maxWaiting int64
	stepAside  func() (back func())

	// clearFrom is the cost in KiB from which on collect clears what a hash leaves behind; all: with nothing to follow.
	clearFrom uint32
	collect   func(all bool)
	// The two primitives; tests count and block them.
	argon2id func(password, salt []byte, passes, memory uint32, lanes uint8, keyLength uint32) []byte
	bcrypt   func(hash, password []byte) error
}

// NewHasher returns a Hasher. It panics if Options.Cost is set and out of bounds, which is a mistake in the program.
func NewHasher(o Options) *Hasher {
	if o.MaxConcurrent <= 0 {
		o.MaxConcurrent = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if o.Cost == (Cost{}) {
		o.Cost = DefaultCost
	}
	if err := o.Cost.check(); err != nil {
		panic("password.NewHasher: " + err.Error())
	}
	if o.MaxWaiting <= 0 {
		o.MaxWaiting = DefaultMaxWaiting
	}
	if o.StepAside == nil {
		o.StepAside = func() func() { return func() {} }
	}
	clearFrom := uint32(collectFrom)
	if o.KeepMemory {
		clearFrom = math.MaxUint32
	}
	return &Hasher{
		cost:       o.Cost,
		slots:      make(chan struct{}, o.MaxConcurrent),
		maxWaiting: int64(o.MaxWaiting),
		stepAside:  o.StepAside,
		clearFrom:  clearFrom,
		collect:    collect,
		argon2id:   argon2.IDKey,
		bcrypt:     bcrypt.CompareHashAndPassword,
	}
}

// Hash returns the PHC string of a password, with a salt of its own. The error is ErrLength, models.ErrBusy, or ctx's when
// ctx ended while waiting for a turn.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if len(password) < MinLength || len(password) > MaxLength {
		return "", ErrLength
	}
	p := phc{cost: h.cost, salt: make([]byte, saltLength)}
	rand.Read(p.salt) // crypto/rand.Read never fails
	defer h.stepAside()()
	if err := h.acquire(ctx); err != nil {
		return "", err
	}
	defer h.release(p.cost.Memory)
	p.key = h.derive(p, password, keyLength)
	return p.String(), nil
}

// Verify reports whether password is the one behind hash. A password outside the bounds of Hash is not. The error is that
// of Valid, models.ErrBusy, or ctx's when ctx ended while waiting for a turn; a wrong password is no error.
//
// Bcrypt reads 72 bytes and ignores the rest. A longer password never matches a bcrypt hash: the systems that such hashes
// come from (Auth0 among them) refuse longer ones, and to cut here would accept any password with the right beginning.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (bool, error) {
	p, isBcrypt, err := parse(hash)
	if err != nil {
		return false, err
	}
	if len(password) < MinLength || len(password) > MaxLength {
		return false, nil
	}
	defer h.stepAside()()
	if err := h.acquire(ctx); err != nil {
		return false, err
	}
	defer h.release(p.cost.Memory) // none for bcrypt
	if isBcrypt {
		return h.verifyBcrypt(hash, password)
	}
	key := h.derive(p, password, len(p.key))
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

// verifyBcrypt spends the work on a password that is too long also, so that the time does not tell whose hash is bcrypt.
func (h *Hasher) verifyBcrypt(hash, password string) (bool, error) {
	cut := password[:min(len(password), maxBcryptPassword)]
	err := h.bcrypt([]byte(hash), []byte(cut))
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, fmt.Errorf("verify bcrypt hash: %w", err)
	}
	return err == nil && len(password) <= maxBcryptPassword, nil
}

func (h *Hasher) derive(p phc, password string, length int) []byte {
	return h.argon2id([]byte(password), p.salt, p.cost.Passes, p.cost.Memory, p.cost.Lanes, uint32(length))
}

// decoy returns a well-formed hash of no password: to verify against it costs what a real one costs.
func (h *Hasher) decoy() string {
	p := phc{cost: h.cost, salt: make([]byte, saltLength), key: make([]byte, keyLength)}
	rand.Read(p.salt)
	rand.Read(p.key)
	return p.String()
}

// acquire waits for one of the slots, if not too many wait already.
func (h *Hasher) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil { // select would choose at random
		return fmt.Errorf("wait to hash a password: %w", err)
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > h.maxWaiting {
		return fmt.Errorf("wait to hash a password: %w", models.ErrBusy)
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}
