package store

import (
	"context"
	"database/sql"
	"fmt"

	"example.com/keepsake/models"
)

// keyLabel binds a sealed key to its row.
func keyLabel(id string) string { return "signing key " + id }

var (
	selectSigningKeys = both(`SELECT id, alg, jwk, created_at, retired_at FROM signing_keys ORDER BY created_at DESC, id DESC`)
	countSigningKeys  = both(`SELECT count(*) FROM signing_keys WHERE alg = :alg AND retired_at IS NULL`)
	insertSigningKey  = both(`INSERT INTO signing_keys (id, alg, jwk, created_at, retired_at) VALUES (:id, :alg, :jwk, :created_at, :retired_at)`)
)

func (s *Store) loadSigningKeys(ctx context.Context, _ string) ([]models.SigningKey, error) {
	var keys []models.SigningKey
	err := s.r.all(ctx, selectSigningKeys, nil, func(rows *sql.Rows) error {
		var k models.SigningKey
		var sealed []byte
		if err := rows.Scan(&k.ID, &k.Alg, &sealed, (*instant)(&k.CreatedAt), (*instant)(&k.RetiredAt)); err != nil {
			return err
		}
		var err error
		k.JWK, err = s.keyring.Open(keyLabel(k.ID), sealed)
		keys = append(keys, k)
		return err
	})
	return keys, translate(err)
}

// CreateSigningKeys stores those keys of whose Alg there is none yet, sealed; retired ones do not count. Of several replicas that start at once,
// one stores its keys and the others store nothing: read SigningKeys afterwards. models.ErrConflict when an id is taken.
func (s *Store) CreateSigningKeys(ctx context.Context, keys []models.SigningKey) error {
	changed := false
	err := s.changeConfig(ctx, func(tx querier) (bool, error) {
		have := make(map[string]bool)
		for _, k := range keys {
			if _, asked := have[k.Alg]; asked {
				continue
			}
			var n int64
			if err := tx.one(ctx, countSigningKeys, args{"alg": k.Alg}, &n); err != nil {
				return false, err
			}
			have[k.Alg] = n > 0
		}
		for _, k := range keys {
			if have[k.Alg] {
				continue
			}
			changed = true
			_, err := tx.exec(ctx, insertSigningKey, args{
				"id": k.ID, "alg": k.Alg, "jwk": s.keyring.Seal(keyLabel(k.ID), k.JWK), "created_at": k.CreatedAt, "retired_at": k.RetiredAt,
			})
			if err != nil {
				return false, fmt.Errorf("signing key %s: %w", k.ID, translate(err))
			}
		}
		return changed, nil
	})
	return failed("create signing keys", err)
}
