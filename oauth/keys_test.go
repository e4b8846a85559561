package oauth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

const keyIssuer = "https://id.example.com/"

// keyTime is when the tests of this file and its neighbours take place.
var keyTime = time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)

// rsaTestKey and ecTestKey take a moment to make, so the tests share them.
var (
	rsaTestKey = sync.OnceValue(func() models.SigningKey { return mustGenerate(models.RS256) })
	ecTestKey  = sync.OnceValue(func() models.SigningKey { return mustGenerate(models.ES256) })
)

func mustGenerate(alg string) models.SigningKey {
	k, err := GenerateSigningKey(alg, keyTime.Add(-time.Hour))
	if err != nil {
		panic(err)
	}
	return k
}

// keyConfig is the part of Config that these files need.
type keyConfig struct {
	Config
	keys        func() ([]models.SigningKey, error)
	clients     map[string]*models.Client
	connections map[string]*models.Connection
	err         error // what every lookup of a client fails with
}

func (c *keyConfig) SigningKeys(context.Context) ([]models.SigningKey, error) { return c.keys() }

func (c *keyConfig) Client(_ context.Context, id string) (*models.Client, error) {
	if c.err != nil {
		return nil, c.err
	}
	return lookUp(c.clients, id)
}

func (c *keyConfig) Connection(_ context.Context, name string) (*models.Connection, error) {
	return lookUp(c.connections, name)
}

func (c *keyConfig) Tenant(context.Context) (*models.Tenant, error) {
	return &models.Tenant{OAuthErrors: models.OAuthErrorsAuth0}, nil
}

func lookUp[T any](m map[string]*T, name string) (*T, error) {
	if v := m[name]; v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("find %q: %w", name, models.ErrNotFound)
}

// withKeys returns a configuration with these keys, the same slice each time.
func withKeys(keys ...models.SigningKey) *keyConfig {
	return &keyConfig{keys: func() ([]models.SigningKey, error) { return keys, nil }}
}

// keyServer is a Server with what the handlers of these files need.
func keyServer(c *keyConfig) *Server {
	now := func() time.Time { return keyTime }
	return &Server{issuer: keyIssuer, config: c, keys: newKeySet(c, now), now: now, logger: slog.New(slog.DiscardHandler)}
}

func mustSign(t testing.TB, s *keySet, alg, typ string, claims any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.sign(t.Context(), alg, typ, payload)
	if err != nil {
		t.Fatalf("sign %s: %v", alg, err)
	}
	return token
}

