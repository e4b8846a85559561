package password

import (
	"context"
	"encoding/hex"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"example.com/keepsake/models"
)

// cheap keeps the tests fast; what they test does not depend on the cost.
var cheap = Options{Cost: Cost{Memory: 8, Passes: 1, Lanes: 1}}

func TestHashVerifies(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap)
	hash, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=8,t=1,p=1$"; !strings.HasPrefix(hash, want) {
		t.Errorf("hash is %q, want it to begin with %q", hash, want)
	}
	if err := Valid(hash); err != nil {
		t.Errorf("Valid refuses our own hash: %v", err)
	}
	for _, row := range []struct {
		name, password string
		want           bool
	}{
		{"the password", "correct horse", true},
		{"another one", "correct Horse", false},
		{"a beginning of it", "correct hors", false},
		{"a continuation of it", "correct horse ", false},
		{"nothing", "", false},
		{"with a NUL behind it", "correct horse\x00", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got, err := h.Verify(t.Context(), hash, row.password); got != row.want || err != nil {
				t.Errorf("Verify = %v, %v, want %v", got, err, row.want)
			}
		})
	}
}

func TestHashesOfOnePasswordDiffer(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap)
	first, err1 := h.Hash(t.Context(), "secret")
	second, err2 := h.Hash(t.Context(), "secret")
	if err1 != nil || err2 != nil || first == second {
		t.Errorf("two hashes: %q (%v) and %q (%v), want different salts", first, err1, second, err2)
	}
}

func TestZeroOptionsFollowOWASP(t *testing.T) {
	t.Parallel()
	hash, err := NewHasher(Options{}).Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; !strings.HasPrefix(hash, want) {
		t.Errorf("hash is %q, want it to begin with %q", hash, want)
	}
	if ok, err := NewHasher(cheap).Verify(t.Context(), hash, "secret"); !ok || err != nil {
		t.Errorf("a Hasher of another cost says %v, %v", ok, err)
	}
}

func TestHashBoundsTheLength(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, password string
		want           error
	}{
		{"empty", "", ErrLength},
		{"one byte", "x", nil},
		{"64 characters of four bytes", strings.Repeat("😀", 64), nil},
		{"the longest", strings.Repeat("x", MaxLength), nil},
		{"one byte more", strings.Repeat("x", MaxLength+1), ErrLength},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := NewHasher(cheap)
			hash, err := h.Hash(t.Context(), row.password)
			if !errors.Is(err, row.want) {
				t.Fatalf("Hash: %v, want %v", err, row.want)
			}
			if err != nil {
				return
			}
			if ok, err := h.Verify(t.Context(), hash, row.password); !ok || err != nil {
				t.Errorf("Verify = %v, %v", ok, err)
			}
		})
	}
}

