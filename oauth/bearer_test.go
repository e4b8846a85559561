package oauth

import (
	"crypto"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

const keyAudience = "https://api.example.com"

// accessClaims returns the claims of a good access token, with changes; a nil value takes a claim away.
func accessClaims(changes map[string]any) map[string]any {
	claims := map[string]any{
		"iss": keyIssuer, "sub": "auth0|1", "aud": []string{keyAudience, keyIssuer + "userinfo"}, "azp": "app", "jti": "0CqYxg4B",
		"iat": keyTime.Unix(), "exp": keyTime.Add(time.Hour).Unix(), "scope": "openid profile", "gty": "password",
	}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}

func TestVerifyAccessToken(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(rsaTestKey(), ecTestKey()))
	custom := map[string]any{"keepsake_userinfo": map[string]any{"https://example.com/tier": "gold"}}
	want := &models.AccessTokenClaims{
		ID: "0CqYxg4B", Subject: "auth0|1", ClientID: "app", Audiences: []string{keyAudience, keyIssuer + "userinfo"},
		Scopes: []string{"openid", "profile"}, IssuedAt: keyTime, ExpiresAt: keyTime.Add(time.Hour), IDTokenClaims: map[string]any{"https://example.com/tier": "gold"},
	}
	for _, alg := range signingAlgs {
		for _, typ := range []string{typJWT, typAccessToken} {
			got, err := s.VerifyAccessToken(t.Context(), mustSign(t, s.keys, alg, typ, accessClaims(custom)), keyAudience)
			if err != nil {
				t.Errorf("%s, typ %s: %v", alg, typ, err)
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, typ %s: %s", alg, typ, diff)
			}
		}
	}
}

func TestVerifyAccessTokenClaims(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(rsaTestKey(), ecTestKey()))
	at := func(d time.Duration) int64 { return keyTime.Add(d).Unix() }
	for _, row := range []struct {
		name    string
		changes map[string]any
		ok      bool
	}{
		{"one audience as a string", map[string]any{"aud": keyAudience}, true},
		{"no scopes", map[string]any{"scope": ""}, true},
		{"a clock that is a little ahead", map[string]any{"iat": at(30 * time.Second), "nbf": at(30 * time.Second)}, true},
		{"expires in a second", map[string]any{"exp": at(time.Second)}, true},
		{"a hook's claim that looks like ours", map[string]any{"keepsake_userinfo": "text"}, true},
		{"hooks' claims in another case", map[string]any{"Scope": 1, "AUD": 1, "Nonce": 1, "SID": "x"}, true},

		{"expires now", map[string]any{"exp": at(0)}, false},
		{"expired", map[string]any{"exp": at(-time.Minute)}, false},
		{"no expiry", map[string]any{"exp": nil}, false},
		{"no time of issue", map[string]any{"iat": nil}, false},
		{"issued in the future", map[string]any{"iat": at(2 * time.Minute)}, false},
		{"not valid yet", map[string]any{"nbf": at(2 * time.Minute)}, false},
		{"another issuer", map[string]any{"iss": "https://evil.example.com/"}, false},
		{"the issuer without its slash", map[string]any{"iss": strings.TrimSuffix(keyIssuer, "/")}, false},
		{"no issuer", map[string]any{"iss": nil}, false},
		{"another audience", map[string]any{"aud": "https://other.example.com"}, false},
		{"an audience that begins alike", map[string]any{"aud": keyAudience + "/v2"}, false},
		{"no audience", map[string]any{"aud": nil}, false},
		{"no subject", map[string]any{"sub": nil}, false},
		{"no client", map[string]any{"azp": nil}, false},
		{"no id", map[string]any{"jti": nil}, false},
		{"an ID token's nonce", map[string]any{"nonce": "n"}, false},
		{"an ID token's at_hash", map[string]any{"at_hash": "h"}, false},
		{"an ID token's c_hash", map[string]any{"c_hash": "h"}, false},
		{"an ID token's sid", map[string]any{"sid": "sess_1"}, false},
		{"a claim of the wrong type", map[string]any{"scope": []string{"openid"}}, false},
		{"an expiry that is text", map[string]any{"exp": "tomorrow"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			token := mustSign(t, s.keys, models.ES256, typJWT, accessClaims(row.changes))
			got, err := s.VerifyAccessToken(t.Context(), token, keyAudience)
			if row.ok && err != nil {
				t.Fatal(err)
			}
			if !row.ok && (got != nil || !errors.Is(err, errToken)) {
				t.Errorf("got %+v, %v, want errToken", got, err)
			}
		})
	}
	t.Run("no audience is asked for", func(t *testing.T) {
		t.Parallel()
		token := mustSign(t, s.keys, models.ES256, typJWT, accessClaims(map[string]any{"aud": ""}))
		if _, err := s.VerifyAccessToken(t.Context(), token, ""); !errors.Is(err, errToken) {
			t.Errorf("got %v", err)
		}
	})
}

