package nodejs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"hash"
	"math/big"

	"github.com/dop251/goja"
	"github.com/go-jose/go-jose/v4"
)

// maxKeySize is how long a key may be in any format. maxRSABits bounds what one signature costs.
const (
	maxKeySize = 64 << 10
	maxRSABits = 8192
)

// cryptoHashes are the hashes that signatures use.
var cryptoHashes = map[string]crypto.Hash{
	"sha1": crypto.SHA1, "sha224": crypto.SHA224, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512,
}

// nativeKeys are the functions of lib/crypto.js that work with key pairs. A key is an opaque object to JavaScript.
func (e *Env) nativeKeys() functions {
	return functions{
		// parseKey(bytes, format, wanted) reads PEM, DER ("der") or JWK ("jwk", as JSON text). Wanted is "private" or "public";
		// a private key gives its public one.
		"parseKey": func(call goja.FunctionCall) goja.Value {
			key, err := parseKey(e.bytes(call.Argument(0)), call.Argument(1).String())
			if err == nil && call.Argument(2).String() == "public" {
				key = publicOf(key)
			} else if err == nil && !isPrivate(key) {
				err = errors.New("it is no private key")
			}
			if err != nil {
				panic(e.newError("Error", "ERR_OSSL_UNSUPPORTED", "The key can't be read: "+err.Error()))
			}
			return e.rt.ToValue(&keyHandle{key})
		},
		// describeKey(key) returns {type, asymmetricKeyType, modulusLength, publicExponent, namedCurve}.
		"describeKey": func(call goja.FunctionCall) goja.Value { return e.describeKey(e.key(call.Argument(0))) },
		// exportKey(key, format) returns PEM, or a JWK as JSON, as a string.
		"exportKey": func(call goja.FunctionCall) goja.Value {
			text, err := exportKey(e.key(call.Argument(0)), call.Argument(1).String())
			if err != nil {
				panic(e.newError("Error", "ERR_OSSL_UNSUPPORTED", "The key can't be written: "+err.Error()))
			}
			return e.rt.ToValue(text)
		},
		// sign(key, hash, data, {pss, salt, raw}) returns an ArrayBuffer.
		"sign": func(call goja.FunctionCall) goja.Value {
			signature, err := sign(e.key(call.Argument(0)), e.signing(call))
			if err != nil {
				panic(e.newError("Error", "ERR_OSSL_SIGN", "The signature can't be made: "+err.Error()))
			}
			return e.arrayBuffer(signature)
		},
		// verify(key, hash, data, {pss, salt, raw}, signature)
		"verify": func(call goja.FunctionCall) goja.Value {
			return e.rt.ToValue(verify(publicOf(e.key(call.Argument(0))), e.signing(call), e.bytes(call.Argument(4))))
		},
	}
}

// keyHandle keeps a key out of JavaScript's reach.
type keyHandle struct{ key any }

func (e *Env) key(v goja.Value) any {
	if h, ok := exported[*keyHandle](v); ok {
		return h.key
	}
	panic(e.typeError("ERR_INVALID_ARG_TYPE", "The argument is no key."))
}

func parseKey(b []byte, format string) (any, error) {
	if len(b) > maxKeySize {
		return nil, errors.New("it is too long")
	}
	if format == "jwk" {
		var jwk jose.JSONWebKey
		if err := json.Unmarshal(b, &jwk); err != nil {
			return nil, errors.New("it is no valid JWK")
		}
		return checkKey(jwk.Key)
	}
	if format != "der" {
		block, _ := pem.Decode(b)
		if block == nil {
			return nil, errors.New("it is no PEM")
		}
		b = block.Bytes
	}
	return parseDER(b)
}

func parseDER(b []byte) (any, error) {
	for _, parse := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		x509.ParsePKIXPublicKey,
		func(b []byte) (any, error) { return x509.ParsePKCS1PrivateKey(b) },
		func(b []byte) (any, error) { return x509.ParsePKCS1PublicKey(b) },
		func(b []byte) (any, error) { return x509.ParseECPrivateKey(b) },
		func(b []byte) (any, error) {
			c, err := x509.ParseCertificate(b)
			if err != nil {
				return nil, err
			}
			return c.PublicKey, nil
		},
	} {
		if key, err := parse(b); err == nil {
			return checkKey(key)
		}
	}
	return nil, errors.New("its kind is not supported")
}

func checkKey(key any) (any, error) {
	switch k := publicOf(key).(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() > maxRSABits {
			return nil, errors.New("it is too long")
		}
		return key, nil
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return key, nil
	}
	return nil, errors.New("its kind is not supported")
}

func isPrivate(key any) bool {
	_, ok := key.(crypto.Signer)
	return ok
}

func publicOf(key any) any {
	if s, ok := key.(crypto.Signer); ok {
		return s.Public()
	}
	return key
}

