package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// floorConfig is what the floor is told on its standard input.
type floorConfig struct {
	URL      string            `json:"url"` // of the database
	Conns    int               `json:"conns"`
	MACKey   []byte            `json:"mac_key"`
	ClientID string            `json:"client_id"`
	Keys     map[string][]byte `json:"keys"` // by algorithm, PKCS #8
	// Samples are by audience.
	Samples map[string]*sample `json:"samples"`
}

// sample is an exchange that Keepsake answered: what the floor imitates.
type sample struct {
	Alg     string              `json:"alg"`
	JOSE    json.RawMessage     `json:"jose"`
	Claims  map[string]any      `json:"claims"`
	Headers map[string][]string `json:"headers"`
	Body    map[string]any      `json:"body"`
	// LineBreaks is how many end the body.
	LineBreaks int            `json:"line_breaks"`
	LogType    string         `json:"log_type"`
	LogData    map[string]any `json:"log_data"`
}

// rsaBits is the size of the keys that Keepsake makes.
const rsaBits = 2048

// newFloorKeys makes the floor's signing keys.
func newFloorKeys() (map[string][]byte, error) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rs, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, err
	}
	keys := map[string][]byte{}
	for alg, key := range map[string]any{es256: ec, rs256: rs} {
		if keys[alg], err = x509.MarshalPKCS8PrivateKey(key); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// floorSigner signs the tokens of one audience.
type floorSigner struct {
	header string // encoded
	key    crypto.Signer
}

func newFloorSigner(s *sample, keys map[string][]byte) (*floorSigner, error) {
	key, err := x509.ParsePKCS8PrivateKey(keys[s.Alg])
	if err != nil {
		return nil, fmt.Errorf("read %s key: %w", s.Alg, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a %T does not sign", key)
	}
	return &floorSigner{header: base64.RawURLEncoding.EncodeToString(s.JOSE) + ".", key: signer}, nil
}

// sign returns the payload as a compact JWS.
func (s *floorSigner) sign(payload []byte) (string, error) {
	encoding := base64.RawURLEncoding
	token := encoding.AppendEncode([]byte(s.header), payload)
	digest := sha256.Sum256(token)
	var signature []byte
	switch key := s.key.(type) {
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			return "", err
		}
		signature = make([]byte, 64)
		r.FillBytes(signature[:32])
		v.FillBytes(signature[32:])
	case *rsa.PrivateKey:
		var err error
		if signature, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			return "", err
		}
	}
	return string(encoding.AppendEncode(append(token, '.'), signature)), nil
}