// An ID token of a client whose id is an audience is still no access token.
func TestIDTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(rsaTestKey()))
	token := mustSign(t, s.keys, models.RS256, typJWT, map[string]any{
		"iss": keyIssuer, "sub": "auth0|1", "aud": keyAudience, "iat": keyTime.Unix(), "exp": keyTime.Add(time.Hour).Unix(),
		"name": "Ada", "scope": "openid", "azp": "app",
	})
	if got, err := s.VerifyAccessToken(t.Context(), token, keyAudience); !errors.Is(err, errToken) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(rsaTestKey(), ecTestKey()))
	stranger := newKeySet(withKeys(mustGenerate(models.RS256), mustGenerate(models.ES256)), s.now)
	claims := accessClaims(nil)
	good := mustSign(t, s.keys, models.ES256, typJWT, claims)
	payload := strings.Split(good, ".")[1]
	segment := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

	published := publishedKeys(t, s.keys)
	// jose signs the payload with any header, by a key of the attacker's choice.
	forge := func(alg jose.SignatureAlgorithm, key any, extra map[jose.HeaderKey]any) string {
		t.Helper()
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, &jose.SignerOptions{ExtraHeaders: extra})
		if err != nil {
			t.Fatal(err)
		}
		jws, err := signer.Sign(decodeSegment(t, good, 1))
		if err != nil {
			t.Fatal(err)
		}
		token, err := jws.CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	private := func(k models.SigningKey) crypto.PrivateKey {
		var jwk jose.JSONWebKey
		if err := jwk.UnmarshalJSON(k.JWK); err != nil {
			t.Fatal(err)
		}
		return jwk.Key
	}
	ec, pair := ecTestKey().ID, rsaTestKey()
	modulus, err := published.Key(pair.ID)[0].MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	header := map[jose.HeaderKey]any{"typ": typJWT, "kid": ec}
	tampered := segment(strings.Replace(string(decodeSegment(t, good, 1)), "openid profile", "openid update:all", 1))
	parts := strings.Split(good, ".")

	for name, token := range map[string]string{
		"empty":                             "",
		"garbage":                           "a.b.c",
		"two parts":                         parts[0] + "." + parts[1],
		"four parts":                        good + "." + parts[2],
		"alg none":                          segment(`{"alg":"none","typ":"JWT","kid":"`+ec+`"}`) + "." + payload + ".",
		"alg none with our signature":       segment(`{"alg":"none","typ":"JWT","kid":"`+ec+`"}`) + "." + payload + "." + parts[2],
		"HMAC under the public key":         forge(jose.HS256, modulus, map[jose.HeaderKey]any{"typ": typJWT, "kid": pair.ID}),
		"another key under our kid":         forge(jose.ES256, private(mustGenerate(models.ES256)), header),
		"another server's token":            mustSign(t, stranger, models.RS256, typJWT, claims),
		"RS256 under the kid for PS256":     forge(jose.RS256, private(pair), map[jose.HeaderKey]any{"typ": typJWT, "kid": pair.ID + pssSuffix}),
		"PS256 under the kid for RS256":     forge(jose.PS256, private(pair), map[jose.HeaderKey]any{"typ": typJWT, "kid": pair.ID}),
		"RS512 by our key":                  forge(jose.RS512, private(pair), map[jose.HeaderKey]any{"typ": typJWT, "kid": pair.ID}),
		"no kid":                            forge(jose.ES256, private(ecTestKey()), map[jose.HeaderKey]any{"typ": typJWT}),
		"no typ":                            forge(jose.ES256, private(ecTestKey()), map[jose.HeaderKey]any{"kid": ec}),
		"another typ":                       forge(jose.ES256, private(ecTestKey()), map[jose.HeaderKey]any{"typ": "logout+jwt", "kid": ec}),
		"a critical extension":              forge(jose.ES256, private(ecTestKey()), map[jose.HeaderKey]any{"typ": typJWT, "kid": ec, "crit": []string{"x"}, "x": 1}),
		"another payload":                   parts[0] + "." + tampered + "." + parts[2],
		"another header":                    segment(`{"alg":"ES256","typ":"at+jwt","kid":"`+ec+`"}`) + "." + payload + "." + parts[2],
		"no signature":                      parts[0] + "." + payload + ".",
		"a signature of zeros":              parts[0] + "." + payload + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
		"a signature with a byte more":      parts[0] + "." + payload + "." + base64.RawURLEncoding.EncodeToString(append(decodeSegment(t, good, 2), 0)),
		"JSON serialization":                `{"payload":"` + payload + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"longer than any of ours":           mustSign(t, s.keys, models.ES256, typJWT, accessClaims(map[string]any{"x": strings.Repeat("x", maxToken)})),
		"claims that are there twice":       signRaw(t, s.keys, strings.Replace(string(decodeSegment(t, good, 1)), `{`, `{"aud":"`+keyAudience+`",`, 1)),
		"claims that are no object":         signRaw(t, s.keys, `["`+keyAudience+`"]`),
		"claims that are no JSON":           signRaw(t, s.keys, `{`),
		"a token of ours in other encoding": parts[0] + "." + payload + "." + base64.StdEncoding.EncodeToString(decodeSegment(t, good, 2)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := s.VerifyAccessToken(t.Context(), token, keyAudience); !errors.Is(err, errToken) || got != nil {
				t.Errorf("got %+v, %v, want errToken", got, err)
			}
		})
	}
}

