package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"example.com/keepsake/models"
)

func authenticatorLabel(id string) string { return "authenticator " + id }

const authenticatorColumns = `id, user_id, type, sealed_key, code_hash, address, last_step, created_at, last_used_at`

var (
	selectAuthenticators = both(`SELECT ` + authenticatorColumns + ` FROM authenticators WHERE user_id = :user_id ORDER BY created_at, id`)
	insertAuthenticator  = both(`INSERT INTO authenticators (` + authenticatorColumns + `)
		VALUES (:id, :user_id, :type, :sealed_key, :code_hash, :address, :last_step, :created_at, :last_used_at)`)
	deleteAuthenticator     = both(`DELETE FROM authenticators WHERE id = :id AND user_id = :user_id`)
	countAuthenticators     = both(`SELECT count(*) FROM authenticators WHERE user_id = :user_id AND type <> :recovery`)
	deleteAllAuthenticators = both(`DELETE FROM authenticators WHERE user_id = :user_id`)
	deleteAuthenticators    = both(`DELETE FROM authenticators WHERE user_id = :user_id AND type = :type`)

	// useStep lets no code of a step, or of one before it, count again.
	useStep = both(`UPDATE authenticators SET last_step = :step, last_used_at = :at WHERE id = :id AND type = 'otp' AND last_step < :step`)
	// useAuthenticator records that a code which was sent came back.
	useAuthenticator = both(`UPDATE authenticators SET last_used_at = :at WHERE id = :id`)
	// replaceRecovery changes a recovery code for the next one: a guarded update, so that of two that present it one wins.
	replaceRecovery = both(`UPDATE authenticators SET code_hash = :next, last_used_at = :at
		WHERE user_id = :user_id AND type = :recovery AND code_hash = :hash`)
	forgetBrowsers = both(`DELETE FROM remembered_browsers WHERE user_id = :user_id`)

	lockUser = per(`SELECT id FROM users WHERE id = :user_id FOR UPDATE`, `SELECT id FROM users WHERE id = :user_id`)
)

// Authenticators returns a user's second factors, the oldest first, with their keys.
func (s *Store) Authenticators(ctx context.Context, userID string) ([]models.Authenticator, error) {
	var out []models.Authenticator
	err := s.r.all(ctx, selectAuthenticators, args{"user_id": userID}, func(rows *sql.Rows) error {
		var a models.Authenticator
		var sealed []byte
		err := rows.Scan((*text)(&a.ID), (*text)(&a.UserID), (*text)(&a.Type), &sealed, &a.CodeHash, (*text)(&a.Address),
			(*number)(&a.LastStep), (*instant)(&a.CreatedAt), (*instant)(&a.LastUsedAt))
		if err != nil {
			return err
		}
		if sealed != nil {
			key, err := s.keyring.Open(authenticatorLabel(a.ID), sealed)
			if err != nil {
				return err
			}
			a.Key = string(key)
		}
		out = append(out, a)
		return nil
	})
	return out, failed("read authenticators", err)
}

