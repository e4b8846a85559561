package oauth

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"example.com/keepsake/models"
)

// claimTime is how times look in claims: Auth0's updated_at is a string.
const claimTime = "2006-01-02T15:04:05.000Z"

var errNeedsOpenID = &bearerError{http.StatusForbidden, codeInsufficientScope, "The access token lacks the scope openid.", models.ScopeOpenID}

// serveUserinfo answers GET and POST /userinfo (OIDC Core 5.3): who the bearer's user is, as far as the token's scopes go, and the
// custom claims that a token without an API carries.
func (s *Server) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	claims, err := s.userinfo(r)
	if err != nil {
		s.writeBearerError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, claims)
}

func (s *Server) userinfo(r *http.Request) (map[string]any, error) {
	ctx := r.Context()
	token, err := bearerToken(r)
	if err != nil {
		return nil, err
	}
	bearer, err := s.VerifyAccessToken(ctx, token, s.userinfoAudience())
	if errors.Is(err, errToken) {
		s.logger.DebugContext(ctx, "userinfo refused", "error", err)
		return nil, errInvalidToken
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(bearer.Scopes, models.ScopeOpenID) {
		return nil, errNeedsOpenID
	}
	user, err := s.people.User(ctx, bearer.Subject)
	if errors.Is(err, models.ErrNotFound) || (err == nil && user.Blocked) {
		// The token outlives the account, its claims do not.
		return nil, errInvalidToken
	}
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	claims := profileClaims(user, bearer.Scopes)
	maps.Copy(claims, bearer.IDTokenClaims)
	claims["sub"] = user.ID
	return claims, nil
}

// profileClaims returns the claims about a user that scopes stand for, in ID tokens and at /userinfo (OIDC Core 5.4, contract
// 5.9). What the user does not have is left out. The map is new; it has no sub.
func profileClaims(u *models.User, scopes []string) map[string]any {
	claims := make(map[string]any)
	text := func(name, value string) {
		if value != "" {
			claims[name] = value
		}
	}
	for _, scope := range scopes {
		switch scope {
		case models.ScopeProfile:
			text("name", u.Name)
			text("given_name", u.GivenName)
			text("family_name", u.FamilyName)
			text("nickname", u.Nickname)
			text("picture", u.Picture)
			if updated := lastChange(u); !updated.IsZero() {
				claims["updated_at"] = updated.UTC().Format(claimTime)
			}
		case models.ScopeEmail:
			if u.Email != "" {
				claims["email"], claims["email_verified"] = u.Email, u.EmailVerified
			}
		case models.ScopePhone:
			if u.PhoneNumber != "" {
				claims["phone_number"], claims["phone_number_verified"] = u.PhoneNumber, u.PhoneVerified
			}
		}
	}
	return claims
}

// lastChange returns when the user last changed; for one that never did, when it was made.
func lastChange(u *models.User) time.Time {
	if u.UpdatedAt.IsZero() {
		return u.CreatedAt
	}
	return u.UpdatedAt
}
