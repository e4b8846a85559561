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

// The statement that the product exists for: one guarded UPDATE by primary key, and with it the log. The usual exchange has one log event and
// changes no metadata; it carries no parameter, no array and no jsonb operator for what it does not do.
const (
	rotate = `UPDATE refresh_tokens SET
		generation = :new_generation, secret_hash = :secret_hash, rotating = :rotating,
		rotated_at = CASE WHEN generation = :new_generation THEN rotated_at ELSE :at::timestamptz END,
		last_exchanged_at = :at::timestamptz, expires_at = :expires_at, idle_expires_at = :idle_expires_at,
		last_ip = :last_ip, last_asn = :last_asn, last_user_agent = :last_user_agent`
	rotateGuard = `
	WHERE id = :id AND generation = :generation AND revoked_at IS NULL`
)

var (
	// rotateMerging changes the metadata too.
	rotateMerging = rotate + `, metadata = ` + merged + rotateGuard + `
		AND (SELECT count(*) FROM jsonb_object_keys(` + merged + `)) <= ` + strconv.Itoa(models.MaxMetadataEntries)

	// Each of these touches one row (of log_events, the first two; counted, the third) if the guard held, else none.
	exchange         = per(`WITH hit AS (`+rotate+rotateGuard+` RETURNING 1) `+logOnce, exchangeSQLite)
	exchangeMerging  = per(`WITH hit AS (`+rotateMerging+` RETURNING 1) `+logOnce, ``)
	exchangeAnything = per(`WITH hit AS (`+rotateMerging+` RETURNING 1)`+withLogs+withEffects+` SELECT 1 FROM hit`, ``)
)

// exchangeSQLite is run when the guard has been looked at (Store.exchangeSQLite).
const exchangeSQLite = `UPDATE refresh_tokens SET
			generation = :new_generation, secret_hash = :secret_hash, rotating = :rotating,
			rotated_at = CASE WHEN generation = :new_generation THEN rotated_at ELSE :at END,
			last_exchanged_at = :at, expires_at = :expires_at, idle_expires_at = :idle_expires_at,
			last_ip = :last_ip, last_asn = :last_asn, last_user_agent = :last_user_agent, metadata = :metadata
		WHERE id = :id AND generation = :generation AND revoked_at IS NULL`

var (
	// selectGuard reads what the guard of an exchange looks at.
	selectGuard = both(`SELECT generation, revoked_at IS NOT NULL, metadata FROM refresh_tokens WHERE id = :id`)
)

// rotation are the parameters of an exchange. more has those of the statements that do more.
type rotation struct {
	*models.Exchange
	log  logRow
	more args
}

func (r *rotation) value(name string) (any, bool) {
	switch name {
	case "id":
		return r.ID, true
	case "generation":
		return r.Generation, true
	case "new_generation":
		return r.NewGeneration, true
	case "secret_hash":
		return r.SecretHash, true
	case "rotating":
		return r.Rotating, true
	case "at":
		return r.At, true
	case "expires_at":
		return r.ExpiresAt, true
	case "idle_expires_at":
		return r.IdleExpiresAt, true
	case "last_ip":
		return r.Last.IP, true
	case "last_asn":
		return r.Last.ASN, true
	case "last_user_agent":
		return r.Last.UserAgent, true
	}
	if v, ok := r.more[name]; ok {
		return v, true
	}
	return r.log.value(name)
}

// Exchange writes one successful exchange of a refresh token: the rotation, the metadata delta, the login's effects and
// the logs, all or nothing, in one round trip on PostgreSQL. models.ErrConflict when the token is not there, is revoked, or
// is not at x.Generation any more; models.ErrMetadataEntries when its metadata, or the session's, would exceed the limit.
func (s *Store) Exchange(ctx context.Context, x *models.Exchange) error {
	if s.dialect == sqlite {
		return failed("exchange refresh token", s.inTx(ctx, func(tx querier) error { return s.exchangeSQLite(ctx, tx, x) }))
	}
	return failed("exchange refresh token", s.exchangePostgres(ctx, x))
}

func (s *Store) exchangePostgres(ctx context.Context, x *models.Exchange) error {
	statement, r, err := s.rotation(x)
	if err != nil {
		return err
	}
	if hit, err := s.w.exec(ctx, statement, r); err != nil || hit > 0 {
		return err
	}
	// Nothing was written: only now is a second round trip worth it, to say why. A generation never comes back, so if it
	// is still the one that was presented, it was the number of entries.
	_, err = s.guard(ctx, s.w, x)
	if err == nil {
		err = models.ErrMetadataEntries
	}
	return err
}

// rotation chooses the least statement that does what x says, with its parameters.
func (s *Store) rotation(x *models.Exchange) (query, *rotation, error) {
	r := &rotation{Exchange: x}
	usual := len(x.Logs) == 1 && x.Logs[0] != nil && x.Effects.IsZero()
	if !usual || !x.Metadata.IsZero() {
		r.more = args{}
		r.more["evict"], r.more["delete"], r.more["set"] = delta(x.Metadata)
	}
	if !usual {
		addEffects(r.more, &x.Effects, x.At)
		return exchangeAnything, r, s.addLogs(r.more, x.Logs)
	}
	var err error
	r.log, err = s.newLogRow(x.Logs[0])
	if r.more != nil {
		return exchangeMerging, r, err
	}
	return exchange, r, err
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

func (s *Store) exchangeSQLite(ctx context.Context, tx querier, x *models.Exchange) error {
	metadata, err := s.guard(ctx, tx, x)
	if err != nil {
		return err
	}
	metadata = x.Metadata.Apply(metadata)
	if len(metadata) > models.MaxMetadataEntries {
		return models.ErrMetadataEntries
	}
	if _, err := tx.exec(ctx, exchange, &rotation{Exchange: x, more: args{"metadata": asJSON(metadata)}}); err != nil {
		return err
	}
	if err := s.writeEffects(ctx, tx, &x.Effects, x.At); err != nil {
		return err
	}
	return s.insertLogs(ctx, tx, x.Logs)
}
