package tenant

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"

	"example.com/keepsake/models"
)

const (
	// maxKey is how many values a JWK may have.
	maxKey = 64
	// minModulus is the least size of an RSA key, in bits (RFC 7518 3.3).
	minModulus = 2048
	// coordinate is the length of a P-256 coordinate in bytes.
	coordinate = 32
)

// jwkFromPEM returns a public key or the key of a certificate as a JWK (RFC 7517). Without a kid, it gets its thumbprint
// (RFC 7638).
func jwkFromPEM(text []byte, kid, alg string) (map[string]any, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is not in PEM form")
	}
	key, err := parseKey(block)
	if err != nil {
		return nil, err
	}
	jwk := map[string]any{"use": "sig"}
	switch key := key.(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"] = "RSA", encode(key.N.Bytes())
		jwk["e"] = encode(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil || key.Curve != elliptic.P256() {
			return nil, errors.New("the elliptic curve of a key must be P-256")
		}
		jwk["kty"], jwk["crv"] = "EC", "P-256"
		jwk["x"], jwk["y"] = encode(point[1:1+coordinate]), encode(point[1+coordinate:])
	default:
		return nil, errors.New("the key is neither RSA nor elliptic curve")
	}
	if alg != "" {
		jwk["alg"] = alg
	}
	if jwk["kid"] = kid; kid == "" {
		jwk["kid"] = thumbprint(jwk)
	}
	return jwk, checkJWK(jwk)
}

func parseKey(block *pem.Block) (crypto.PublicKey, error) {
	var key crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var cert *x509.Certificate
		if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = cert.PublicKey
		}
	default:
		return nil, fmt.Errorf("expected a public key or a certificate, got %q", block.Type)
	}
	if err != nil {
		return nil, errors.New("the key is damaged")
	}
	return key, nil
}

// checkJWK refuses what is no public key that can verify RS256, PS256 or ES256.
func checkJWK(jwk map[string]any) error {
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, ok := jwk[private]; ok {
			return errors.New("it is a private key: only the public part belongs here")
		}
	}
	switch jwk["kty"] {
	case "RSA":
		n, errN := decode(jwk["n"])
		e, errE := decode(jwk["e"])
		switch {
		case errN != nil || errE != nil || len(e) == 0:
			return errors.New("the key is damaged")
		case new(big.Int).SetBytes(n).BitLen() < minModulus:
			return fmt.Errorf("an RSA key must have %d bits at least", minModulus)
		}
		return checkAlg(jwk, models.RS256, models.PS256)
	case "EC":
		x, errX := decode(jwk["x"])
		y, errY := decode(jwk["y"])
		if jwk["crv"] != "P-256" {
			return errors.New("the elliptic curve of a key must be P-256")
		}
		if errX != nil || errY != nil || len(x) != coordinate || len(y) != coordinate {
			return errors.New("the key is damaged")
		}
		if _, err := ecdh.P256().NewPublicKey(append(append([]byte{4}, x...), y...)); err != nil {
			return errors.New("the key is damaged")
		}
		return checkAlg(jwk, models.ES256)
	}
	return errors.New("the key is neither RSA nor elliptic curve")
}

func checkAlg(jwk map[string]any, allowed ...string) error {
	alg, ok := jwk["alg"]
	if !ok {
		return nil
	}
	for _, a := range allowed {
		if alg == a {
			return nil
		}
	}
	return fmt.Errorf("the key can't be for %v, only for %s", alg, quoteAll(allowed))
}

func thumbprint(jwk map[string]any) string {
	required := map[string]any{}
	for _, name := range []string{"crv", "e", "kty", "n", "x", "y"} {
		if v, ok := jwk[name]; ok {
			required[name] = v
		}
	}
	b, err := json.Marshal(required) // sorts the keys, as the RFC wants
	if err != nil {                  // can't happen: the values are strings
		return ""
	}
	sum := sha256.Sum256(b)
	return encode(sum[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(v any) ([]byte, error) {
	s, ok := v.(string)
	if !ok {
		return nil, errors.New("not a string")
	}
	return base64.RawURLEncoding.DecodeString(s)
}
