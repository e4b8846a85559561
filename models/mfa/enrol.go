package mfa

import (
	"context"
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

// StartEnrolment has a new factor wait for its first code, in place of one that waited. For an email address or a phone number
// it sends that code. models.ErrFactorDisabled, models.ErrEnrolled, models.ErrTooMany, or a *models.InvalidError for an address.
func (s *Service) StartEnrolment(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, o models.EnrolOptions) (*models.Enrolling, error) {
	switch {
	case st.HasFactor && !o.Additional:
		return nil, models.ErrEnrolled
	case o.Type == models.FactorRecoveryCode || !s.offers(st.Tenant, o.Type):
		return nil, models.ErrFactorDisabled
	case !st.CanEnrol(o.Type):
		return nil, models.ErrEnrolled
	}
	e := &models.Enrolment{Type: o.Type, Additional: o.Additional}
	out := &models.Enrolling{Type: o.Type}
	var err error
	if o.Type == models.FactorOTP {
		e.Key = newKey()
		out.Key, out.URI = e.Key, keyURI(st.Tenant, st.User, e.Key)
	} else if e.Address, err = models.ParseFactorAddress(o.Type, o.Address); err != nil {
		return nil, err
	}
	out.Address = e.Address
	if o.RecoveryNow && st.NewRecoveryCode {
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

// Enrolling returns the factor that waits for its first code, with the QR code of an authenticator app; nil when none waits.
func (s *Service) Enrolling(t *models.MFATransaction, st *models.FactorStanding) (*models.Enrolling, error) {
	e := t.Enrolment
	if e == nil {
		return nil, nil
	}
	out := &models.Enrolling{Type: e.Type, Address: e.Address}
	if e.Type != models.FactorOTP {
		return out, nil
	}
	out.Key, out.URI = e.Key, keyURI(st.Tenant, st.User, e.Key)
	var err error
	out.Picture, err = qrCode(out.URI)
	return out, err
}

// enrol stores the factor whose first code was right, and with the user's first factor a recovery code.
func (s *Service) enrol(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, step int64) (*models.FactorPassed, error) {
	e, now := t.Enrolment, s.now()
	passed := &models.FactorPassed{Type: e.Type, Enrolled: true}
	list := []models.Authenticator{{
		ID: models.NewAuthenticatorID(e.Type, now), UserID: t.UserID, Type: e.Type, Key: e.Key, Address: e.Address,
		LastStep: step, CreatedAt: now, LastUsedAt: now,
	}}
	hash := e.RecoveryHash
	if hash == nil && st.NewRecoveryCode {
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
