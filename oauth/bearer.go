package oauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejson "github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// maxToken is the longest JWT that is looked at, in bytes. None of ours is longer: hooks.MaxClaims is their largest part, and
// base64 makes it a third longer.
const maxToken = 2 * hooks.MaxClaims

// clockSkew is how far ahead of ours the clock of the replica that issued a token may be.
const clockSkew = time.Minute

// errToken says that a token is no good. Why is for the log; whoever presented it learns only this much.
var errToken = models.ErrInvalidToken

// allowedAlgs are the algorithms that the parser lets through. The kid says which of them it has to be.
var allowedAlgs = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256}

// verify checks that a compact JWS was signed by one of our keys, with the algorithm that the key is for, and returns the typ of
// its header and its payload. errToken when it was not; any other error is the server's.
func (s *keySet) verify(ctx context.Context, token string) (typ string, payload []byte, err error) {
	if len(token) > maxToken {
		return "", nil, fmt.Errorf("%w: %d bytes", errToken, len(token))
	}
	jws, err := jose.ParseSignedCompact(token, allowedAlgs)
	if err != nil {
		return "", nil, fmt.Errorf("%w: not a JWS", errToken)
	}
	header := jws.Signatures[0].Protected
	key, alg, err := s.public(ctx, header.KeyID)
	if errors.Is(err, models.ErrNotFound) {
		return "", nil, fmt.Errorf("%w: unknown key", errToken)
	}
	if err != nil {
		return "", nil, err
	}
	if header.Algorithm != alg {
		return "", nil, fmt.Errorf("%w: the key is for %s", errToken, alg)
	}
	if payload, err = jws.Verify(key); err != nil {
		return "", nil, fmt.Errorf("%w: wrong signature", errToken)
	}
	typ, _ = header.ExtraHeaders[jose.HeaderType].(string)
	return typ, payload, nil
}

// accessTokenPayload is the claims of an access token. The last four are those of an ID token: no access token has them, and hooks
// can't set them.
type accessTokenPayload struct {
	jwt.Claims
	ClientID string `json:"azp"`
	Scope    string `json:"scope"`
	// Userinfo has the type that the server gave it, or any other that a hook set.
	Userinfo        any     `json:"keepsake_userinfo"`
	Nonce           *string `json:"nonce"`
	AccessTokenHash *string `json:"at_hash"`
	CodeHash        *string `json:"c_hash"`
	SessionID       *string `json:"sid"`
}

// VerifyAccessToken checks an access token of ours (RFC 9068 4): signature, kind, issuer, times, and that audience is one of its audiences.
// It returns what the token says. An ID token is refused, whoever it is for.
func (s *Server) VerifyAccessToken(ctx context.Context, token, audience string) (*models.AccessTokenClaims, error) {
	typ, payload, err := s.keys.verify(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("verify access token: %w", err)
	}
	// Names of claims are case-sensitive, which encoding/json's are not: a hook's claim "Scope" must not be taken for ours.
	var p accessTokenPayload
	if err := josejson.Unmarshal(payload, &p); err != nil {
		return nil, fmt.Errorf("verify access token: %w: claims: %w", errToken, err)
	}
	if reason := p.problem(typ, s.issuer, audience, s.now()); reason != "" {
		return nil, fmt.Errorf("verify access token: %w: %s", errToken, reason)
	}
	userinfo, _ := p.Userinfo.(map[string]any)
	return &models.AccessTokenClaims{
		ID: p.ID, Subject: p.Subject, ClientID: p.ClientID, Audiences: p.Audience,
		Scopes: strings.Fields(p.Scope), IssuedAt: p.IssuedAt.Time(), ExpiresAt: p.Expiry.Time(), IDTokenClaims: userinfo,
	}, nil
}

// problem returns what is wrong with the claims, or "".
func (p *accessTokenPayload) problem(typ, issuer, audience string, now time.Time) string {
	switch {
	case typ != typJWT && typ != typAccessToken:
		return "not an access token by its typ"
	case p.ID == "" || p.Subject == "" || p.ClientID == "" || p.Nonce != nil || p.AccessTokenHash != nil || p.CodeHash != nil || p.SessionID != nil:
		return "not an access token by its claims"
	case p.Issuer != issuer:
		return "another issuer"
	case audience == "" || !slices.Contains(p.Audience, audience):
		return "another audience"
	case p.Expiry == nil || !now.Before(p.Expiry.Time()):
		return "expired"
	case p.IssuedAt == nil || p.IssuedAt.Time().After(now.Add(clockSkew)):
		return "issued in the future"
	case p.NotBefore != nil && p.NotBefore.Time().After(now.Add(clockSkew)):
		return "not valid yet"
	}
	return ""
}

// bearerError is why a request to a protected resource is refused (RFC 6750 3.1).
type bearerError struct {
	status      int
	code        string
	description string
	scope       string // the scope that is needed, for insufficient_scope
}

func (e *bearerError) Error() string { return e.code + ": " + e.description }

// Error codes of RFC 6750 3.1.
const (
	codeInvalidToken      = "invalid_token"
	codeInsufficientScope = "insufficient_scope"
)

var (
	// errNoToken is for a request that shows no sign of a token. Its challenge names no error (RFC 6750 3.1).
	errNoToken      = &bearerError{http.StatusUnauthorized, "", "This endpoint needs an access token.", ""}
	errInvalidToken = &bearerError{http.StatusUnauthorized, codeInvalidToken, "The access token is invalid or has expired.", ""}
	errTokenTwice   = &bearerError{http.StatusBadRequest, codeInvalidRequest, "The access token must be sent once.", ""}
	errTokenPlace   = &bearerError{http.StatusBadRequest, codeInvalidRequest, "The access token must be sent in the Authorization header.", ""}
	errTokenHeader  = &bearerError{http.StatusBadRequest, codeInvalidRequest, "The Authorization header is not a Bearer token.", ""}
)

// bearerToken returns the token of the one Authorization header (RFC 6750 2.1). A token in the query string is refused: it would
// be in every log on the way (RFC 9700 4.3.2). The body is not read. Errors are *bearerError.
func bearerToken(r *http.Request) (string, error) {
	if r.URL.Query().Has("access_token") {
		return "", errTokenPlace
	}
	headers := r.Header.Values("Authorization")
	switch {
	case len(headers) == 0:
		return "", errNoToken
	case len(headers) > 1:
		return "", errTokenTwice
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errNoToken
	}
	token = strings.Trim(token, " ")
	if !isToken68(token) {
		return "", errTokenHeader
	}
	return token, nil
}

// isToken68 reports whether a text has the form b64token of RFC 6750 2.1.
func isToken68(text string) bool {
	text = strings.TrimRight(text, "=")
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune("-._~+/", rune(c)) {
			return false
		}
	}
	return text != ""
}

// writeBearerError renders the errors of endpoints that take an access token (RFC 6750 3). What is no *bearerError is internal.
func (s *Server) writeBearerError(w http.ResponseWriter, r *http.Request, err error) {
	var e *bearerError
	if !errors.As(err, &e) {
		s.writeError(w, r, err)
		return
	}
	challenge := `Bearer realm="` + s.issuer + `"`
	if e.code != "" {
		challenge += `, error="` + e.code + `", error_description="` + e.description + `"`
	}
	if e.scope != "" {
		challenge += `, scope="` + e.scope + `"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	body := errorBody{Error: e.code, Description: e.description}
	if body.Error == "" {
		body.Error = codeInvalidToken
	}
	writeJSON(w, e.status, body)
}
