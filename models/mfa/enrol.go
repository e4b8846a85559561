package mfa

import (
	"context"
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

// Enrolling is what a person needs to enrol a factor.
type Enrolling struct {
	Type models.FactorType
	// Key and URI are for an authenticator app.
	Key string
	URI string
	// Address is where a code goes.
	Address string
	// RecoveryCode is the user's new recovery code; empty: there is none, or it comes with the first code.
	RecoveryCode string
	// OOBCode names the code that was sent, for a client; empty for an authenticator app.
	OOBCode string
}

// EnrolOptions says what is to be enrolled.
type EnrolOptions struct {
	Type    models.FactorType
	Address string // for models.FactorEmail and models.FactorPhone
	// Additional says that the user has proved a factor in this very transaction, and may have another one.
	Additional bool
	// RecoveryNow has a recovery code made now and not with the first code: a client gets it in the answer.
	RecoveryNow bool
}

// StartEnrolment has a new factor wait for its first code, in place of one that waited. For an email address or a phone number
// it sends that code. models.ErrFactorDisabled, models.ErrEnrolled, models.ErrTooMany, or a *models.InvalidError for an address.
func (s *Service) StartEnrolment(ctx context.Context, t *models.MFATransaction, st *Standing, o EnrolOptions) (*Enrolling, error) {
	switch {
	case st.explicit && !o.Additional:
		return nil, models.ErrEnrolled
	case o.Type == models.FactorRecoveryCode || !s.offers(st.Tenant, o.Type):
		return nil, models.ErrFactorDisabled
	case !st.CanEnrol(o.Type):
		return nil, models.ErrEnrolled
	}
	e := &models.Enrolment{Type: o.Type, Additional: o.Additional}
	out := &Enrolling{Type: o.Type}
	var err error
	if o.Type == models.FactorOTP {
		e.Key = NewKey()
		out.Key, out.URI = e.Key, KeyURI(st.Tenant, st.User, e.Key)
	} else if e.Address, err = models.ParseFactorAddress(o.Type, o.Address); err != nil {
		return nil, err
	}
	out.Address = e.Address
	if o.RecoveryNow && st.recovery {
		out.RecoveryCode = newRecoveryCode()
		e.RecoveryHash = models.HashSecret(out.RecoveryCode)
	}
	if err := s.store.SetEnrolment(ctx, t.ID, e); err != nil {
		return nil, fmt.Errorf("begin an enrolment: %w", err)
	}
	t.Enrolment, t.Challenge = e, nil
	if o.Type != models.FactorOTP {
		out.OOBCode, err = s.send(ctx, t, st, &models.Authenticator{Type: e.Type, Address: e.Address})
	}
	return out, err
}

// enrol stores the factor whose first code was right, and with the user's first factor a recovery code.
func (s *Service) enrol(ctx context.Context, t *models.MFATransaction, st *Standing, step int64) (*Passed, error) {
	e, now := t.Enrolment, s.now()
	passed := &Passed{Type: e.Type, Enrolled: true}
	list := []models.Authenticator{{
		ID: models.NewAuthenticatorID(e.Type, now), UserID: t.UserID, Type: e.Type, Key: e.Key, Address: e.Address,
		LastStep: step, CreatedAt: now, LastUsedAt: now,
	}}
	hash := e.RecoveryHash
	if hash == nil && st.recovery {
		passed.RecoveryCode = newRecoveryCode()
		hash = models.HashSecret(passed.RecoveryCode)
	}
	if hash != nil {
		list = append(list, models.Authenticator{
			ID: models.NewAuthenticatorID(models.FactorRecoveryCode, now), UserID: t.UserID, Type: models.FactorRecoveryCode,
			CodeHash: hash, CreatedAt: now,
		})
	}
	err := s.store.Enrol(ctx, t.ID, !e.Additional, list...)
	if errors.Is(err, models.ErrNotFound) {
		return nil, models.ErrUsed // the same code came twice at once
	}
	if err != nil {
		return nil, err
	}
	t.Enrolment = nil
	return passed, nil
}