// The argon2id vectors are of the reference implementation's test suite (P-H-C/phc-winner-argon2, test.c); the bcrypt
// ones of Openwall's crypt_blowfish (wrapper.c).
func TestVerifiesWhatOthersMade(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, hash, password string
		want                 bool
	}{
		{"argon2id, 64 MiB, two passes", phcOf(t, 65536, 2, 1, "somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"), "password", true},
		{"argon2id, 256 KiB, two passes", phcOf(t, 256, 2, 1, "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"), "password", true},
		{"argon2id, two lanes", phcOf(t, 256, 2, 2, "somesalt", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"), "password", true},
		{"argon2id, another password", phcOf(t, 65536, 2, 1, "somesalt", "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"), "differentpassword", true},
		{"argon2id, another salt", phcOf(t, 65536, 2, 1, "diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"), "password", true},
		{"argon2id, wrong password", phcOf(t, 256, 2, 1, "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"), "Password", false},
		{"bcrypt 2a", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", true},
		{"bcrypt 2y", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", true},
		{"bcrypt 2b", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", true},
		{"bcrypt, wrong password", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*V", false},
		{"bcrypt, 72 bytes", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
			"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", true},
		{"bcrypt, longer than bcrypt reads", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
			"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if err := Valid(row.hash); err != nil {
				t.Fatalf("Valid: %v", err)
			}
			if got, err := NewHasher(cheap).Verify(t.Context(), row.hash, row.password); got != row.want || err != nil {
				t.Errorf("Verify = %v, %v, want %v", got, err, row.want)
			}
		})
	}
}

func phcOf(t *testing.T, memory, passes uint32, lanes uint8, salt, key string) string {
	t.Helper()
	k, err := hex.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	return phc{cost: Cost{Memory: memory, Passes: passes, Lanes: lanes}, salt: []byte(salt), key: k}.String()
}

func TestTooLongForBcryptCostsTheSame(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap)
	var calls, bytes int
	h.bcrypt = func(_, password []byte) error {
		calls++
		bytes = len(password)
		return nil // even a match of the beginning does not count
	}
	ok, err := h.Verify(t.Context(), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", strings.Repeat("x", 73))
	if ok || err != nil || calls != 1 || bytes != 72 {
		t.Errorf("Verify = %v, %v after %d calls with %d bytes, want a refusal after one with 72", ok, err, calls, bytes)
	}
}

func TestBcryptFailureIsNoWrongPassword(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap)
	h.bcrypt = func(_, _ []byte) error { return bcrypt.ErrHashTooShort }
	_, err := h.Verify(t.Context(), "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "x")
	if !errors.Is(err, bcrypt.ErrHashTooShort) {
		t.Errorf("Verify: %v, want the failure", err)
	}
}

func TestNewHasherRefusesAnAbsurdCost(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewHasher(Options{Cost: Cost{Memory: 8, Passes: 0, Lanes: 1}})
}

// TestConcurrencyIsBounded holds every hash that gets a turn until no more can get one, and counts them.
func TestConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	const limit, callers = 3, 12
	h := NewHasher(Options{MaxConcurrent: limit, Cost: cheap.Cost})
	var running, most atomic.Int64
	entered := make(chan struct{}, callers)
	release := make(chan struct{})
	h.argon2id = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte {
		now := running.Add(1)
		defer running.Add(-1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
		}
		entered <- struct{}{}
		<-release
		return make([]byte, n)
	}

	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = h.Hash(t.Context(), "secret")
			} else {
				_, err = h.Verify(t.Context(), h.decoy(), "secret")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	for range limit {
		<-entered
	}
	if n := len(h.slots); n != limit {
		t.Errorf("%d turns are taken, want all %d", n, limit)
	}
	close(release)
	all.Wait()
	if n := most.Load(); n != limit {
		t.Errorf("%d hashes ran at once, want %d", n, limit)
	}
	if n := len(h.slots); n != 0 {
		t.Errorf("%d turns were never given back", n)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	h := NewHasher(Options{MaxConcurrent: 1, Cost: cheap.Cost})
	if err := h.acquire(t.Context()); err != nil { // the only turn
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 2)
	go func() { _, err := h.Hash(ctx, "secret"); failed <- err }()
	go func() { _, err := h.Verify(ctx, h.decoy(), "secret"); failed <- err }()
	cancel()
	for range 2 {
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
	h.release(0)
	if ok, err := h.Verify(t.Context(), h.decoy(), "secret"); ok || err != nil {
		t.Errorf("afterwards Verify = %v, %v", ok, err)
	}
}

func TestEndedContextHashesNothing(t *testing.T) {
	t.Parallel()
	h := NewHasher(cheap)
	h.argon2id = func(_, _ []byte, _, _ uint32, _ uint8, _ uint32) []byte {
		t.Error("hashed for a caller that is gone")
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // an unlucky select would get past in half the cases
		if _, err := h.Verify(ctx, h.decoy(), "secret"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	h := NewHasher(Options{})
	for b.Loop() {
		if _, err := h.Hash(b.Context(), "correct horse battery staple"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTooManyWaiting(t *testing.T) {
	t.Parallel()
	h := NewHasher(Options{MaxConcurrent: 1, MaxWaiting: 1, Cost: cheap.Cost})
	if err := h.acquire(t.Context()); err != nil { // the only turn
		t.Fatal(err)
	}
	h.waiting.Add(1) // somebody waits for it
	if _, err := h.Verify(t.Context(), h.decoy(), "secret"); !errors.Is(err, models.ErrBusy) {
		t.Errorf("one more: %v, want models.ErrBusy", err)
	}
	h.waiting.Add(-1)
	h.release(0)
	if _, err := h.Hash(t.Context(), "secret"); err != nil || h.waiting.Load() != 0 {
		t.Errorf("afterwards: %v, %d waiting", err, h.waiting.Load())
	}
}

// TestClearsAfterEachHash lets nobody begin before what the last one left behind is cleared.
func TestClearsAfterEachHash(t *testing.T) {
	t.Parallel()
	h := NewHasher(Options{MaxConcurrent: 1})
	h.argon2id = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte { return make([]byte, n) }
	cleared, carryOn := make(chan bool), make(chan struct{})
	h.collect = func(all bool) {
		cleared <- all
		<-carryOn
	}
	hash, err := h.Hash(t.Context(), "secret") // the caller does not wait for it
	if err != nil {
		t.Fatal(err)
	}
	if all := <-cleared; !all {
		t.Error("memory was kept for nobody")
	}
	verified := make(chan error)
	go func() {
		_, err := h.Verify(t.Context(), hash, "secret")
		verified <- err
	}()
	for h.waiting.Load() == 0 {
		runtime.Gosched()
	}
	h.waiting.Add(1) // and another
	carryOn <- struct{}{}
	if err := <-verified; err != nil {
		t.Error(err)
	}
	if all := <-cleared; all {
		t.Error("memory was given back that is needed at once")
	}
	carryOn <- struct{}{}

	h.waiting.Add(-1)
	for name, hash := range map[string]string{"bcrypt": bcryptOfSecret(t), "a cheap one": NewHasher(cheap).decoy()} {
		if _, err := h.Verify(t.Context(), hash, "secret"); err != nil { // would hang if it were cleared
			t.Errorf("%s: %v", name, err)
		}
		if len(h.slots) != 0 {
			t.Errorf("%s: the turn is not given back", name)
		}
	}
}

func TestKeepsMemory(t *testing.T) {
	t.Parallel()
	h := NewHasher(Options{KeepMemory: true})
	h.argon2id = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte { return make([]byte, n) }
	h.collect = func(bool) { t.Error("memory was cleared") }
	if _, err := h.Hash(t.Context(), "secret"); err != nil || len(h.slots) != 0 {
		t.Errorf("%v, %d turns are taken", err, len(h.slots))
	}
}

func TestStepsAsideWhileHashing(t *testing.T) {
	t.Parallel()
	aside, steps := false, 0
	h := NewHasher(Options{Cost: cheap.Cost, StepAside: func() func() {
		aside, steps = true, steps+1
		return func() { aside = false }
	}})
	h.argon2id = func(_, _ []byte, _, _ uint32, _ uint8, n uint32) []byte {
		if !aside {
			t.Error("hashed without stepping aside")
		}
		return make([]byte, n)
	}
	hash, err := h.Hash(t.Context(), "secret")
	if err != nil || aside {
		t.Errorf("after Hash: %v, aside %v", err, aside)
	}
	if _, err := h.Verify(t.Context(), hash, "secret"); err != nil || aside || steps != 2 {
		t.Errorf("after Verify: %v, aside %v, %d steps", err, aside, steps)
	}
}

// bcryptOfSecret is a bcrypt hash at the least cost.
func bcryptOfSecret(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}
