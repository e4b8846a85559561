package sessiontoken_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks/sessiontoken"
)

var now = time.Unix(1_800_000_000, 0)

func standard() sessiontoken.Standard {
	return sessiontoken.Standard{Issuer: "id.example", Subject: "auth0|1", IP: "192.0.2.1", IssuedAt: now, Lifetime: time.Minute}
}

func expected() sessiontoken.Expected {
	return sessiontoken.Expected{Issuer: "id.example", Subject: "auth0|1", State: "s1", Now: now}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const secret = "short"
	good := map[string]any{"state": "s1", "answer": "yes"}
	for _, row := range []struct {
		name    string
		payload map[string]any
		secret  string
		change  func(token string) string
		expect  func(*sessiontoken.Expected)
		want    error
	}{
		{name: "a good token", payload: good},
		{name: "another secret", payload: good, secret: "other", want: sessiontoken.ErrSignature},
		{name: "no secret", payload: good, secret: " ", want: sessiontoken.ErrSignature},
		{name: "a changed token", payload: good, change: func(s string) string { return s[:len(s)-2] }, want: sessiontoken.ErrSignature},
		{name: "an unsigned token", payload: good, change: unsigned, want: sessiontoken.ErrSignature},
		{name: "no token", payload: good, change: func(string) string { return "x" }, want: sessiontoken.ErrSignature},
		{name: "the state of another login", payload: map[string]any{"state": "s2"}, want: sessiontoken.ErrState},
		{name: "no state", want: sessiontoken.ErrClaims},
		{name: "another user", payload: map[string]any{"state": "s1", "sub": "auth0|2"}, want: sessiontoken.ErrClaims},
		{name: "another issuer", payload: map[string]any{"state": "s1", "iss": "evil.example"}, want: sessiontoken.ErrClaims},
		{name: "an expiry that is no number", payload: map[string]any{"state": "s1", "exp": "soon"}, want: sessiontoken.ErrClaims},
		{name: "expired", payload: good, expect: func(e *sessiontoken.Expected) { e.Now = now.Add(time.Minute) }, want: sessiontoken.ErrExpired},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			token, err := sessiontoken.Encode(secret, standard(), row.payload)
			if err != nil {
				t.Fatal(err)
			}
			if row.change != nil {
				token = row.change(token)
			}
			if row.secret == "" {
				row.secret = secret
			}
			e := expected()
			if row.expect != nil {
				row.expect(&e)
			}
			claims, err := sessiontoken.Validate(row.secret, token, e)
			if !errors.Is(err, row.want) || (row.want == nil && claims["answer"] != "yes") {
				t.Errorf("got %v, %v; want %v", claims, err, row.want)
			}
		})
	}
}

func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
}

// TestShortSecret shows that a token under a short secret is what any other library makes of it.
func TestShortSecret(t *testing.T) {
	t.Parallel()
	token, err := sessiontoken.Encode("short", standard(), nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, signature, _ := cut(token)
	mac := hmac.New(sha256.New, []byte("short"))
	mac.Write([]byte(signed))
	if diff := cmp.Diff(base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), signature); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
	if _, err := sessiontoken.Encode("", standard(), nil); !errors.Is(err, sessiontoken.ErrSecret) {
		t.Errorf("an empty secret: %v", err)
	}
}

func cut(token string) (signed, signature string, ok bool) {
	i := strings.LastIndexByte(token, '.')
	return token[:i], token[i+1:], i > 0
}