func decodeSegment(t *testing.T, token string, i int) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func publishedKeys(t *testing.T, s *keySet) jose.JSONWebKeySet {
	t.Helper()
	keys, err := s.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(keys.document, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func TestGenerateSigningKey(t *testing.T) {
	t.Parallel()
	for alg, key := range map[string]models.SigningKey{models.RS256: rsaTestKey(), models.ES256: ecTestKey()} {
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(key.JWK); err != nil {
			t.Fatal(err)
		}
		public := jwk.Public()
		thumbprint, err := public.Thumbprint(crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if want := base64.RawURLEncoding.EncodeToString(thumbprint); key.ID != want || jwk.KeyID != want {
			t.Errorf("%s: id %q, kid %q, want the thumbprint %q", alg, key.ID, jwk.KeyID, want)
		}
		if jwk.IsPublic() || !jwk.Valid() || key.Alg != alg || jwk.Algorithm != alg {
			t.Errorf("%s: not a valid private key for it: alg %q, jwk alg %q", alg, key.Alg, jwk.Algorithm)
		}
		if k, ok := jwk.Key.(*rsa.PrivateKey); ok && k.N.BitLen() != 2048 {
			t.Errorf("RSA key of %d bits", k.N.BitLen())
		}
		if k, ok := jwk.Key.(*ecdsa.PrivateKey); ok && k.Curve != elliptic.P256() {
			t.Errorf("EC key on %s", k.Params().Name)
		}
	}
	for _, alg := range []string{models.PS256, "HS256", "none", ""} {
		if k, err := GenerateSigningKey(alg, keyTime); err == nil {
			t.Errorf("%q: made key %s", alg, k.ID)
		}
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	older, newer := mustGenerate(models.ES256), mustGenerate(models.ES256)
	present := []models.SigningKey{older}
	c := &keyConfig{keys: func() ([]models.SigningKey, error) { return present, nil }}
	now := keyTime
	keys := newKeySet(c, func() time.Time { return now })
	signedBy := func() string {
		t.Helper()
		token := mustSign(t, keys, models.ES256, typJWT, map[string]string{})
		if _, _, err := keys.verify(t.Context(), token); err != nil {
			t.Fatalf("verify: %v", err)
		}
		var h joseHeader
		if err := json.Unmarshal(decodeSegment(t, token, 0), &h); err != nil {
			t.Fatal(err)
		}
		return h.Kid
	}
	if got := signedBy(); got != older.ID {
		t.Errorf("the only key is %s, signed by %s", older.ID, got)
	}
	old := mustSign(t, keys, models.ES256, typJWT, map[string]string{})

	present = []models.SigningKey{newer, older}
	if got := signedBy(); got != newer.ID {
		t.Errorf("the newest key is %s, signed by %s", newer.ID, got)
	}

	// The newest key retires in an hour, so until then it signs; then the older one is the newest that is left.
	newer.RetiredAt = now.Add(time.Hour)
	present = []models.SigningKey{newer, older}
	if got := signedBy(); got != newer.ID {
		t.Errorf("before it retires: signed by %s", got)
	}
	now = now.Add(time.Hour)
	if got := signedBy(); got != older.ID {
		t.Errorf("after it retired: signed by %s", got)
	}
	older.RetiredAt = now
	present = []models.SigningKey{newer, older}
	if token, err := keys.sign(t.Context(), models.ES256, typJWT, []byte(`{}`)); err == nil {
		t.Errorf("all keys have retired, signed %s", token)
	}
	if _, _, err := keys.verify(t.Context(), old); err != nil {
		t.Errorf("a token of a retired key: %v", err)
	}
	if got := len(publishedKeys(t, keys).Keys); got != 2 {
		t.Errorf("%d keys published, want the retired ones too", got)
	}

	present = []models.SigningKey{newer}
	if _, _, err := keys.verify(t.Context(), old); !errors.Is(err, errToken) {
		t.Errorf("a token of a removed key: %v", err)
	}
	if _, _, err := keys.public(t.Context(), older.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a removed key: %v", err)
	}
}

func TestKeysAreParsedOncePerConfiguration(t *testing.T) {
	t.Parallel()
	c := &keyConfig{keys: func() ([]models.SigningKey, error) { return []models.SigningKey{ecTestKey()}, nil }}
	keys := newKeySet(c, time.Now)
	first, err := keys.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, err := keys.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.signers[0] != second.signers[0] {
		t.Error("the same key in another slice was parsed again")
	}

	failure := errors.New("no database")
	c.keys = func() ([]models.SigningKey, error) { return nil, failure }
	if _, err := keys.sign(t.Context(), models.ES256, typJWT, nil); !errors.Is(err, failure) {
		t.Errorf("got %v, want the error of the configuration", err)
	}
}

func TestUnusableKeys(t *testing.T) {
	t.Parallel()
	public := func(k models.SigningKey) models.SigningKey {
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(k.JWK); err != nil {
			t.Fatal(err)
		}
		half := jwk.Public()
		k.JWK, _ = half.MarshalJSON()
		return k
	}
	encoded := func(alg string, key any) models.SigningKey {
		text, err := jose.JSONWebKey{Key: key}.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return models.SigningKey{ID: "kid", Alg: alg, JWK: text}
	}
	with := func(k models.SigningKey, change func(*models.SigningKey)) models.SigningKey {
		change(&k)
		return k
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, keys := range map[string][]models.SigningKey{
		"not JSON":               {{ID: "kid", Alg: models.RS256, JWK: []byte("s3cret")}},
		"only the public half":   {public(ecTestKey())},
		"a secret":               {encoded("HS256", []byte("0123456789abcdef0123456789abcdef"))},
		"a short RSA key":        {encoded(models.RS256, small)},
		"another curve":          {encoded(models.ES256, p384)},
		"RSA called ES256":       {with(rsaTestKey(), func(k *models.SigningKey) { k.Alg = models.ES256 })},
		"EC called RS256":        {with(ecTestKey(), func(k *models.SigningKey) { k.Alg = models.RS256 })},
		"another kid":            {with(ecTestKey(), func(k *models.SigningKey) { k.ID = "other" })},
		"no kid":                 {with(ecTestKey(), func(k *models.SigningKey) { k.ID = "" })},
		"the same twice":         {ecTestKey(), ecTestKey()},
		"a good one before that": {rsaTestKey(), public(ecTestKey())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := newKeySet(withKeys(keys...), time.Now)
			_, err := set.load(t.Context())
			if err == nil {
				t.Fatal("the keys were taken")
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

func TestSigningWhileKeysChange(t *testing.T) {
	t.Parallel()
	sets := [][]models.SigningKey{{ecTestKey()}, {mustGenerate(models.ES256), ecTestKey()}}
	var (
		mu sync.Mutex
		n  int
	)
	c := &keyConfig{keys: func() ([]models.SigningKey, error) {
		mu.Lock()
		defer mu.Unlock()
		n++
		return sets[n/3%2], nil
	}}
	keys := newKeySet(c, time.Now)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if _, err := keys.sign(context.Background(), models.ES256, typJWT, []byte(`{}`)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestSigningAlgsCoverTheModels(t *testing.T) {
	t.Parallel()
	got := slices.Sorted(slices.Values(signingAlgs))
	if diff := cmp.Diff([]string{models.ES256, models.PS256, models.RS256}, got); diff != "" {
		t.Error(diff)
	}
}
