package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

// suspendedLabel binds what a login waits with to its transaction, by the row's hash in hexadecimal digits.
func suspendedLabel(hash string) string { return "suspended login " + hash }

// sealSuspended returns what the database keeps, as any: the NULL of both drivers is nil without a type.
func (s *Store) sealSuspended(id string, l *models.SuspendedLogin) (any, error) {
	if l == nil {
		return nil, nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encode the suspended login: %w", err)
	}
	return s.keyring.Seal(suspendedLabel(hex.EncodeToString(models.HashSecret(id))), text), nil
}

func (s *Store) openSuspended(id string, sealed []byte) (*models.SuspendedLogin, error) {
	text, err := s.keyring.Open(suspendedLabel(hex.EncodeToString(models.HashSecret(id))), sealed)
	if err != nil {
		return nil, err
	}
	l := new(models.SuspendedLogin)
	if err := json.Unmarshal(text, l); err != nil {
		return nil, errors.New("a stored suspended login does not fit") // encoding/json's own error may quote it
	}
	return l, nil
}

// UpdateSuspendedLogin lets change have what a login transaction waits with and stores what it makes of it. It is done again
// on what is there then when somebody else was faster, so that no change is lost. An error of change is returned as it is
// and nothing is stored. models.ErrNotFound when the transaction is not there, has expired, or is not suspended.
func (s *Store) UpdateSuspendedLogin(ctx context.Context, id string, change func(*models.SuspendedLogin) error) error {
	const attempts = 8
	for range attempts {
		done, err := s.tryUpdateSuspended(ctx, id, change)
		if done || err != nil {
			return err
		}
	}
	return failed("update suspended login", models.ErrConflict)
}

func (s *Store) tryUpdateSuspended(ctx context.Context, id string, change func(*models.SuspendedLogin) error) (bool, error) {
	hash := models.HashSecret(id)
	var before []byte
	// On the writing side: the change that made this one necessary may not have reached a reading side yet.
	if err := s.w.one(ctx, selectSuspended, args{"hash": hash, "now": s.now()}, &before); err != nil {
		return false, failed("read suspended login", err)
	}
	l, err := s.openSuspended(id, before)
	if err != nil {
		return false, failed("read suspended login", err)
	}
	if err := change(l); err != nil {
		return false, err
	}
	after, err := s.sealSuspended(id, l)
	if err != nil {
		return false, failed("update suspended login", err)
	}
	err = applied(s.w.exec(ctx, updateSuspended, args{"hash": hash, "before": before, "suspended": after, "now": s.now()}))
	if errors.Is(err, sql.ErrNoRows) { // somebody was faster, or it has ended: the next attempt will tell
		return false, nil
	}
	return err == nil, failed("update suspended login", err)
}
