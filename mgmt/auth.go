package mgmt

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"example.com/keepsake/models"
)

// authenticate checks the bearer token (RFC 6750 2.1; a token in the query or the body is not looked at). Its errors
// are the 401s of contract 4.1; why a token is no good goes to the server's log and not to the client.
func (a *API) authenticate(r *http.Request) (*models.AccessTokenClaims, error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return nil, a.unauthorized("Missing authentication", "", "", nil)
	}
	token, ok := bearer(headers)
	if !ok {
		return nil, a.unauthorized("Bad HTTP authentication header format", "Bearer", "invalid_request", nil)
	}
	claims, err := a.verifier.VerifyAccessToken(r.Context(), token, a.audience)
	switch {
	case errors.Is(err, models.ErrInvalidToken):
		return nil, a.unauthorized("Invalid token.", "", "invalid_token", fmt.Errorf("verify the bearer token: %w", err))
	case err != nil:
		return nil, fmt.Errorf("verify the bearer token: %w", err)
	}
	return claims, nil
}

// bearer returns the token of the one Authorization header.
func bearer(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, found := strings.Cut(headers[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", false
	}
	for i := 0; i < len(token); i++ {
		if c := token[i]; c <= ' ' || c > '~' || c == '"' || c == ',' {
			return "", false
		}
	}
	return token, true
}

// authorize checks the scopes of a route.
func (a *API) authorize(claims *models.AccessTokenClaims, rt route) error {
	granted := func(scope string) bool { return slices.Contains(claims.Scopes, scope) }
	missing := func(scope string) bool { return !granted(scope) }
	switch {
	case len(rt.scopes) == 0:
		return fmt.Errorf("route %s %s has no scope", rt.method, rt.path) // nobody may, rather than anybody
	case rt.every && !slices.ContainsFunc(rt.scopes, missing):
		return nil
	case !rt.every && slices.ContainsFunc(rt.scopes, granted):
		return nil
	}
	return &apiError{
		status: http.StatusForbidden, message: rt.refusal, code: "insufficient_scope",
		challenge: a.challenge("insufficient_scope", rt.scopes),
	}
}

func (a *API) unauthorized(message, code, reason string, cause error) error {
	return &apiError{
		status: http.StatusUnauthorized, message: message, code: code,
		challenge: a.challenge(reason, nil), cause: cause,
	}
}

// challenge is the WWW-Authenticate header (RFC 6750 3). A request without any authentication gets no error code.
func (a *API) challenge(reason string, scopes []string) string {
	s := fmt.Sprintf("Bearer realm=%q", a.audience)
	if reason != "" {
		s += fmt.Sprintf(", error=%q", reason)
	}
	if len(scopes) > 0 {
		s += fmt.Sprintf(", scope=%q", strings.Join(scopes, " "))
	}
	return s
}
