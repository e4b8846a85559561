package store

import (
	"context"

	"example.com/keepsake/models"
)

var (
	selectConsent = both(`SELECT user_id, client_id, audience, scopes, updated_at FROM consents
		WHERE user_id = :user_id AND client_id = :client_id AND audience = :audience`)
	upsertConsent = both(`INSERT INTO consents (user_id, client_id, audience, scopes, updated_at)
		VALUES (:user_id, :client_id, :audience, :scopes, :updated_at)
		ON CONFLICT (user_id, client_id, audience) DO UPDATE SET scopes = excluded.scopes, updated_at = excluded.updated_at`)
)

// Consent returns what a user allowed a client to do with an API ("" for none), or models.ErrNotFound.
func (s *Store) Consent(ctx context.Context, userID, clientID, audience string) (*models.Consent, error) {
	var c models.Consent
	err := s.r.one(ctx, selectConsent, args{"user_id": userID, "client_id": clientID, "audience": audience},
		(*text)(&c.UserID), (*text)(&c.ClientID), (*text)(&c.Audience), (*words)(&c.Scopes), (*instant)(&c.UpdatedAt))
	return found(&c, failed("read consent", err))
}

// SaveConsent stores what a user allowed, in place of what was allowed before. The zero UpdatedAt means now. The user must
// exist.
func (s *Store) SaveConsent(ctx context.Context, c *models.Consent) error {
	at := c.UpdatedAt
	if at.IsZero() {
		at = s.now()
	}
	_, err := s.w.exec(ctx, upsertConsent, args{
		"user_id": c.UserID, "client_id": c.ClientID, "audience": c.Audience, "scopes": joinWords(c.Scopes), "updated_at": at,
	})
	return failed("save consent", err)
}
