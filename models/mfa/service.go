package mfa

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// Standing is a user's factors as they can be used now: what the tenant does not offer, or this server can't send, is left out.
type Standing struct {
	Tenant *models.Tenant
	User   *models.User
	// Enrolled are the factors that the user has, in the order of models.FactorTypes. The user's own verified email
	// address is among them, without an id, where the tenant offers email.
	Enrolled []models.Authenticator
	// Enrollable are the kinds that the user can still enrol.
	Enrollable []models.FactorType
	// recovery says whether a new user of factors gets a recovery code.
	recovery bool
	// explicit says whether the user enrolled any factor, offered or not.
	explicit bool
}

// Standing reads a user's factors.
func (s *Service) Standing(ctx context.Context, tenant *models.Tenant, user *models.User) (*Standing, error) {
	have, err := s.store.Authenticators(ctx, user.ID)
	if err != nil {
		return nil, fmt.Errorf("read a user's factors: %w", err)
	}
	st := &Standing{Tenant: tenant, User: user}
	hasRecovery := false
	for _, a := range have {
		hasRecovery = hasRecovery || a.Type == models.FactorRecoveryCode
		st.explicit = st.explicit || a.Type != models.FactorRecoveryCode
	}
	st.recovery = !hasRecovery && tenant.FactorEnabled(models.FactorRecoveryCode)
	for _, t := range models.FactorTypes {
		if !s.offers(tenant, t) {
			continue
		}
		n := len(st.Enrolled)
		for _, a := range have {
			if a.Type == t {
				st.Enrolled = append(st.Enrolled, a)
			}
		}
		switch {
		case len(st.Enrolled) > n, t == models.FactorRecoveryCode:
		case t == models.FactorEmail && user.EmailVerified && user.Email != "":
			st.Enrolled = append(st.Enrolled, models.Authenticator{UserID: user.ID, Type: t, Address: user.Email})
		default:
			st.Enrollable = append(st.Enrollable, t)
		}
	}
	return st, nil
}

// offers reports whether a factor is to be had: the tenant wants it, and where it needs a message there is who brings it.
func (s *Service) offers(tenant *models.Tenant, t models.FactorType) bool {
	if (t == models.FactorEmail || t == models.FactorPhone) && s.sender == nil {
		return false
	}
	return tenant.FactorEnabled(t)
}

// HasEnrolled reports whether the user went through an enrolment: neither a recovery code nor the user's own email address is one.
func (st *Standing) HasEnrolled() bool { return st.explicit }

// OfType returns the user's first factor of a kind, or nil.
func (st *Standing) OfType(t models.FactorType) *models.Authenticator {
	i := slices.IndexFunc(st.Enrolled, func(a models.Authenticator) bool { return a.Type == t })
	if i < 0 {
		return nil
	}
	return &st.Enrolled[i]
}

// ByID returns the user's factor with an id, or nil. The user's own email address has none.
func (st *Standing) ByID(id string) *models.Authenticator {
	i := slices.IndexFunc(st.Enrolled, func(a models.Authenticator) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return &st.Enrolled[i]
}

// Types returns the kinds of factors that the user has, each once.
func (st *Standing) Types() []models.FactorType {
	var out []models.FactorType
	for _, a := range st.Enrolled {
		if !slices.Contains(out, a.Type) {
			out = append(out, a.Type)
		}
	}
	return out
}

// CanEnrol reports whether the user can enrol a factor of a kind.
func (st *Standing) CanEnrol(t models.FactorType) bool { return slices.Contains(st.Enrollable, t) }

// Passed is a factor that was proved.
type Passed struct {
	Type models.FactorType
	// Enrolled is true when it was the first code of a new factor.
	Enrolled bool
	// RecoveryCode is a new recovery code, to be shown once; empty: there is none.
	RecoveryCode string
}

// attempt counts an attempt, has it checked, and gives it back if it was right.
func (s *Service) attempt(ctx context.Context, t *models.MFATransaction, check func() (*Passed, error)) (*Passed, error) {
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
