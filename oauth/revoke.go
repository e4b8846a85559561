package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"example.com/keepsake/models"
)

// serveRevoke answers POST /oauth/revoke (RFC 7009, contract 5.7): 200 with an empty body, also for what is no live token. Only a
// token that carries our MAC and belongs to the client revokes anything.
func (s *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	form, err := readForm(r, maxForm)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	c, err := s.provider.AuthenticateClient(r.Context(), r, form)
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	if err := s.revoke(r, c.(client).Client, form.Get("token")); err != nil {
		s.writeError(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

func (s *Server) revoke(r *http.Request, c *models.Client, token string) error {
	ctx := r.Context()
	if token == "" {
		return errMissing("token")
	}
	if strings.Count(token, ".") == 2 {
		// Access tokens are signed, not stored; they end by themselves. RFC 7009 2.2.1 has an error for saying so.
		return &Error{Code: codeUnsupportedTokenType, Description: "Only refresh tokens can be revoked.", Status: http.StatusBadRequest}
	}
	id, _, ok := s.refreshTokens.parse(token)
	if !ok {
		return nil
	}
	grant, err := s.grants.RefreshGrant(ctx, id, models.GrantForTokens)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read refresh token: %w", err)
	}
	if grant.Token.ClientID != c.ID {
		return errForeignToken
	}
	session := &Session{Client: c, User: grant.User, SessionID: grant.Token.SessionID, RefreshToken: &grant.Token}
	err = s.grants.RevokeRefreshToken(ctx, id, s.now(), s.revokedLog(ctx, session, id))
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("revoke refresh token: %w", err)
	}
	return nil
}
