package mfa

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/keepsake/models"
)

// Store is where factors are kept (models/store).
type Store interface {
	Authenticators(ctx context.Context, userID string) ([]models.Authenticator, error)
	// Enrol stores authenticators of one user, all or nothing, and ends the transaction's enrolment. models.ErrEnrolled when there is one
	// already or, with first, any; models.ErrNotFound when the enrolment is gone.
	Enrol(ctx context.Context, transactionID string, first bool, list ...models.Authenticator) error
	// UseOTP takes a code's time step. models.ErrUsed when it, or a later one, was taken.
	UseOTP(ctx context.Context, id string, step int64, at time.Time) error
	UseAuthenticator(ctx context.Context, id string, at time.Time) error
	// UseRecoveryCode changes a recovery code for the next. models.ErrUsed when it is not the user's.
	UseRecoveryCode(ctx context.Context, userID string, hash, next []byte, at time.Time) error

	SetEnrolment(ctx context.Context, id string, e *models.Enrolment) error
	SetChallenge(ctx context.Context, id string, c *models.SentCode) error
	// EndChallenge takes a sent code. models.ErrUsed when it was taken, or replaced.
	EndChallenge(ctx context.Context, id string, mac []byte) error
	// CountMFAAttempt and CountFactor count before something is done; models.ErrTooMany when it may not be.
	CountMFAAttempt(ctx context.Context, id string, max int) error
	CountFactor(ctx context.Context, what, userID string, max int, now time.Time, window time.Duration) error
	UncountFactor(ctx context.Context, what, userID string) error
}

// Sender brings codes to people (package messages).
type Sender interface {
	Send(ctx context.Context, m models.Message) error
}

// Options are what New needs. Store and Keyring are required.
type Options struct {
	Store   Store
	Keyring *models.Keyring
	// Sender brings codes to people; nil: there are no email and phone factors on this server.
	Sender Sender
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Service checks and enrols factors. It may be used by many at once.
type Service struct {
	store    Store
	sender   Sender
	codeKeys [][]byte
	now      func() time.Time
}

// New returns a Service.
func New(o Options) *Service {
	s := &Service{store: o.Store, sender: o.Sender, codeKeys: o.Keyring.Keys("one-time code"), now: o.Now}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Standing reads a user's factors.
func (s *Service) Standing(ctx context.Context, tenant *models.Tenant, user *models.User) (*models.FactorStanding, error) {
	have, err := s.store.Authenticators(ctx, user.ID)
	if err != nil {
		return nil, fmt.Errorf("read a user's factors: %w", err)
	}
	return models.NewFactorStanding(tenant, user, have, func(t models.FactorType) bool { return s.offers(tenant, t) }), nil
}

// offers reports whether a factor is to be had: the tenant wants it, and where it needs a message there is who brings it.
func (s *Service) offers(tenant *models.Tenant, t models.FactorType) bool {
	if (t == models.FactorEmail || t == models.FactorPhone) && s.sender == nil {
		return false
	}
	return tenant.FactorEnabled(t)
}

// attempt counts an attempt, has it checked, and gives it back if it was right.
func (s *Service) attempt(ctx context.Context, t *models.MFATransaction, check func() (*models.FactorPassed, error)) (*models.FactorPassed, error) {
	if err := s.store.CountMFAAttempt(ctx, t.ID, models.MaxFactorAttempts); err != nil {
		return nil, err
	}
	if err := s.store.CountFactor(ctx, counted, t.UserID, models.MaxFactorFailures, s.now(), models.FactorWindow); err != nil {
		return nil, err
	}
	passed, err := check()
	switch {
	case errors.Is(err, models.ErrUsed):
		return nil, models.ErrWrongCode // to whoever presents it, a used code is as wrong as any other
	case err != nil:
		return nil, err
	}
	if err := s.store.UncountFactor(ctx, counted, t.UserID); err != nil {
		return nil, err
	}
	return passed, nil
}

// What is counted per user.
const (
	counted  = "factor check"
	messages = "factor message"
)
