package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"example.com/keepsake/models"
)

// keepEnded is how long an MFA transaction is known after its end: its client is then told that it expired, and not that there was none.
const keepEnded = time.Hour

// mfaLabel binds a sealed column to its row.
func mfaLabel(column, id string) string {
	return mfaLabelOf(column, hex.EncodeToString(models.HashSecret(id)))
}

func mfaLabelOf(column, hash string) string { return "mfa " + column + " " + hash }

const runningMFA = `hash = :hash AND ends_at > :now`

var (
	insertMFA = both(`INSERT INTO mfa_transactions (hash, user_id, client_id, state, challenge_type, challenge_of, attempts, created_at, ends_at, expires_at)
		VALUES (:hash, :user_id, :client_id, :state, '', '', 0, :created_at, :ends_at, :expires_at)
		ON CONFLICT (hash) DO NOTHING`)
	selectMFA = both(`SELECT user_id, client_id, state, enrolment, challenge_type, challenge_of, challenge_oob, challenge_mac, challenge_expires_at,
		attempts, created_at, ends_at FROM mfa_transactions WHERE hash = :hash`)
	setEnrolment = both(`UPDATE mfa_transactions SET enrolment = :enrolment, challenge_type = '', challenge_of = '', challenge_oob = NULL,
		challenge_mac = NULL, challenge_expires_at = NULL WHERE ` + runningMFA)
	endEnrolment = both(`UPDATE mfa_transactions SET enrolment = NULL, challenge_mac = NULL, challenge_oob = NULL WHERE hash = :hash AND enrolment IS NOT NULL`)
	setChallenge = both(`UPDATE mfa_transactions SET challenge_type = :type, challenge_of = :of, challenge_oob = :oob, challenge_mac = :mac,
		challenge_expires_at = :until WHERE ` + runningMFA)
	endChallenge = both(`UPDATE mfa_transactions SET challenge_mac = NULL, challenge_oob = NULL WHERE hash = :hash AND challenge_mac = :mac`)
	countAttempt = both(`UPDATE mfa_transactions SET attempts = attempts + 1 WHERE ` + runningMFA + ` AND attempts < :max`)
	finishMFA    = both(`DELETE FROM mfa_transactions WHERE ` + runningMFA)
)

// OpenMFATransaction stores an MFA transaction under the hash of its ID. One that is there stays as it is.
func (s *Store) OpenMFATransaction(ctx context.Context, t *models.MFATransaction) error {
	var sealed []byte
	if t.State != nil {
		sealed = s.keyring.Seal(mfaLabel("state", t.ID), t.State)
	}
	_, err := s.w.exec(ctx, insertMFA, args{
		"hash": models.HashSecret(t.ID), "user_id": t.UserID, "client_id": t.ClientID, "state": orNull(sealed),
		"created_at": t.CreatedAt, "ends_at": t.ExpiresAt, "expires_at": t.ExpiresAt.Add(keepEnded),
	})
	return failed("open MFA transaction", err)
}

// MFATransaction returns one by its id, or models.ErrNotFound. One that has ended a short while ago is returned: the caller judges.
func (s *Store) MFATransaction(ctx context.Context, id string) (*models.MFATransaction, error) {
	const doing = "read MFA transaction"
	t := &models.MFATransaction{ID: id}
	var c models.SentCode
	var state, enrolment []byte
	var attempts number
	err := s.r.one(ctx, selectMFA, args{"hash": models.HashSecret(id)}, (*text)(&t.UserID), (*text)(&t.ClientID), &state, &enrolment,
		(*text)(&c.Type), (*text)(&c.AuthenticatorID), &c.OOBHash, &c.CodeMAC, (*instant)(&c.ExpiresAt), &attempts,
		(*instant)(&t.CreatedAt), (*instant)(&t.ExpiresAt))
	if err != nil {
		return nil, failed(doing, err)
	}
	t.Attempts = int(attempts)
	if c.CodeMAC != nil {
		t.Challenge = &c
	}
	if state != nil {
		if t.State, err = s.keyring.Open(mfaLabel("state", id), state); err != nil {
			return nil, failed(doing, err)
		}
	}
	if enrolment != nil {
		plain, err := s.keyring.Open(mfaLabel("enrolment", id), enrolment)
		if err != nil {
			return nil, failed(doing, err)
		}
		if err := json.Unmarshal(plain, &t.Enrolment); err != nil {
			return nil, failed(doing, errors.New("stored enrolment is damaged")) // encoding/json's own error may quote it
		}
	}
	return t, nil
}

// SetEnrolment has an authenticator wait for its first code, in place of one that waited, and forgets a code that was sent.
// models.ErrNotFound when the transaction is not there or has ended.
func (s *Store) SetEnrolment(ctx context.Context, id string, e *models.Enrolment) error {
	plain, err := json.Marshal(e)
	if err != nil {
		return failed("encode enrolment", err)
	}
	return failed("write enrolment", applied(s.w.exec(ctx, setEnrolment, args{
		"hash": models.HashSecret(id), "enrolment": s.keyring.Seal(mfaLabel("enrolment", id), plain), "now": s.now(),
	})))
}

// SetChallenge records the code that is sent, in place of one before. models.ErrNotFound when the transaction is not there or has ended.
func (s *Store) SetChallenge(ctx context.Context, id string, c *models.SentCode) error {
	return failed("write challenge", applied(s.w.exec(ctx, setChallenge, args{
		"hash": models.HashSecret(id), "type": string(c.Type), "of": c.AuthenticatorID, "oob": orNull(c.OOBHash), "mac": c.CodeMAC, "until": c.ExpiresAt,
		"now": s.now(),
	})))
}

// EndChallenge takes a code that was sent. models.ErrUsed when it was taken before, or another one was sent since.
func (s *Store) EndChallenge(ctx context.Context, id string, mac []byte) error {
	n, err := s.w.exec(ctx, endChallenge, args{"hash": models.HashSecret(id), "mac": mac})
	if err == nil && n == 0 {
		err = models.ErrUsed
	}
	return failed("end challenge", err)
}

// CountMFAAttempt counts a code that is tried, before it is looked at: of many at once no more than max are. models.ErrTooMany when that many
// were, or when the transaction has ended.
func (s *Store) CountMFAAttempt(ctx context.Context, id string, max int) error {
	n, err := s.w.exec(ctx, countAttempt, args{"hash": models.HashSecret(id), "max": int64(max), "now": s.now()})
	if err == nil && n == 0 {
		err = models.ErrTooMany
	}
	return failed("count MFA attempt", err)
}

// FinishMFATransaction removes one that has not ended. models.ErrNotFound when somebody else did: it is good for one grant.
func (s *Store) FinishMFATransaction(ctx context.Context, id string) error {
	return failed("finish MFA transaction", applied(s.w.exec(ctx, finishMFA, args{"hash": models.HashSecret(id), "now": s.now()})))
}

// orNull is how bytes that are not there are bound: a driver may take an empty slice for bytes.
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
