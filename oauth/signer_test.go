package oauth

import (
	"bytes"
	"crypto/rsa"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"example.com/keepsake/models"
)

func TestSignInteroperatesWithGoJose(t *testing.T) {
	t.Parallel()
	keys := newKeySet(withKeys(rsaTestKey(), ecTestKey()), func() time.Time { return keyTime })
	claims := []byte(`{"sub":"auth0|1","html":"<&>","ü":"\u2028"}`)
	kid := map[string]string{models.RS256: rsaTestKey().ID, models.PS256: rsaTestKey().ID + ".PS256", models.ES256: ecTestKey().ID}
	for _, alg := range signingAlgs {
		for _, typ := range []string{"JWT", "at+jwt"} {
			token, err := keys.sign(t.Context(), alg, typ, claims)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{"alg":%q,"typ":%q,"kid":%q}`, alg, typ, kid[alg])
			if got := string(decodeSegment(t, token, 0)); got != want {
				t.Errorf("header %s, want %s", got, want)
			}
			jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
			if err != nil {
				t.Fatalf("%s: parse: %v", alg, err)
			}
			set := publishedKeys(t, keys)
			published := set.Key(kid[alg])
			if len(published) != 1 || published[0].Algorithm != alg {
				t.Fatalf("%s: %d keys published under its kid", alg, len(published))
			}
			payload, err := jws.Verify(published[0])
			if err != nil {
				t.Fatalf("%s: verify: %v", alg, err)
			}
			if !bytes.Equal(payload, claims) {
				t.Errorf("%s: payload %s", alg, payload)
			}
		}
	}
}

func TestSignInteroperatesWithGoOIDC(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(ecTestKey(), rsaTestKey()))
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", s.serveDiscovery)
	mux.HandleFunc("/.well-known/jwks.json", s.serveJWKS)
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	s.issuer = web.URL + "/"

	provider, err := oidc.NewProvider(oidc.ClientContext(t.Context(), web.Client()), s.issuer)
	if err != nil {
		t.Fatal(err)
	}
	verifier := provider.VerifierContext(t.Context(), &oidc.Config{ClientID: "app", Now: s.now})
	for _, alg := range signingAlgs {
		token := mustSign(t, s.keys, alg, typJWT, map[string]any{
			"iss": s.issuer, "sub": "auth0|1", "aud": "app", "exp": keyTime.Add(time.Hour).Unix(), "iat": keyTime.Unix(),
		})
		if _, err := verifier.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if _, err := verifier.Verify(t.Context(), token[:len(token)-8]+"AAAAAAAA"); err == nil {
			t.Errorf("%s: a token with another signature was verified", alg)
		}
	}
}

func TestES256SignaturesHaveOneLength(t *testing.T) {
	t.Parallel()
	keys := newKeySet(withKeys(ecTestKey()), func() time.Time { return keyTime })
	// One signature in 128 has a half with a leading zero.
	for i := range 600 {
		token := mustSign(t, keys, models.ES256, typJWT, map[string]int{"i": i})
		if n := len(decodeSegment(t, token, 2)); n != 64 {
			t.Fatalf("signature of %d bytes", n)
		}
	}
}

func TestJoseSignature(t *testing.T) {
	t.Parallel()
	der := func(r, s *big.Int, trailing ...byte) []byte {
		var b cryptobyte.Builder
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1BigInt(r)
			b.AddASN1BigInt(s)
		})
		return append(b.BytesOrPanic(), trailing...)
	}
	large := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	half := func(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }
	for _, row := range []struct {
		name string
		der  []byte
		want []byte // nil: an error
	}{
		{"halves with leading zeros are padded", der(big.NewInt(1), big.NewInt(0x1234)), append(half(big.NewInt(1)), half(big.NewInt(0x1234))...)},
		{"full halves", der(large, large), bytes.Repeat([]byte{0xff}, 64)},
		{"a half that is too long", der(new(big.Int).Lsh(large, 8), big.NewInt(1)), nil},
		{"a negative half", der(big.NewInt(-1), big.NewInt(1)), nil},
		{"something behind", der(big.NewInt(1), big.NewInt(1), 0), nil},
		{"nothing", nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := joseSignature(row.der)
			if (err != nil) != (row.want == nil) || !bytes.Equal(got, row.want) {
				t.Errorf("got %x, %v, want %x", got, err, row.want)
			}
		})
	}
}

func TestSignRefusesUnknownAlgAndTyp(t *testing.T) {
	t.Parallel()
	keys := newKeySet(withKeys(rsaTestKey(), ecTestKey()), time.Now)
	for _, row := range [][2]string{{"HS256", typJWT}, {"none", typJWT}, {"", typJWT}, {models.RS256, "logout+jwt"}, {models.RS256, ""}} {
		if token, err := keys.sign(t.Context(), row[0], row[1], []byte(`{}`)); err == nil {
			t.Errorf("%q: signed %s", row, token)
		}
	}
}

// benchmarkClaims is about what an access token has in it.
var benchmarkClaims = []byte(`{"iss":"https://id.example.com/","sub":"auth0|507f1f77bcf86cd799439020","aud":["https://api.example.com",` +
	`"https://id.example.com/userinfo"],"azp":"aI61p8I8aFjmYRliLWgvM9ev97kCCNDB","iat":1773480413,"exp":1773566813,` +
	`"scope":"openid profile email offline_access read:notes","jti":"0CqYxg4Bgf7kd3fY2cdJx9"}`)

func BenchmarkSign(b *testing.B) {
	keys := newKeySet(withKeys(rsaTestKey(), ecTestKey()), time.Now)
	for _, alg := range signingAlgs {
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := keys.sign(b.Context(), alg, typAccessToken, benchmarkClaims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSignGoJose is the same by the library, with a signer that is made once, for comparison.
func BenchmarkSignGoJose(b *testing.B) {
	for _, alg := range signingAlgs {
		k := rsaTestKey()
		if alg == models.ES256 {
			k = ecTestKey()
		}
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(k.JWK); err != nil {
			b.Fatal(err)
		}
		if key, ok := jwk.Key.(*rsa.PrivateKey); ok {
			key.Precompute()
		}
		options := (&jose.SignerOptions{}).WithType(typAccessToken)
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: jwk}, options)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				jws, err := signer.Sign(benchmarkClaims)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := jws.CompactSerialize(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