// Enrol stores authenticators of one user, all or nothing. first wants the user to have none but recovery codes: somebody who has only the
// password must not add a factor beside the owner's, so it is judged where it is written. transactionID, if any, is the MFA transaction whose
// enrolment they end. models.ErrEnrolled when the user has such a one already or, with first, any; models.ErrNotFound when the user or the
// transaction's enrolment is gone.
func (s *Store) Enrol(ctx context.Context, transactionID string, first bool, list ...models.Authenticator) error {
	return failed("enrol authenticators", s.inTx(ctx, func(tx querier) error {
		if len(list) == 0 {
			return nil
		}
		userID := list[0].UserID
		var locked text
		if err := tx.one(ctx, lockUser, args{"user_id": userID}, &locked); err != nil {
			return err
		}
		if transactionID != "" {
			if err := applied(tx.exec(ctx, endEnrolment, args{"hash": models.HashSecret(transactionID)})); err != nil {
				return err
			}
		}
		if first {
			var have int64
			if err := tx.one(ctx, countAuthenticators, args{"user_id": userID, "recovery": string(models.FactorRecoveryCode)}, &have); err != nil {
				return err
			}
			if have > 0 {
				return models.ErrEnrolled
			}
		}
		for i := range list {
			if err := s.insertAuthenticator(ctx, tx, &list[i]); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (s *Store) insertAuthenticator(ctx context.Context, tx querier, a *models.Authenticator) error {
	if a.Type == models.FactorRecoveryCode { // there is one: a new one takes the place of the old
		if _, err := tx.exec(ctx, deleteAuthenticators, args{"user_id": a.UserID, "type": string(a.Type)}); err != nil {
			return err
		}
	}
	var sealed []byte
	if a.Key != "" {
		sealed = s.keyring.Seal(authenticatorLabel(a.ID), []byte(a.Key))
	}
	_, err := tx.exec(ctx, insertAuthenticator, args{
		"id": a.ID, "user_id": a.UserID, "type": string(a.Type), "sealed_key": orNull(sealed), "code_hash": orNull(a.CodeHash), "address": a.Address,
		"last_step": a.LastStep, "created_at": a.CreatedAt, "last_used_at": a.LastUsedAt,
	})
	if errors.Is(translate(err), models.ErrConflict) {
		return models.ErrEnrolled
	}
	return err
}

// DeleteAuthenticator removes a user's second factor, and forgets the browsers that need not give one. With the last one that is no recovery code, the
// recovery code goes too: it stands in for the others. The logs are written in the same transaction. models.ErrNotFound when the user has no such one.
func (s *Store) DeleteAuthenticator(ctx context.Context, userID, id string, logs ...*models.LogEvent) error {
	return failed("delete authenticator", s.inTx(ctx, func(tx querier) error {
		var locked text
		if err := tx.one(ctx, lockUser, args{"user_id": userID}, &locked); err != nil {
			return err
		}
		if err := applied(tx.exec(ctx, deleteAuthenticator, args{"id": id, "user_id": userID})); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, forgetBrowsers, args{"user_id": userID}); err != nil {
			return err
		}
		recovery := string(models.FactorRecoveryCode)
		var have int64
		if err := tx.one(ctx, countAuthenticators, args{"user_id": userID, "recovery": recovery}, &have); err != nil {
			return err
		}
		if have == 0 {
			if _, err := tx.exec(ctx, deleteAuthenticators, args{"user_id": userID, "type": recovery}); err != nil {
				return err
			}
		}
		return s.insertLogs(ctx, tx, logs)
	}))
}

// DeleteAuthenticators removes all of a user's second factors, which the user then has to enrol anew, and forgets the browsers. The logs are written
// in the same transaction, also when there was none.
func (s *Store) DeleteAuthenticators(ctx context.Context, userID string, logs ...*models.LogEvent) error {
	return failed("delete authenticators", s.inTx(ctx, func(tx querier) error {
		for _, q := range []query{deleteAllAuthenticators, forgetBrowsers} {
			if _, err := tx.exec(ctx, q, args{"user_id": userID}); err != nil {
				return err
			}
		}
		return s.insertLogs(ctx, tx, logs)
	}))
}

// UseOTP takes a TOTP authenticator's code of a time step. models.ErrUsed when one of that step, or of a later one, was taken before.
func (s *Store) UseOTP(ctx context.Context, id string, step int64, at time.Time) error {
	n, err := s.w.exec(ctx, useStep, args{"id": id, "step": step, "at": at})
	if err == nil && n == 0 {
		err = models.ErrUsed
	}
	return failed("use one-time password", err)
}

// UseAuthenticator records when a code of it was taken.
func (s *Store) UseAuthenticator(ctx context.Context, id string, at time.Time) error {
	_, err := s.w.exec(ctx, useAuthenticator, args{"id": id, "at": at})
	return failed("use authenticator", err)
}

// UseRecoveryCode changes a user's recovery code for next, both as hashes. models.ErrUsed when hash is not the user's, or not any more.
func (s *Store) UseRecoveryCode(ctx context.Context, userID string, hash, next []byte, at time.Time) error {
	n, err := s.w.exec(ctx, replaceRecovery, args{
		"user_id": userID, "recovery": string(models.FactorRecoveryCode), "hash": hash, "next": next, "at": at,
	})
	if err == nil && n == 0 {
		err = models.ErrUsed
	}
	return failed("use recovery code", err)
}
