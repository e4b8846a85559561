package store

import (
	"context"

	"example.com/keepsake/models"
)

// In PostgreSQL LEAST passes over NULL, an end that is never; in SQLite min does not. The methods are models.AddMethods, of the row as it is.
var change = per(`UPDATE sessions SET updated_at = :now,
		cookie = CASE WHEN :cookie::text = '' THEN cookie ELSE :cookie::text END,
		user_id = CASE WHEN :user_id::text = '' THEN user_id ELSE :user_id::text END,
		expires_at = LEAST(expires_at, :expires_at::timestamptz),
		idle_expires_at = LEAST(idle_expires_at, :idle_expires_at::timestamptz),
		methods = coalesce((SELECT jsonb_agg(had.m ORDER BY had.n) FROM jsonb_array_elements(methods) WITH ORDINALITY AS had (m, n)
			WHERE NOT EXISTS (SELECT 1 FROM jsonb_array_elements(:methods::jsonb) AS more (m)
				WHERE more.m ->> 'name' = had.m ->> 'name' AND coalesce(more.m ->> 'type', '') = coalesce(had.m ->> 'type', ''))), '[]') || :methods::jsonb
	WHERE id = :id AND `+liveSession,
	`UPDATE sessions SET updated_at = :now,
		cookie = CASE WHEN :cookie = '' THEN cookie ELSE :cookie END,
		user_id = CASE WHEN :user_id = '' THEN user_id ELSE :user_id END,
		expires_at = min(coalesce(expires_at, :expires_at), coalesce(:expires_at, expires_at)),
		idle_expires_at = min(coalesce(idle_expires_at, :idle_expires_at), coalesce(:idle_expires_at, idle_expires_at)),
		methods = (SELECT json_group_array(json(value)) FROM (
			SELECT had.value AS value FROM json_each(methods) AS had WHERE NOT EXISTS (SELECT 1 FROM json_each(:methods) AS more
				WHERE more.value ->> 'name' = had.value ->> 'name' AND coalesce(more.value ->> 'type', '') = coalesce(had.value ->> 'type', ''))
			UNION ALL SELECT value FROM json_each(:methods)))
	WHERE id = :id AND `+liveSession)

// ChangeSession changes a live session as a login's hooks want it; its ends are only ever shortened. models.ErrNotFound when it is
// not live.
func (s *Store) ChangeSession(ctx context.Context, id string, c models.SessionChange) error {
	return failed("change session", applied(s.w.exec(ctx, change, args{
		"id": id, "now": s.now(), "cookie": string(c.Cookie), "user_id": c.UserID, "expires_at": c.ExpiresAt, "idle_expires_at": c.IdleExpiresAt,
		"methods": asJSON(append([]models.AuthMethod{}, inUTC(c.Methods)...)),
	})))
}
