package mfa

import (
	"context"
	"crypto/rand"
	"encoding/base32"

	"example.com/keepsake/models"
)

// recoverySize is how many random bytes a recovery code has: 24 characters, as at Auth0, and no guess.
const recoverySize = 15

// newRecoveryCode returns a recovery code. Base32 has no 0, 1, 8 and 9, which look like letters.
func newRecoveryCode() string {
	var b [recoverySize]byte
	rand.Read(b[:])
	return base32.StdEncoding.EncodeToString(b[:])
}

// CheckRecovery takes the user's recovery code and returns the next one with what was passed. models.ErrWrongCode, models.ErrTooMany,
// models.ErrNotEnrolled.
func (s *Service) CheckRecovery(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, code string) (*models.FactorPassed, error) {
	if st.OfType(models.FactorRecoveryCode) == nil {
		return nil, models.ErrNotEnrolled
	}
	return s.attempt(ctx, t, func() (*models.FactorPassed, error) {
		next := newRecoveryCode()
		// The stored hash is found by equality: what its comparison's time could tell is a hash of 120 random bits.
		hash := models.HashSecret(models.ParseRecoveryCode(code))
		if err := s.store.UseRecoveryCode(ctx, t.UserID, hash, models.HashSecret(next), s.now()); err != nil {
			return nil, err
		}
		return &models.FactorPassed{Type: models.FactorRecoveryCode, RecoveryCode: next}, nil
	})
}
