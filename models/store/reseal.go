package store

import (
	"context"
	"database/sql"
	"fmt"
)

// sealedColumn is one column of sealed values, and the label that each is bound by.
type sealedColumn struct {
	read, write query
	label       func(id string) string
}

var sealedColumns = []sealedColumn{
	{both(`SELECT id, jwk FROM signing_keys`), both(`UPDATE signing_keys SET jwk = :sealed WHERE id = :id`), keyLabel},
	{both(`SELECT id, secrets FROM actions`), both(`UPDATE actions SET secrets = :sealed WHERE id = :id`), actionLabel},
	{
		per(`SELECT encode(hash, 'hex'), suspended FROM login_transactions WHERE suspended IS NOT NULL`,
			`SELECT lower(hex(hash)), suspended FROM login_transactions WHERE suspended IS NOT NULL`),
		per(`UPDATE login_transactions SET suspended = :sealed WHERE hash = decode(:id, 'hex')`,
			`UPDATE login_transactions SET suspended = :sealed WHERE hash = unhex(:id)`),
		suspendedLabel,
	},
	{both(`SELECT id, sealed_key FROM authenticators WHERE sealed_key IS NOT NULL`),
		both(`UPDATE authenticators SET sealed_key = :sealed WHERE id = :id`), authenticatorLabel},
	resealMFA("state"),
	resealMFA("enrolment"),
}

// resealMFA is a column of mfa_transactions, whose rows are named by their hash in hexadecimal digits.
func resealMFA(column string) sealedColumn {
	return sealedColumn{
		per(`SELECT encode(hash, 'hex'), `+column+` FROM mfa_transactions WHERE `+column+` IS NOT NULL`,
			`SELECT lower(hex(hash)), `+column+` FROM mfa_transactions WHERE `+column+` IS NOT NULL`),
		per(`UPDATE mfa_transactions SET `+column+` = :sealed WHERE hash = decode(:id, 'hex')`,
			`UPDATE mfa_transactions SET `+column+` = :sealed WHERE hash = unhex(:id)`),
		func(hash string) string { return mfaLabelOf(column, hash) },
	}
}

// Reseal seals under the current secret what is still sealed under a predecessor, all or nothing. Afterwards the predecessor is
// needed only for the tokens that clients hold. An error when something is sealed under a secret that the keyring does not have.
func (s *Store) Reseal(ctx context.Context) error {
	err := s.changeConfig(ctx, func(tx querier) (bool, error) {
		for _, c := range sealedColumns {
			if err := s.resealColumn(ctx, tx, c); err != nil {
				return false, err
			}
		}
		return false, nil // what the caches hold is as it was
	})
	return failed("seal under the current secret", err)
}

func (s *Store) resealColumn(ctx context.Context, tx querier, c sealedColumn) error {
	renewed := make(map[string][]byte)
	err := tx.all(ctx, c.read, nil, func(rows *sql.Rows) error {
		var id string
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		next, changed, err := s.keyring.Reseal(c.label(id), sealed)
		if changed {
			renewed[id] = next
		}
		return err
	})
	if err != nil {
		return err
	}
	for id, sealed := range renewed {
		if _, err := tx.exec(ctx, c.write, args{"id": id, "sealed": sealed}); err != nil {
			return fmt.Errorf("%s: %w", c.label(id), translate(err))
		}
	}
	return nil
}
