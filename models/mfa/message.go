package mfa

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"

	"example.com/keepsake/models"
)

// Challenge sends a new code to one of the user's addresses, in place of one that was sent, and returns the oob_code that names it. models.ErrTooMany
// when the user was sent too many.
func (s *Service) Challenge(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, a *models.Authenticator) (string, error) {
	if a.Type != models.FactorEmail && a.Type != models.FactorPhone {
		return "", models.ErrNotEnrolled
	}
	return s.send(ctx, t, st, a)
}

// Resend sends a new code to the address that is being enrolled. models.ErrNotEnrolled when none is.
func (s *Service) Resend(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding) error {
	e := t.Enrolment
	if e == nil || e.Type == models.FactorOTP {
		return models.ErrNotEnrolled
	}
	_, err := s.send(ctx, t, st, &models.Authenticator{Type: e.Type, Address: e.Address})
	return err
}

func (s *Service) send(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, a *models.Authenticator) (string, error) {
	if s.sender == nil {
		return "", models.ErrFactorDisabled
	}
	now := s.now()
	if err := s.store.CountFactor(ctx, messages, t.UserID, models.MaxFactorMessages, now, models.FactorWindow); err != nil {
		return "", err
	}
	code, oob := newDigits(), models.NewSecret()
	challenge := &models.SentCode{
		AuthenticatorID: a.ID, Type: a.Type, OOBHash: models.HashSecret(oob), CodeMAC: codeMAC(s.codeKeys[0], t.ID, code),
		ExpiresAt: now.Add(models.FactorCodeLifetime),
	}
	if err := s.store.SetChallenge(ctx, t.ID, challenge); err != nil {
		return "", fmt.Errorf("remember a code: %w", err)
	}
	t.Challenge = challenge
	name := st.Tenant.FriendlyName
	if name == "" {
		name = st.Tenant.ID
	}
	err := s.sender.Send(ctx, models.Message{
		Type: a.Type, To: a.Address, Code: code, Tenant: name, UserID: t.UserID, ExpiresIn: models.FactorCodeLifetime,
	})
	if err != nil {
		return "", fmt.Errorf("send a code: %w", err)
	}
	return oob, nil
}

// newDigits returns six random digits.
func newDigits() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand does not fail
	}
	return fmt.Sprintf("%06d", n)
}

func codeMAC(key []byte, transactionID, code string) []byte {
	return models.MAC(key, []byte(transactionID), []byte(code))
}

// CheckSent takes a code that was sent. oob is the oob_code that a client has to present with it; nil where the transaction itself is proof
// enough: in the browser that it belongs to. models.ErrWrongCode (also when there is no code, or it is too old), models.ErrTooMany.
func (s *Service) CheckSent(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, oob *string, code string) (*models.FactorPassed, error) {
	return s.attempt(ctx, t, func() (*models.FactorPassed, error) {
		c := t.Challenge
		if c == nil || !s.now().Before(c.ExpiresAt) || !s.matches(t.ID, c, oob, digits(code)) {
			return nil, models.ErrWrongCode
		}
		// The enrolment's own code is taken with the enrolment.
		if e := t.Enrolment; e != nil && e.Type == c.Type && c.AuthenticatorID == "" {
			return s.enrol(ctx, t, st, 0)
		}
		if err := s.store.EndChallenge(ctx, t.ID, c.CodeMAC); err != nil {
			return nil, err
		}
		if c.AuthenticatorID != "" {
			if st.ByID(c.AuthenticatorID) == nil { // removed since
				return nil, models.ErrWrongCode
			}
			if err := s.store.UseAuthenticator(ctx, c.AuthenticatorID, s.now()); err != nil {
				return nil, err
			}
		}
		return &models.FactorPassed{Type: c.Type}, nil
	})
}

func (s *Service) matches(transactionID string, c *models.SentCode, oob *string, code string) bool {
	same := 0
	for _, key := range s.codeKeys {
		same |= subtle.ConstantTimeCompare(codeMAC(key, transactionID, code), c.CodeMAC)
	}
	if oob != nil {
		same &= subtle.ConstantTimeCompare(models.HashSecret(*oob), c.OOBHash)
	}
	return same == 1
}
