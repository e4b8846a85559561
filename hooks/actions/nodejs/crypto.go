package nodejs

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"hash"
	"math/big"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/crypto/scrypt"
)

// hashes are those of createHash, in Node.js's names.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	"sha512-256": sha512.New512_256,
	"sha3-256":   func() hash.Hash { return sha3.New256() },
	"sha3-384":   func() hash.Hash { return sha3.New384() },
	"sha3-512":   func() hash.Hash { return sha3.New512() },
}

// hashNamed finds a hash by any of the ways to write its name: SHA256, sha-256, RSA-SHA256.
func hashNamed(name string) (func() hash.Hash, bool) {
	name = strings.TrimPrefix(strings.ToLower(name), "rsa-")
	if h, ok := hashes[name]; ok {
		return h, true
	}
	h, ok := hashes[strings.Replace(name, "sha-", "sha", 1)]
	return h, ok
}

func (e *Env) hash(v goja.Value) func() hash.Hash {
	h, ok := hashNamed(v.String())
	if !ok {
		panic(e.newError("Error", "ERR_CRYPTO_INVALID_DIGEST", "Invalid digest: "+v.String()))
	}
	return h
}

// nativeCrypto are the functions of lib/crypto.js. Bytes come as Uint8Array and go as ArrayBuffer.
func (e *Env) nativeCrypto() functions {
	all := functions{
		// hash(name) and hmac(name, key) return {update(bytes), digest(), copy()}.
		"hash": func(call goja.FunctionCall) goja.Value { return e.hasher(e.hash(call.Argument(0))()) },
		"hmac": func(call goja.FunctionCall) goja.Value {
			return e.hasher(hmac.New(e.hash(call.Argument(0)), e.bytes(call.Argument(1))))
		},
		"random": func(call goja.FunctionCall) goja.Value {
			n := call.Argument(0).ToInteger()
			if n < 0 || n > maxRandom {
				panic(e.rangeError(`The value of "size" is out of range.`))
			}
			b := make([]byte, n)
			rand.Read(b)
			return e.arrayBuffer(b)
		},
		// fill(bytes)
		"fill": func(call goja.FunctionCall) goja.Value {
			rand.Read(e.bytes(call.Argument(0)))
			return goja.Undefined()
		},
		// int(max) is a number from 0 up to, and without, max.
		"int": func(call goja.FunctionCall) goja.Value {
			limit := call.Argument(0).ToInteger()
			if limit <= 0 {
				panic(e.rangeError(`The value of "max" is out of range.`))
			}
			n, err := rand.Int(rand.Reader, big.NewInt(limit))
			if err != nil {
				panic(e.fail("There is no randomness."))
			}
			return e.rt.ToValue(n.Int64())
		},
		"uuid": func(goja.FunctionCall) goja.Value { return e.rt.ToValue(newUUID()) },
		"equal": func(call goja.FunctionCall) goja.Value {
			return e.rt.ToValue(subtle.ConstantTimeCompare(e.bytes(call.Argument(0)), e.bytes(call.Argument(1))) == 1)
		},
		"hashes": func(goja.FunctionCall) goja.Value {
			names := make([]any, 0, len(hashes))
			for name := range hashes {
				names = append(names, name)
			}
			return e.rt.NewArray(names...)
		},
		"hkdf": e.hkdf, "pbkdf2": e.pbkdf2, "scrypt": e.scrypt,
	}
	for name, fn := range e.nativeKeys() {
		all[name] = fn
	}
	return all
}

// newUUID is a random UUID (RFC 9562 5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

func (e *Env) hasher(h hash.Hash) goja.Value {
	o := e.rt.NewObject()
	_ = o.Set("update", func(call goja.FunctionCall) goja.Value {
		h.Write(e.bytes(call.Argument(0)))
		return goja.Undefined()
	})
	_ = o.Set("digest", func(goja.FunctionCall) goja.Value { return e.arrayBuffer(h.Sum(nil)) })
	_ = o.Set("copy", func(goja.FunctionCall) goja.Value {
		cloner, ok := h.(hash.Cloner)
		if !ok {
			panic(e.fail("This hash can't be copied."))
		}
		c, err := cloner.Clone()
		if err != nil {
			panic(e.fail("This hash can't be copied."))
		}
		return e.hasher(c)
	})
	return o
}

// length is how many bytes a derived key is to have.
func (e *Env) length(v goja.Value) int {
	n := v.ToInteger()
	if n < 0 || n > maxDerived {
		panic(e.rangeError(`The value of "keylen" is out of range.`))
	}
	return int(n)
}

// hkdf(hash, key, salt, info, length) is RFC 5869.
func (e *Env) hkdf(call goja.FunctionCall) goja.Value {
	key, err := hkdf.Key(e.hash(call.Argument(0)), e.bytes(call.Argument(1)), e.bytes(call.Argument(2)), string(e.bytes(call.Argument(3))), e.length(call.Argument(4)))
	if err != nil {
		panic(e.newError("RangeError", "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length"))
	}
	return e.arrayBuffer(key)
}

// pbkdf2(hash, password, salt, iterations, length) is RFC 8018 5.2.
func (e *Env) pbkdf2(call goja.FunctionCall) goja.Value {
	h, length := e.hash(call.Argument(0)), e.length(call.Argument(4))
	iterations := call.Argument(3).ToInteger()
	if iterations < 1 || iterations > maxIterations {
		panic(e.rangeError(`The value of "iterations" is out of range.`))
	}
	blocks := (length + h().Size() - 1) / h().Size()
	if e.spent.iterations += int(iterations) * max(blocks, 1); e.spent.iterations > maxIterations {
		panic(e.rangeError("The Action derives too many keys from passwords."))
	}
	key, err := pbkdf2.Key(h, string(e.bytes(call.Argument(1))), e.bytes(call.Argument(2)), int(iterations), length)
	if err != nil {
		panic(e.newError("RangeError", "ERR_CRYPTO_INVALID_KEYLEN", "Invalid key length"))
	}
	return e.arrayBuffer(key)
}

// scrypt(password, salt, length, N, r, p) is RFC 7914.
func (e *Env) scrypt(call goja.FunctionCall) goja.Value {
	length := e.length(call.Argument(2))
	n, r, p := call.Argument(3).ToInteger(), call.Argument(4).ToInteger(), call.Argument(5).ToInteger()
	if n < 2 || n > maxScryptCost || r < 1 || r > maxScryptCost || p < 1 || p > maxScryptCost || 128*n*r > maxScryptMemory {
		panic(e.newError("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params: memory limit exceeded"))
	}
	if e.spent.scrypt += int(min(n*r, maxScryptCost) * min(p, 16)); e.spent.scrypt > maxScryptCost*4 || p > 16 {
		panic(e.rangeError("The Action derives too many keys from passwords."))
	}
	key, err := scrypt.Key(e.bytes(call.Argument(0)), e.bytes(call.Argument(1)), int(n), int(r), int(p), length)
	if err != nil {
		panic(e.newError("RangeError", "ERR_CRYPTO_INVALID_SCRYPT_PARAMS", "Invalid scrypt params"))
	}
	return e.arrayBuffer(key)
}