func (e *Env) describeKey(key any) goja.Value {
	o := e.rt.NewObject()
	kind := "public"
	if isPrivate(key) {
		kind = "private"
	}
	_ = o.Set("type", kind)
	switch k := publicOf(key).(type) {
	case *rsa.PublicKey:
		_ = o.Set("asymmetricKeyType", "rsa")
		_ = o.Set("modulusLength", k.N.BitLen())
		_ = o.Set("publicExponent", k.E)
	case *ecdsa.PublicKey:
		_ = o.Set("asymmetricKeyType", "ec")
		_ = o.Set("namedCurve", map[string]string{"P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1"}[k.Params().Name])
	case ed25519.PublicKey:
		_ = o.Set("asymmetricKeyType", "ed25519")
	}
	return o
}

func exportKey(key any, format string) (string, error) {
	if format == "jwk" {
		b, err := (jose.JSONWebKey{Key: key}).MarshalJSON()
		return string(b), err
	}
	block := &pem.Block{Type: "PUBLIC KEY"}
	var err error
	if isPrivate(key) {
		block.Type = "PRIVATE KEY"
		block.Bytes, err = x509.MarshalPKCS8PrivateKey(key)
	} else {
		block.Bytes, err = x509.MarshalPKIXPublicKey(key)
	}
	if err != nil {
		return "", errors.New("its kind is not supported")
	}
	return string(pem.EncodeToMemory(block)), nil
}

// signing is what a signature is made of, or checked with.
type signing struct {
	hash crypto.Hash // 0: the data itself, for Ed25519
	data []byte
	pss  bool
	salt int
	raw  bool // r and s side by side (IEEE P1363) in place of DER
}

func (e *Env) signing(call goja.FunctionCall) signing {
	s := signing{data: e.bytes(call.Argument(2)), salt: rsa.PSSSaltLengthAuto}
	if name := call.Argument(1); !goja.IsUndefined(name) && !goja.IsNull(name) {
		h := e.hash(name)
		for known, id := range cryptoHashes {
			if sameHash(h, hashes[known]) {
				s.hash = id
			}
		}
		if s.hash == 0 {
			panic(e.newError("Error", "ERR_CRYPTO_INVALID_DIGEST", "Invalid digest: "+name.String()))
		}
	}
	if o, ok := call.Argument(3).(*goja.Object); ok {
		s.pss, s.raw = o.Get("pss").ToBoolean(), o.Get("raw").ToBoolean()
		if v := o.Get("salt"); v != nil && goja.IsNumber(v) && v.ToInteger() >= -1 && v.ToInteger() <= 512 {
			s.salt = int(v.ToInteger())
		}
	}
	return s
}

// sameHash compares by what comes out: functions have no identity.
func sameHash(a, b func() hash.Hash) bool {
	x, y := a(), b()
	return x.Size() == y.Size() && x.BlockSize() == y.BlockSize()
}

func (s signing) digest() []byte {
	h := s.hash.New()
	h.Write(s.data)
	return h.Sum(nil)
}

func sign(key any, s signing) ([]byte, error) {
	switch k := key.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(k, s.data), nil
	case *rsa.PrivateKey:
		switch {
		case s.hash == 0:
			return nil, errors.New("RSA needs a digest")
		case s.pss:
			return rsa.SignPSS(rand.Reader, k, s.hash, s.digest(), &rsa.PSSOptions{SaltLength: s.salt})
		}
		return rsa.SignPKCS1v15(nil, k, s.hash, s.digest())
	case *ecdsa.PrivateKey:
		if s.hash == 0 {
			return nil, errors.New("ECDSA needs a digest")
		}
		if !s.raw {
			return ecdsa.SignASN1(rand.Reader, k, s.digest())
		}
		r, t, err := ecdsa.Sign(rand.Reader, k, s.digest())
		if err != nil {
			return nil, err
		}
		size := (k.Params().BitSize + 7) / 8
		signature := make([]byte, 2*size)
		r.FillBytes(signature[:size])
		t.FillBytes(signature[size:])
		return signature, nil
	}
	return nil, errors.New("the key is no private key")
}

func verify(key any, s signing, signature []byte) bool {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(k, s.data, signature)
	case *rsa.PublicKey:
		switch {
		case s.hash == 0:
			return false
		case s.pss:
			return rsa.VerifyPSS(k, s.hash, s.digest(), signature, &rsa.PSSOptions{SaltLength: s.salt}) == nil
		}
		return rsa.VerifyPKCS1v15(k, s.hash, s.digest(), signature) == nil
	case *ecdsa.PublicKey:
		if s.hash == 0 {
			return false
		}
		if !s.raw {
			return ecdsa.VerifyASN1(k, s.digest(), signature)
		}
		size := (k.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		return ecdsa.Verify(k, s.digest(), new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]))
	}
	return false
}
