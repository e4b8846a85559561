package store

import (
	"context"
	"errors"
	"net/url"
	"time"

	"example.com/keepsake/models"
)

const liveTransaction = `hash = :hash AND expires_at > :now`

var (
	insertTransaction = both(`INSERT INTO login_transactions (hash, client_id, params, organization_id, browser, session_id, authenticated_at,
			consented, declined, suspended, created_at, expires_at)
		VALUES (:hash, :client_id, :params, :organization_id, :browser, :session_id, :authenticated_at,
			:consented, :declined, :suspended, :created_at, :expires_at)`)
	selectTransaction = both(`SELECT client_id, params, organization_id, browser, session_id, authenticated_at, consented, declined, suspended, created_at, expires_at
		FROM login_transactions WHERE ` + liveTransaction)
	// authenticateTransaction forgets the consent page's answer: it was that of whoever was signed in before.
	authenticateTransaction = both(`UPDATE login_transactions SET session_id = :session_id, authenticated_at = :at,
			consented = :undecided, declined = :undecided WHERE ` + liveTransaction)
	decideTransaction = both(`UPDATE login_transactions SET consented = :consented, declined = :declined WHERE ` + liveTransaction)
	// updateSuspended changes what a transaction waits with, only when that is still what the caller has read.
	updateSuspended   = both(`UPDATE login_transactions SET suspended = :suspended WHERE suspended = :before AND ` + liveTransaction)
	selectSuspended   = both(`SELECT suspended FROM login_transactions WHERE suspended IS NOT NULL AND ` + liveTransaction)
	deleteTransaction = both(`DELETE FROM login_transactions WHERE hash = :hash`)
)

// CreateLoginTransaction stores a login transaction under the hash of its ID. models.ErrConflict when that is taken.
func (s *Store) CreateLoginTransaction(ctx context.Context, t *models.LoginTransaction) error {
	suspended, err := s.sealSuspended(t.ID, t.Suspended)
	if err != nil {
		return failed("create login transaction", err)
	}
	_, err = s.w.exec(ctx, insertTransaction, args{
		"hash": models.HashSecret(t.ID), "client_id": t.ClientID, "params": t.Params.Encode(), "organization_id": t.OrganizationID,
		"browser": t.Browser, "session_id": t.SessionID, "authenticated_at": t.AuthenticatedAt, "consented": t.Consented,
		"declined": t.Declined, "suspended": suspended, "created_at": t.CreatedAt, "expires_at": t.ExpiresAt,
	})
	return failed("create login transaction", err)
}

// LoginTransaction returns a login transaction by its id, or models.ErrNotFound when it is not there or has expired.
func (s *Store) LoginTransaction(ctx context.Context, id string, now time.Time) (*models.LoginTransaction, error) {
	t := models.LoginTransaction{ID: id}
	var params text
	var suspended []byte
	err := s.r.one(ctx, selectTransaction, args{"hash": models.HashSecret(id), "now": now},
		(*text)(&t.ClientID), &params, (*text)(&t.OrganizationID), &t.Browser, (*text)(&t.SessionID), (*instant)(&t.AuthenticatedAt),
		(*flag)(&t.Consented), (*flag)(&t.Declined), &suspended, (*instant)(&t.CreatedAt), (*instant)(&t.ExpiresAt))
	if err == nil {
		if t.Params, err = url.ParseQuery(string(params)); err != nil {
			err = errors.New("stored parameters are damaged") // url's own error quotes them
		}
	}
	if err == nil && len(suspended) > 0 {
		t.Suspended, err = s.openSuspended(id, suspended)
	}
	return found(&t, failed("read login transaction", err))
}

// AuthenticateLoginTransaction records the session that was made in it, and when, and takes an earlier consent back: nobody
// consents for whoever signs in after them. models.ErrNotFound when it is not there or has expired.
func (s *Store) AuthenticateLoginTransaction(ctx context.Context, id, sessionID string, at time.Time) error {
	return failed("authenticate login transaction", applied(s.w.exec(ctx, authenticateTransaction, args{
		"hash": models.HashSecret(id), "session_id": sessionID, "at": at, "undecided": false, "now": s.now(),
	})))
}

// DecideLoginTransaction records the answer of the consent page. models.ErrNotFound when it is not there or has expired.
func (s *Store) DecideLoginTransaction(ctx context.Context, id string, consented bool) error {
	return failed("decide login transaction", applied(s.w.exec(ctx, decideTransaction, args{
		"hash": models.HashSecret(id), "consented": consented, "declined": !consented, "now": s.now(),
	})))
}

// FinishLoginTransaction removes a login transaction. models.ErrNotFound when somebody else did: it ends once.
func (s *Store) FinishLoginTransaction(ctx context.Context, id string) error {
	return failed("finish login transaction", applied(s.w.exec(ctx, deleteTransaction, args{"hash": models.HashSecret(id)})))
}
