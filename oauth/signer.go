package oauth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"example.com/keepsake/models"
)

// pssSuffix makes the kid under which an RSA key signs PS256.
const pssSuffix = ".PS256"

// Values of the typ header of our tokens (RFC 7519 5.1, RFC 9068 2.1).
const (
	typJWT         = "JWT"
	typAccessToken = "at+jwt"
)

// signer is a key at work with one algorithm.
type signer struct {
	id        string // kid
	alg       string
	key       crypto.Signer
	createdAt time.Time
	retiredAt time.Time
	// headers are the encoded JOSE headers by typ. They are the same for every token, so they are made once.
	headers map[string]string
}

// newSigners returns a signer for each of the algorithms that a key is good for.
func newSigners(k *models.SigningKey, key crypto.Signer, algs ...string) ([]*signer, error) {
	signers := make([]*signer, len(algs))
	for i, alg := range algs {
		id := k.ID
		if alg == models.PS256 {
			id += pssSuffix
		}
		s := &signer{id: id, alg: alg, key: key, createdAt: k.CreatedAt, retiredAt: k.RetiredAt, headers: make(map[string]string)}
		for _, typ := range []string{typJWT, typAccessToken} {
			header, err := s.encodeHeader(typ)
			if err != nil {
				return nil, err
			}
			s.headers[typ] = header
		}
		signers[i] = s
	}
	return signers, nil
}

// joseHeader is the header of our tokens.
type joseHeader struct {
	Alg string `json:"alg"`
	Typ string `json:"typ"`
	Kid string `json:"kid"`
}

func (k *signer) encodeHeader(typ string) (string, error) {
	text, err := json.Marshal(joseHeader{Alg: k.alg, Typ: typ, Kid: k.id})
	if err != nil {
		return "", fmt.Errorf("encode token header: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// pssOptions are those of PS256: salt as long as the hash (RFC 7518 3.5).
var pssOptions = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}

// sign writes the compact JWS by hand, which costs little more than the signature does. Every token response pays for it up to twice, and
// with ES256 a general JWS library takes half as long again (BenchmarkSign).
func (k *signer) sign(typ string, payload []byte) (string, error) {
	header, ok := k.headers[typ]
	if !ok {
		return "", fmt.Errorf("sign token: no tokens are of type %q", typ)
	}
	encoding := base64.RawURLEncoding
	signed := len(header) + 1 + encoding.EncodedLen(len(payload))
	token := make([]byte, signed, signed+1+encoding.EncodedLen(k.signatureSize()))
	copy(token, header)
	token[len(header)] = '.'
	encoding.Encode(token[len(header)+1:], payload)

	digest := sha256.Sum256(token)
	signature, err := k.signDigest(digest[:])
	if err != nil {
		return "", fmt.Errorf("sign token with %s: %w", k.alg, err)
	}
	token = append(token, '.')
	return string(encoding.AppendEncode(token, signature)), nil
}

func (k *signer) signatureSize() int {
	if key, ok := k.key.(*rsa.PrivateKey); ok {
		return key.Size()
	}
	return 2 * p256Bytes
}

func (k *signer) signDigest(digest []byte) ([]byte, error) {
	switch k.alg {
	case models.PS256:
		return k.key.Sign(rand.Reader, digest, pssOptions)
	case models.ES256:
		der, err := k.key.Sign(rand.Reader, digest, crypto.SHA256)
		if err != nil {
			return nil, err
		}
		return joseSignature(der)
	}
	return k.key.Sign(rand.Reader, digest, crypto.SHA256)
}

// p256Bytes is how long each half of a P-256 signature is.
const p256Bytes = 32

// joseSignature turns an ASN.1 ECDSA signature into r || s, each of 32 bytes (RFC 7518 3.4).
func joseSignature(der []byte) ([]byte, error) {
	var (
		input    = cryptobyte.String(der)
		sequence cryptobyte.String
		r, s     []byte
	)
	if !input.ReadASN1(&sequence, asn1.SEQUENCE) || !input.Empty() ||
		!sequence.ReadASN1Integer(&r) || !sequence.ReadASN1Integer(&s) || !sequence.Empty() ||
		len(r) > p256Bytes || len(s) > p256Bytes {
		return nil, errors.New("not an ASN.1 signature on P-256")
	}
	out := make([]byte, 2*p256Bytes)
	copy(out[p256Bytes-len(r):], r)
	copy(out[2*p256Bytes-len(s):], s)
	return out, nil
}
