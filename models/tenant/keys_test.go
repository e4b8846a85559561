package tenant

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func encodePEM(t *testing.T, kind string, der []byte, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func publicPEM(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	return encodePEM(t, "PUBLIC KEY", der, err)
}

// TestPublicKeys reads keys in each form, and has another implementation find the same key and thumbprint.
func TestPublicKeys(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, ecKey.Public(), ecKey)
	certificate := encodePEM(t, "CERTIFICATE", cert, err)
	inline, err := json.Marshal(jose.JSONWebKey{Key: ecKey.Public(), KeyID: "mine", Algorithm: "ES256"})
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := encodePEM(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey), nil)
	for _, tt := range []struct {
		name, keys, kid, alg string
		want                 crypto.PublicKey
	}{
		{"RSA", credential(publicPEM(t, &rsaKey.PublicKey), "alg: PS256"), "", "PS256", &rsaKey.PublicKey},
		{"RSA as PKCS 1", credential(pkcs1, "kid: mine"), "mine", "", &rsaKey.PublicKey},
		{"elliptic curve", credential(publicPEM(t, &ecKey.PublicKey), "name: Key"), "", "", &ecKey.PublicKey},
		{"a certificate", credential(certificate, "alg: ES256"), "", "ES256", &ecKey.PublicKey},
		{"a JWK Set", "jwks: {keys: [" + string(inline) + "]}", "mine", "ES256", &ecKey.PublicKey},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := mustRead(t, client(tt.keys)).Config.Clients[0]
			var set jose.JSONWebKeySet
			if err := json.Unmarshal(c.PublicKeys, &set); err != nil || len(set.Keys) != 1 {
				t.Fatalf("keys %s: %v", c.PublicKeys, err)
			}
			got := set.Keys[0]
			kid := tt.kid
			if kid == "" {
				sum, err := got.Thumbprint(crypto.SHA256)
				if err != nil {
					t.Fatal(err)
				}
				kid = encode(sum)
			}
			if !got.Key.(interface{ Equal(crypto.PublicKey) bool }).Equal(tt.want) || got.KeyID != kid || got.Algorithm != tt.alg {
				t.Errorf("got %s, want kid %s, alg %s", c.PublicKeys, kid, tt.alg)
			}
			if c.TokenEndpointAuthMethod != "private_key_jwt" {
				t.Errorf("the client authenticates with %s", c.TokenEndpointAuthMethod)
			}
		})
	}
}

func credential(key, more string) string {
	return "client_authentication_methods:\n      private_key_jwt:\n        credentials:\n          - credential_type: public_key\n            " + more +
		"\n            pem: |\n              " + strings.ReplaceAll(strings.TrimSpace(key), "\n", "\n              ")
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edKey, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}
	private, err := x509.MarshalECPrivateKey(ecKey)
	for _, tt := range []struct{ name, keys, want string }{
		{"another curve", credential(publicPEM(t, ecKey.Public()), "alg: ES256"), "the elliptic curve of a key must be P-256"},
		{"another kind of key", credential(publicPEM(t, edKey), "alg: ES256"), "the key is neither RSA nor elliptic curve"},
		{"a small key", credential(publicPEM(t, small), "alg: RS256"), "an RSA key must have 2048 bits at least"},
		{"a private key in PEM", credential(encodePEM(t, "EC PRIVATE KEY", private, err), "alg: ES256"), `expected a public key or a certificate, got "EC PRIVATE KEY"`},
		{"a damaged key", credential(encodePEM(t, "PUBLIC KEY", []byte("x"), nil), "alg: ES256"), "the key is damaged"},
		{"a shared key", "jwks: {keys: [{kty: oct, k: aGk}]}", "it is a private key: only the public part belongs here"},
		{"no key", "jwks: {keys: [{kty: other}]}", "the key is neither RSA nor elliptic curve"},
		{"RSA without a modulus", "jwks: {keys: [{kty: RSA, e: AQAB}]}", "the key is damaged"},
		{"a point of no curve", "jwks: {keys: [{kty: EC, crv: P-256, x: " + strings.Repeat("A", 43) + ", y: " + strings.Repeat("A", 43) + "}]}", "the key is damaged"},
		{"a point in another form", "jwks: {keys: [{kty: EC, crv: P-256, x: '?', y: 5}]}", "the key is damaged"},
		{"another curve in a JWK", "jwks: {keys: [{kty: EC, crv: P-384, x: a, y: b}]}", "the elliptic curve of a key must be P-256"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(t, client(tt.keys), nil)
			if err == nil || !strings.HasSuffix(err.Error(), ": "+tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestAKeyForAnotherAlgorithm(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = read(t, client(credential(publicPEM(t, key.Public()), "alg: RS256")), nil)
	if want := `the key can't be for RS256, only for "ES256"`; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
