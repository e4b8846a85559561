package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"example.com/keepsake/models"
)

// withEffects is the part of a PostgreSQL statement that writes a login's effects if the CTE "hit" has a row. A patch
// of a user's metadata is shallow: a key is replaced or deleted as a whole.
const withEffects = `, person AS (
	UPDATE users SET
		app_metadata = (app_metadata - :app_delete::text[]) || :app_set::jsonb,
		user_metadata = (user_metadata - :user_delete::text[]) || :user_set::jsonb,
		logins_count = logins_count + :logins::bigint,
		last_login = CASE WHEN :logins::bigint > 0 THEN :effects_at::timestamptz ELSE last_login END,
		last_ip = CASE WHEN :logins::bigint > 0 THEN :login_ip::text ELSE last_ip END,
		updated_at = :effects_at::timestamptz
	FROM hit WHERE users.id = :effects_user
), seat AS (
	UPDATE sessions SET
		metadata = (CASE WHEN :seat_evict::boolean THEN '{}'::jsonb ELSE metadata - :seat_delete::text[] END) || :seat_set::jsonb,
		updated_at = :effects_at::timestamptz
	FROM hit WHERE sessions.id = :effects_session
)`

// addEffects puts the parameters of withEffects into a. A user or session with nothing to write is left out by an id that
// nothing has.
func addEffects(a args, e *models.LoginEffects, at time.Time) {
	a["app_set"], a["app_delete"] = splitPatch(e.AppMetadata)
	a["user_set"], a["user_delete"] = splitPatch(e.UserMetadata)
	a["logins"], a["login_ip"], a["effects_at"] = int64(0), e.LoginIP, at
	if e.CountLogin {
		a["logins"] = int64(1)
	}
	a["effects_user"], a["effects_session"] = "", ""
	if changesUser(e) {
		a["effects_user"] = e.UserID
	}
	if !e.SessionMetadata.IsZero() {
		a["effects_session"] = e.SessionID
	}
	a["seat_evict"], a["seat_delete"], a["seat_set"] = delta(e.SessionMetadata)
}

func changesUser(e *models.LoginEffects) bool {
	return len(e.AppMetadata) > 0 || len(e.UserMetadata) > 0 || e.CountLogin
}

// delta returns the parts of a metadata delta as PostgreSQL wants them: an array that is NULL would make all of it NULL.
func delta(d models.MetadataDelta) (evict bool, remove []string, set any) {
	remove = append([]string{}, d.Delete...)
	if d.Set == nil {
		return d.Evict, remove, asJSON(struct{}{})
	}
	return d.Evict, remove, asJSON(d.Set)
}

// splitPatch returns what a patch sets, and which keys it deletes.
func splitPatch(patch map[string]any) (set any, remove []string) {
	sets := make(map[string]any, len(patch))
	remove = []string{}
	for k, v := range patch {
		if v == nil {
			remove = append(remove, storable(k))
		} else {
			sets[k] = v
		}
	}
	slices.Sort(remove)
	return asJSON(sets), remove
}

// applyPatch is what SQLite has instead of the merge in SQL; its transactions have the row to themselves.
func applyPatch(to, patch map[string]any) map[string]any {
	out := make(map[string]any, len(to)+len(patch))
	for _, m := range []map[string]any{to, patch} {
		for k, v := range m {
			if v == nil {
				delete(out, k)
			} else {
				out[k] = v
			}
		}
	}
	return out
}

var (
	effectsAlone = per(`WITH hit AS (SELECT 1)`+withEffects+` SELECT 1`, ``)

	selectUserMetadata = both(`SELECT app_metadata, user_metadata FROM users WHERE id = :id`)
	updateUserEffects  = both(`UPDATE users SET app_metadata = :app_metadata, user_metadata = :user_metadata, logins_count = logins_count + :logins,
		last_login = CASE WHEN :logins > 0 THEN :at ELSE last_login END, last_ip = CASE WHEN :logins > 0 THEN :ip ELSE last_ip END,
		updated_at = :at WHERE id = :id`)
	selectSessionMetadata = both(`SELECT metadata FROM sessions WHERE id = :id`)
	updateSessionMetadata = both(`UPDATE sessions SET metadata = :metadata, updated_at = :at WHERE id = :id`)
)

// writeEffects writes effects as a step of its own: of a transaction on SQLite.
func (s *Store) writeEffects(ctx context.Context, q querier, e *models.LoginEffects, at time.Time) error {
	if e.IsZero() {
		return nil
	}
	if s.dialect == postgresql {
		a := args{}
		addEffects(a, e, at)
		_, err := q.exec(ctx, effectsAlone, a)
		return err
	}
	if changesUser(e) {
		if err := writeUserEffects(ctx, q, e, at); err != nil {
			return err
		}
	}
	if e.SessionMetadata.IsZero() {
		return nil
	}
	var metadata models.Metadata
	err := q.one(ctx, selectSessionMetadata, args{"id": e.SessionID}, document{&metadata})
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the session has ended meanwhile, and its metadata with it
	}
	if err != nil {
		return err
	}
	metadata = e.SessionMetadata.Apply(metadata)
	if len(metadata) > models.MaxMetadataEntries {
		return models.ErrMetadataEntries
	}
	_, err = q.exec(ctx, updateSessionMetadata, args{"id": e.SessionID, "metadata": asJSON(metadata), "at": at})
	return err
}

func writeUserEffects(ctx context.Context, q querier, e *models.LoginEffects, at time.Time) error {
	var app, user map[string]any
	err := q.one(ctx, selectUserMetadata, args{"id": e.UserID}, document{&app}, document{&user})
	if errors.Is(err, sql.ErrNoRows) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	logins := int64(0)
	if e.CountLogin {
		logins = 1
	}
	_, err = q.exec(ctx, updateUserEffects, args{
		"id": e.UserID, "app_metadata": asJSON(applyPatch(app, e.AppMetadata)), "user_metadata": asJSON(applyPatch(user, e.UserMetadata)),
		"logins": logins, "ip": e.LoginIP, "at": at,
	})
	return err
}

// ApplyEffects writes effects that belong to no token, in one round trip; nothing for zero effects. A user or session that
// is gone is no error. models.ErrMetadataEntries, and nothing written, when the session's metadata would exceed its limit.
func (s *Store) ApplyEffects(ctx context.Context, e models.LoginEffects) error {
	if e.IsZero() {
		return nil
	}
	if s.dialect == postgresql {
		return failed("write login effects", s.writeEffects(ctx, s.w, &e, s.now()))
	}
	return failed("write login effects", s.inTx(ctx, func(tx querier) error { return s.writeEffects(ctx, tx, &e, s.now()) }))
}
