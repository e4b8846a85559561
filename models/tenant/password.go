package tenant

import (
	"context"
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

// Hasher makes and verifies hashes of passwords (models/password).
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, hash, password string) (bool, error)
}

// HashPasswords gives the users of Passwords their PasswordHash. A hash that is kept already and is that of the password stays
// as it is, so that applying the same document again changes nothing. Current returns the user as kept, or
// models.ErrNotFound.
func (r *Result) HashPasswords(ctx context.Context, h Hasher, current func(ctx context.Context, userID string) (*models.User, error)) error {
	for i := range r.Config.Users {
		u := &r.Config.Users[i]
		password, ok := r.Passwords[u.ID]
		if !ok {
			continue
		}
		hash, err := hashFor(ctx, h, current, u.ID, password)
		if err != nil {
			return fmt.Errorf("hash password of %s: %w", u.ID, err)
		}
		u.PasswordHash = hash
	}
	return nil
}

func hashFor(ctx context.Context, h Hasher, current func(context.Context, string) (*models.User, error), id, password string) (string, error) {
	kept, err := current(ctx, id)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return "", fmt.Errorf("find user: %w", err)
	}
	if err == nil && kept.PasswordHash != "" {
		if same, err := h.Verify(ctx, kept.PasswordHash, password); err == nil && same {
			return kept.PasswordHash, nil
		}
	}
	return h.Hash(ctx, password)
}
