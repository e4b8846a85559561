package oauth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ory/fosite"

	"example.com/keepsake/models"
)

// maxAssertionLifetime is how far ahead a client assertion may expire: its jti is remembered that long.
const maxAssertionLifetime = time.Hour

// noSecret is what a presented secret is compared with when there is no client: so that time does not tell which client ids exist.
var noSecret = models.HashSecret(models.NewSecret())

// authenticateClient is fosite's client authentication strategy: none, client_secret_basic, client_secret_post and private_key_jwt
// (RFC 6749 2.3, RFC 7523). A client with a secret may send it either way, as at Auth0; but one way at a time.
func (s *Server) authenticateClient(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	id, secret, basic, err := basicCredentials(r)
	if err != nil {
		return nil, err
	}
	asserts := form.Has("client_assertion") || form.Has("client_assertion_type")
	switch {
	case basic && (form.Get("client_secret") != "" || asserts), asserts && form.Get("client_secret") != "":
		return nil, invalidRequest("More than one method of client authentication was used.")
	case basic && form.Get("client_id") != "" && form.Get("client_id") != id:
		return nil, invalidRequest("The client_id in the body is not the one in the Authorization header.")
	case asserts:
		return s.authenticateAssertion(ctx, r, form)
	case !basic:
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if id == "" {
		return nil, errClient
	}
	c, err := s.config.Client(ctx, id)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("read client: %w", err)
	}
	expected := noSecret
	if c != nil && c.SecretHash != nil {
		expected = c.SecretHash
	}
	match := s.secretMatches(expected, secret)
	switch {
	case c == nil:
		return nil, errClient
	case c.TokenEndpointAuthMethod == models.AuthMethodPrivateKeyJWT:
		return nil, errClient
	case c.Public() && secret == "":
		return client{Client: c}, nil
	case c.Public() || c.SecretHash == nil || !match:
		return nil, errClient
	}
	return client{Client: c}, nil
}

// secretMatches compares a presented secret with a stored hash, in constant time.
func secretMatches(hash []byte, secret string) bool {
	return subtle.ConstantTimeCompare(hash, models.HashSecret(secret)) == 1
}

// basicCredentials reads the Authorization header. Id and secret are form-encoded in it (RFC 6749 2.3.1).
func basicCredentials(r *http.Request) (id, secret string, ok bool, err error) {
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", "", false, invalidRequest("More than one Authorization header was sent.")
	}
	rawID, rawSecret, ok := r.BasicAuth()
	if !ok {
		return "", "", false, nil
	}
	if id, err = url.QueryUnescape(rawID); err != nil {
		return "", "", false, errClient
	}
	if secret, err = url.QueryUnescape(rawSecret); err != nil {
		return "", "", false, errClient
	}
	return id, secret, true, nil
}

// authenticateAssertion leaves private_key_jwt to fosite. What it says of itself is read first, without trust: the subject, so that
// the jti is remembered per client, and the algorithm, which fosite wants to know beforehand.
func (s *Server) authenticateAssertion(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	ctx = context.WithValue(ctx, assertionKey{}, peek(form.Get("client_assertion")))
	c, err := s.provider.DefaultClientAuthenticationStrategy(ctx, r, form)
	if err != nil {
		// Whatever is wrong with the assertion is the client's failure; fosite returns some of it as plain errors. Only our own storage's is not.
		if errors.Is(err, fosite.ErrInvalidRequest) || errors.Is(err, errStorage) {
			return nil, err
		}
		return nil, &Error{Code: errClient.Code, Description: errClient.Description, Status: errClient.Status, cause: err}
	}
	return c, nil
}

type assertionKey struct{}

// assertion is what a client assertion says of itself before anybody has checked it.
type assertion struct {
	Subject string
	Alg     string // one of assertionAlgs, or empty
}

func peek(jwt string) assertion {
	var header struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 || !decodePart(parts[0], &header) || !decodePart(parts[1], &claims) {
		return assertion{}
	}
	if !slices.Contains(assertionAlgs, header.Alg) {
		header.Alg = ""
	}
	return assertion{Subject: claims.Subject, Alg: header.Alg}
}

func decodePart(part string, into any) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

// ClientAssertionJWTValid has nothing to say: SetClientAssertionJWT checks and remembers in one step, so that two requests can't both
// find the same jti unused.
func (s *storage) ClientAssertionJWTValid(context.Context, string) error { return nil }

// SetClientAssertionJWT uses up an assertion's jti (RFC 7523 3). fosite calls it once the signature is verified.
func (s *storage) SetClientAssertionJWT(ctx context.Context, jti string, exp time.Time) error {
	if exp.Sub(s.now()) > maxAssertionLifetime {
		return fosite.ErrInvalidClient
	}
	a, _ := ctx.Value(assertionKey{}).(assertion)
	err := s.grants.UseAssertion(ctx, a.Subject, jti, exp)
	if errors.Is(err, models.ErrUsed) {
		return fosite.ErrJTIKnown
	}
	if err != nil {
		return fmt.Errorf("%w: remember client assertion: %w", errStorage, err)
	}
	return nil
}
