package sessiontoken

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// DefaultLifetime is how long a token is good for when the Action does not say.
const DefaultLifetime = 15 * time.Minute

// What Validate finds wrong. The texts are shown to whoever reads the login's error.
var (
	ErrSignature = errors.New("Failed signature validation")
	ErrClaims    = errors.New("Missing or invalid standard claims")
	ErrExpired   = errors.New("The token has expired")
	ErrState     = errors.New("State in the token does not match the /continue state.")
	// ErrSecret says that there is no secret to sign or check with.
	ErrSecret = errors.New("The secret must be a non-empty string.")
)

// Standard is what every token says of its transaction.
type Standard struct {
	Issuer   string // the request's host name
	Subject  string // the user's id
	IP       string
	IssuedAt time.Time
	// Lifetime may be negative: the token has expired then.
	Lifetime time.Duration
}

// Encode signs the standard claims and payload, whose members win where both have one (as at Auth0).
func Encode(secret string, s Standard, payload map[string]any) (string, error) {
	claims := map[string]any{
		"iat": s.IssuedAt.Unix(), "exp": s.IssuedAt.Add(s.Lifetime).Unix(), "iss": s.Issuer, "sub": s.Subject, "ip": s.IP,
	}
	maps.Copy(claims, payload)
	text, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	key, err := keyOf(secret)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("make signer: %w", err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed.CompactSerialize()
}

// Expected is what a token must say to be accepted.
type Expected struct {
	Issuer  string
	Subject string
	// State is the state parameter with which the browser came back.
	State string
	Now   time.Time
}

// Validate returns the claims of a token that is signed with the secret and belongs to this very transaction. The error is one of
// this package's.
func Validate(secret, token string, want Expected) (map[string]any, error) {
	key, err := keyOf(secret)
	if err != nil {
		return nil, err
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return nil, ErrSignature
	}
	payload, err := parsed.Verify(key)
	if err != nil {
		return nil, ErrSignature
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil, ErrClaims
	}
	return claims, want.check(claims)
}

func (want Expected) check(claims map[string]any) error {
	state, hasState := claims["state"].(string)
	expires, hasExpiry := claims["exp"].(float64)
	issued, hasIssued := claims["iat"].(float64)
	switch {
	case claims["iss"] != want.Issuer || claims["sub"] != want.Subject || !hasState || !hasExpiry || !hasIssued || math.IsInf(issued, 0):
		return ErrClaims
	case float64(want.Now.Unix()) >= expires:
		return ErrExpired
	case want.State == "" || subtle.ConstantTimeCompare([]byte(state), []byte(want.State)) != 1:
		return ErrState
	}
	return nil
}

// keyOf makes a key of a secret that may be shorter than RFC 7518 3.2 wants and go-jose takes: Auth0 accepts such ones, so published
// Actions have them. HMAC itself fills a key up with zeros (RFC 2104 2), so the result is that of the secret as it is.
func keyOf(secret string) ([]byte, error) {
	if secret == "" {
		return nil, ErrSecret
	}
	key := []byte(secret)
	if len(key) < sha256.Size {
		key = append(key, make([]byte, sha256.Size-len(key))...)
	}
	return key, nil
}
