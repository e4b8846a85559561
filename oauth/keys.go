package oauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"example.com/keepsake/models"
)

// The rules of this file are:
//
//   - A kid names a key and one algorithm. An RSA key that signs RS256 and PS256 is published twice, under two kids, so that neither
//     a client nor we ever take the algorithm from a token (RFC 8725 3.1).
//   - A key signs only with the algorithm it is for, and only until it retires. It verifies as long as it is in the configuration.
//   - The private halves are handed to nobody: they sign tokens (signer.go) and their own certificate (jwks.go).

// rsaBits is the size of the RSA keys that we make, and the least that we sign with (RFC 7518 3.3).
const rsaBits = 2048

// signingAlgs are the algorithms of our tokens, the default first.
var signingAlgs = []string{models.RS256, models.ES256, models.PS256}

// GenerateSigningKey makes a new key: RSA of 2048 bits for models.RS256 (it also signs models.PS256), P-256 for models.ES256. Its id
// is the key's thumbprint (RFC 7638). Any other alg is an error.
func GenerateSigningKey(alg string, now time.Time) (models.SigningKey, error) {
	var (
		key crypto.Signer
		err error
	)
	switch alg {
	case models.RS256:
		key, err = rsa.GenerateKey(rand.Reader, rsaBits)
	case models.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return models.SigningKey{}, fmt.Errorf("generate signing key: no keys are made for %q", alg)
	}
	if err != nil {
		return models.SigningKey{}, fmt.Errorf("generate %s signing key: %w", alg, err)
	}
	jwk := jose.JSONWebKey{Key: key, Algorithm: alg, Use: "sig"}
	thumbprint, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return models.SigningKey{}, fmt.Errorf("thumbprint of %s signing key: %w", alg, err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	text, err := jwk.MarshalJSON()
	if err != nil {
		return models.SigningKey{}, fmt.Errorf("encode %s signing key: %w", alg, err)
	}
	return models.SigningKey{ID: jwk.KeyID, Alg: alg, JWK: text, CreatedAt: now.UTC()}, nil
}

// keySet is the configuration's signing keys, ready for use. They are parsed once for each configuration.
type keySet struct {
	config Config
	now    func() time.Time
	parsed atomic.Pointer[parsedKeys]
}

// parsedKeys is what was made from one answer of Config.SigningKeys.
type parsedKeys struct {
	source []models.SigningKey
	// signers are all of them, newest first.
	signers []*signer
	byID    map[string]*signer
	// document is the JWK Set with the public halves.
	document []byte
}

func newKeySet(c Config, now func() time.Time) *keySet {
	return &keySet{config: c, now: now}
}

// load returns the keys of the present configuration.
func (s *keySet) load(ctx context.Context) (*parsedKeys, error) {
	source, err := s.config.SigningKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	old := s.parsed.Load()
	if old != nil && sameSlice(old.source, source) {
		return old, nil
	}
	if old != nil && slices.EqualFunc(old.source, source, sameKey) {
		// Nothing changed but the slice. What was parsed stays; only the comparison gets cheap again.
		kept := *old
		kept.source = source
		s.parsed.Store(&kept)
		return &kept, nil
	}
	// Two requests may both do this after a change. They come to the same result, so neither waits.
	fresh, err := parseKeys(source)
	if err != nil {
		return nil, err
	}
	s.parsed.Store(fresh)
	return fresh, nil
}

// sameSlice reports whether a and b are the same memory. What Config returns is never changed, so it is the same keys too.
func sameSlice(a, b []models.SigningKey) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func sameKey(a, b models.SigningKey) bool {
	return a.ID == b.ID && a.Alg == b.Alg && a.CreatedAt.Equal(b.CreatedAt) && a.RetiredAt.Equal(b.RetiredAt) && string(a.JWK) == string(b.JWK)
}

func parseKeys(source []models.SigningKey) (*parsedKeys, error) {
	parsed := &parsedKeys{source: source, byID: make(map[string]*signer, 2*len(source))}
	for i := range source {
		signers, err := parseKey(&source[i])
		if err != nil {
			return nil, fmt.Errorf("signing key %q: %w", source[i].ID, err)
		}
		for _, k := range signers {
			if parsed.byID[k.id] != nil {
				return nil, fmt.Errorf("signing key %q: there are two of that id", k.id)
			}
			parsed.byID[k.id] = k
			parsed.signers = append(parsed.signers, k)
		}
	}
	var err error
	parsed.document, err = newKeyDocument(parsed.signers)
	return parsed, err
}

// parseKey checks that a key is what its Alg says and returns the signers that it is good for.
func parseKey(k *models.SigningKey) ([]*signer, error) {
	var jwk jose.JSONWebKey
	if err := jwk.UnmarshalJSON(k.JWK); err != nil {
		return nil, errors.New("not a JWK") // the parser's error may quote the key
	}
	if k.ID == "" || (jwk.KeyID != "" && jwk.KeyID != k.ID) {
		return nil, errors.New("its kid is another one")
	}
	switch key := jwk.Key.(type) {
	case *rsa.PrivateKey:
		if k.Alg != models.RS256 || key.N.BitLen() < rsaBits {
			return nil, fmt.Errorf("an RSA key of %d bits is none for %s", key.N.BitLen(), k.Alg)
		}
		// Without the precomputed values a signature takes several times as long.
		key.Precompute()
		return newSigners(k, key, models.RS256, models.PS256)
	case *ecdsa.PrivateKey:
		if k.Alg != models.ES256 || key.Curve != elliptic.P256() {
			return nil, fmt.Errorf("a key on %s is none for %s", key.Params().Name, k.Alg)
		}
		return newSigners(k, key, models.ES256)
	}
	return nil, fmt.Errorf("no private key for %s", k.Alg)
}

// sign returns claims as a compact JWS (RFC 7515 7.1) with the header members alg, typ and kid, signed by the newest key for alg that has
// not retired. It is an error when there is none.
func (s *keySet) sign(ctx context.Context, alg, typ string, claims []byte) (string, error) {
	keys, err := s.load(ctx)
	if err != nil {
		return "", err
	}
	now := s.now()
	for _, k := range keys.signers {
		if k.alg == alg && (k.retiredAt.IsZero() || now.Before(k.retiredAt)) {
			return k.sign(typ, claims)
		}
	}
	return "", fmt.Errorf("sign token: there is no key for %s", alg)
}

// public returns the public key that a kid names and the one algorithm it is for. models.ErrNotFound.
func (s *keySet) public(ctx context.Context, kid string) (key crypto.PublicKey, alg string, err error) {
	keys, err := s.load(ctx)
	if err != nil {
		return nil, "", err
	}
	k := keys.byID[kid]
	if k == nil {
		return nil, "", fmt.Errorf("signing key: %w", models.ErrNotFound)
	}
	return k.key.Public(), k.alg, nil
}