func signRaw(t *testing.T, s *keySet, payload string) string {
	t.Helper()
	token, err := s.sign(t.Context(), models.ES256, typJWT, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerifyTellsOurFailuresFromBadTokens(t *testing.T) {
	t.Parallel()
	s := keyServer(withKeys(ecTestKey()))
	token := mustSign(t, s.keys, models.ES256, typJWT, accessClaims(nil))
	down := errors.New("no database")
	s.keys.config.(*keyConfig).keys = func() ([]models.SigningKey, error) { return nil, down }
	if _, err := s.VerifyAccessToken(t.Context(), token, keyAudience); !errors.Is(err, down) || errors.Is(err, errToken) {
		t.Errorf("got %v, want only the configuration's error", err)
	}
}

func TestBearerToken(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		target  string
		headers []string
		want    string
		err     error
	}{
		{"a token", "/userinfo", []string{"Bearer abc.DEF-_~+/=="}, "abc.DEF-_~+/==", nil},
		{"the scheme in another case", "/userinfo", []string{"bEARER abc"}, "abc", nil},
		{"two spaces", "/userinfo", []string{"Bearer  abc"}, "abc", nil},
		{"another parameter in the query", "/userinfo?x=1", []string{"Bearer abc"}, "abc", nil},
		{"no header", "/userinfo", nil, "", errNoToken},
		{"an empty header", "/userinfo", []string{""}, "", errNoToken},
		{"another scheme", "/userinfo", []string{"Basic YTpi"}, "", errNoToken},
		{"a scheme that begins alike", "/userinfo", []string{"Bearers abc"}, "", errNoToken},
		{"two headers", "/userinfo", []string{"Bearer abc", "Bearer abc"}, "", errTokenTwice},
		{"two schemes", "/userinfo", []string{"Bearer abc", "Basic YTpi"}, "", errTokenTwice},
		{"no token", "/userinfo", []string{"Bearer "}, "", errTokenHeader},
		{"only the scheme", "/userinfo", []string{"Bearer"}, "", errTokenHeader},
		{"only padding", "/userinfo", []string{"Bearer =="}, "", errTokenHeader},
		{"two tokens", "/userinfo", []string{"Bearer abc, Bearer def"}, "", errTokenHeader},
		{"not ASCII", "/userinfo", []string{"Bearer äbc"}, "", errTokenHeader},
		{"in the query", "/userinfo?access_token=abc", nil, "", errTokenPlace},
		{"in the query too", "/userinfo?access_token=abc", []string{"Bearer abc"}, "", errTokenPlace},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, row.target, nil)
			r.Header["Authorization"] = row.headers
			got, err := bearerToken(r)
			if got != row.want || err != row.err {
				t.Errorf("got %q, %v, want %q, %v", got, err, row.want, row.err)
			}
		})
	}
}

func BenchmarkVerifyAccessToken(b *testing.B) {
	s := keyServer(withKeys(rsaTestKey(), ecTestKey()))
	for _, alg := range signingAlgs {
		token := mustSign(b, s.keys, alg, typAccessToken, accessClaims(nil))
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.VerifyAccessToken(b.Context(), token, keyAudience); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
