package store

import (
	"context"
	"errors"
	"strconv"

	"example.com/keepsake/models"
)

// merged is a token's metadata after a delta. It is computed from the row as it is when the statement has locked it, so a
// PATCH that came first is kept.
const merged = `((CASE WHEN :evict::boolean THEN '{}'::jsonb ELSE metadata - :delete::text[] END) || :set::jsonb)`

// rotation is the statement that the product exists for: one guarded UPDATE by primary key.
var rotation = `WITH hit AS (
	UPDATE refresh_tokens SET
		generation = :new_generation, secret_hash = :secret_hash, rotating = :rotating,
		rotated_at = CASE WHEN generation = :new_generation THEN rotated_at ELSE :at::timestamptz END,
		last_exchanged_at = :at::timestamptz, expires_at = :expires_at, idle_expires_at = :idle_expires_at,
		last_ip = :last_ip, last_asn = :last_asn, last_user_agent = :last_user_agent, metadata = ` + merged + `
	WHERE id = :id AND generation = :generation AND revoked_at IS NULL
		AND (SELECT count(*) FROM jsonb_object_keys(` + merged + `)) <= ` + strconv.Itoa(models.MaxMetadataEntries) + `
	RETURNING id)` + withLogs

var (
	// exchange and exchangeWithEffects differ so that the usual exchange does not carry a dozen parameters for nothing.
	exchange = per(rotation+` SELECT count(*) FROM hit`,
		`UPDATE refresh_tokens SET
			generation = :new_generation, secret_hash = :secret_hash, rotating = :rotating,
			rotated_at = CASE WHEN generation = :new_generation THEN rotated_at ELSE :at END,
			last_exchanged_at = :at, expires_at = :expires_at, idle_expires_at = :idle_expires_at,
			last_ip = :last_ip, last_asn = :last_asn, last_user_agent = :last_user_agent, metadata = :metadata
		WHERE id = :id AND generation = :generation AND revoked_at IS NULL`)
	exchangeWithEffects = per(rotation+withEffects+` SELECT count(*) FROM hit`, ``)

	// selectGuard reads what the guard of an exchange looks at.
	selectGuard = both(`SELECT generation, revoked_at IS NOT NULL, metadata FROM refresh_tokens WHERE id = :id`)
)

// Exchange writes one successful exchange of a refresh token: the rotation, the metadata delta, the login's effects and
// the logs, all or nothing, in one round trip on PostgreSQL. models.ErrConflict when the token is not there, is revoked, or
// is not at x.Generation any more; models.ErrMetadataEntries when its metadata, or the session's, would exceed the limit.
func (s *Store) Exchange(ctx context.Context, x *models.Exchange) error {
	a := args{
		"id": x.ID, "generation": x.Generation, "new_generation": x.NewGeneration, "secret_hash": x.SecretHash, "rotating": x.Rotating,
		"at": x.At, "expires_at": x.ExpiresAt, "idle_expires_at": x.IdleExpiresAt,
		"last_ip": x.Last.IP, "last_asn": x.Last.ASN, "last_user_agent": x.Last.UserAgent,
	}
	if s.dialect == sqlite {
		return failed("exchange refresh token", s.inTx(ctx, func(tx querier) error { return s.exchangeSQLite(ctx, tx, x, a) }))
	}
	return failed("exchange refresh token", s.exchangePostgres(ctx, x, a))
}

func (s *Store) exchangePostgres(ctx context.Context, x *models.Exchange, a args) error {
	a["evict"], a["delete"], a["set"] = delta(x.Metadata)
	if err := s.addLogs(a, x.Logs); err != nil {
		return err
	}
	statement := exchange
	if !x.Effects.IsZero() {
		statement = exchangeWithEffects
		addEffects(a, &x.Effects, x.At)
	}
	var hit int64
	if err := s.w.one(ctx, statement, a, &hit); err != nil || hit > 0 {
		return err
	}
	// Nothing was written: only now is a second round trip worth it, to say why. A generation never comes back, so if it
	// is still the one that was presented, it was the number of entries.
	_, err := s.guard(ctx, s.w, x)
	if err == nil {
		err = models.ErrMetadataEntries
	}
	return err
}

// guard returns a token's metadata if x applies to it, else models.ErrConflict.
func (s *Store) guard(ctx context.Context, q querier, x *models.Exchange) (models.Metadata, error) {
	var generation int64
	var revoked flag
	var metadata models.Metadata
	err := translate(q.one(ctx, selectGuard, args{"id": x.ID}, &generation, &revoked, document{&metadata}))
	switch {
	case errors.Is(err, models.ErrNotFound), err == nil && (generation != x.Generation || bool(revoked)):
		return nil, models.ErrConflict
	}
	return metadata, err
}

func (s *Store) exchangeSQLite(ctx context.Context, tx querier, x *models.Exchange, a args) error {
	metadata, err := s.guard(ctx, tx, x)
	if err != nil {
		return err
	}
	metadata = x.Metadata.Apply(metadata)
	if len(metadata) > models.MaxMetadataEntries {
		return models.ErrMetadataEntries
	}
	a["metadata"] = asJSON(metadata)
	if _, err := tx.exec(ctx, exchange, a); err != nil {
		return err
	}
	if err := s.writeEffects(ctx, tx, &x.Effects, x.At); err != nil {
		return err
	}
	return s.insertLogs(ctx, tx, x.Logs)
}
