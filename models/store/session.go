package store

import (
	"context"
	"database/sql"
	"time"

	"example.com/keepsake/models"
)

// sessionColumns are the columns of sessions AS s, in the order of sessionFields.
const sessionColumns = `s.id, s.secret_hash, s.user_id, s.connection, s.created_at, s.updated_at, s.authenticated_at, s.last_interacted_at,
	s.expires_at, s.idle_expires_at, s.initial_ip, s.initial_asn, s.initial_user_agent, s.last_ip, s.last_asn, s.last_user_agent,
	s.clients, s.methods, s.cookie, s.metadata`

func sessionFields(s *models.Session) []any {
	return []any{
		(*text)(&s.ID), &s.SecretHash, (*text)(&s.UserID), (*text)(&s.Connection), (*instant)(&s.CreatedAt), (*instant)(&s.UpdatedAt),
		(*instant)(&s.AuthenticatedAt), (*instant)(&s.LastInteractedAt), (*instant)(&s.ExpiresAt), (*instant)(&s.IdleExpiresAt),
		(*text)(&s.Device.InitialIP), (*text)(&s.Device.InitialASN), (*text)(&s.Device.InitialUserAgent),
		(*text)(&s.Device.LastIP), (*text)(&s.Device.LastASN), (*text)(&s.Device.LastUserAgent),
		document{&s.Clients}, document{&s.Methods}, (*text)(&s.Cookie), document{&s.Metadata},
	}
}

// liveSession is the condition that a session has not ended.
const liveSession = `(expires_at IS NULL OR expires_at > :now) AND (idle_expires_at IS NULL OR idle_expires_at > :now)`

const (
	touchSession = `UPDATE sessions SET last_interacted_at = :now, updated_at = :now, idle_expires_at = :idle_expires_at,
		last_ip = :last_ip, last_asn = :last_asn, last_user_agent = :last_user_agent, clients = CASE `
	endSession = `DELETE FROM sessions WHERE id = :id AND ` + liveSession
)

var (
	insertSession = both(`INSERT INTO sessions (id, secret_hash, user_id, connection, created_at, updated_at, authenticated_at, last_interacted_at,
			expires_at, idle_expires_at, initial_ip, initial_asn, initial_user_agent, last_ip, last_asn, last_user_agent,
			clients, methods, cookie, metadata)
		VALUES (:id, :secret_hash, :user_id, :connection, :created_at, :updated_at, :authenticated_at, :last_interacted_at,
			:expires_at, :idle_expires_at, :initial_ip, :initial_asn, :initial_user_agent, :last_ip, :last_asn, :last_user_agent,
			:clients, :methods, :cookie, :metadata)`)
	removeSession = both(`DELETE FROM sessions WHERE id = :id`)

	selectSession         = both(`SELECT ` + sessionColumns + ` FROM sessions AS s WHERE id = :id AND ` + liveSession)
	selectSessionBySecret = both(`SELECT ` + sessionColumns + ` FROM sessions AS s WHERE secret_hash = :hash AND ` + liveSession)
	selectSessions        = both(`SELECT ` + sessionColumns + ` FROM sessions AS s WHERE user_id = :user_id AND id > :from AND ` + liveSession +
		` ORDER BY id LIMIT :take`)
	countSessions = both(`SELECT count(*) FROM sessions WHERE user_id = :user_id AND ` + liveSession)

	touch = per(touchSession+`WHEN :client_id::text = '' OR clients @> to_jsonb(:client_id::text) THEN clients
			ELSE clients || to_jsonb(:client_id::text) END WHERE id = :id AND `+liveSession,
		touchSession+`WHEN :client_id = '' OR EXISTS (SELECT 1 FROM json_each(clients) WHERE value = :client_id) THEN clients
			ELSE json_insert(clients, '$[#]', :client_id) END WHERE id = :id AND `+liveSession)

	setSessionMetadata = per(`WITH hit AS (
			UPDATE sessions AS s SET metadata = :metadata::jsonb, updated_at = :now WHERE id = :id AND `+liveSession+` RETURNING `+sessionColumns+`
		)`+withLogs+` SELECT * FROM hit`,
		`UPDATE sessions AS s SET metadata = :metadata, updated_at = :now WHERE id = :id AND `+liveSession)

	end = per(`WITH hit AS (`+endSession+` RETURNING 1)`+withLogs+` SELECT count(*) FROM hit`, endSession)

	endQuietly         = both(endSession)
	endAll             = both(`DELETE FROM sessions WHERE user_id = :user_id AND ` + liveSession)
	revokeSessionToken = both(`UPDATE refresh_tokens SET revoked_at = :now WHERE session_id = :id AND session_id <> '' AND ` + liveToken)
)

// CreateSession stores a new session, counts its user's login (logins_count, last_login, last_ip) and ends the session that
// the browser had before ("" for none), in one transaction. models.ErrConflict when the id or the hash is taken, a
// *models.MetadataError when its metadata breaks a rule.
func (s *Store) CreateSession(ctx context.Context, n *models.Session, replaces string) error {
	const doing = "create session"
	if err := n.Metadata.Validate(); err != nil {
		return failed(doing, err)
	}
	return failed(doing, s.inTx(ctx, func(tx querier) error {
		_, err := tx.exec(ctx, insertSession, args{
			"id": n.ID, "secret_hash": n.SecretHash, "user_id": n.UserID, "connection": n.Connection, "created_at": n.CreatedAt,
			"updated_at": n.UpdatedAt, "authenticated_at": n.AuthenticatedAt, "last_interacted_at": n.LastInteractedAt,
			"expires_at": n.ExpiresAt, "idle_expires_at": n.IdleExpiresAt,
			"initial_ip": n.Device.InitialIP, "initial_asn": n.Device.InitialASN, "initial_user_agent": n.Device.InitialUserAgent,
			"last_ip": n.Device.LastIP, "last_asn": n.Device.LastASN, "last_user_agent": n.Device.LastUserAgent,
			"clients": asJSON(append([]string{}, n.Clients...)), "methods": asJSON(inUTC(n.Methods)), "cookie": string(n.Cookie),
			"metadata": asJSON(n.Metadata.Clone()),
		})
		if err != nil {
			return err
		}
		login := models.LoginEffects{UserID: n.UserID, CountLogin: true, LoginIP: n.Device.LastIP}
		if err := s.writeEffects(ctx, tx, &login, n.AuthenticatedAt); err != nil {
			return err
		}
		if replaces == "" {
			return nil
		}
		_, err = tx.exec(ctx, removeSession, args{"id": replaces})
		return err
	}))
}

// Session returns a live session by id, or models.ErrNotFound.
func (s *Store) Session(ctx context.Context, id string) (*models.Session, error) {
	return s.sessionBy(ctx, s.r, selectSession, args{"id": id, "now": s.now()})
}

// SessionBySecret returns the session that is live at now by models.HashSecret of the cookie's value, or models.ErrNotFound.
func (s *Store) SessionBySecret(ctx context.Context, hash []byte, now time.Time) (*models.Session, error) {
	return s.sessionBy(ctx, s.r, selectSessionBySecret, args{"hash": hash, "now": now})
}

func (s *Store) sessionBy(ctx context.Context, q querier, query query, a args) (*models.Session, error) {
	var found models.Session
	if err := q.one(ctx, query, a, sessionFields(&found)...); err != nil {
		return nil, failed("read session", err)
	}
	return &found, nil
}

// Sessions lists a user's live sessions in id order: at most page.Take after page.From. next is the From of the next page,
// "" at the end.
func (s *Store) Sessions(ctx context.Context, userID string, page models.Page) (sessions []models.Session, next string, err error) {
	take := max(page.Take, 1)
	sessions = []models.Session{}
	a := args{"user_id": userID, "from": page.From, "now": s.now(), "take": int64(take + 1)}
	err = s.r.all(ctx, selectSessions, a, func(rows *sql.Rows) error {
		var one models.Session
		err := rows.Scan(sessionFields(&one)...)
		sessions = append(sessions, one)
		return err
	})
	if err != nil {
		return nil, "", failed("list sessions", err)
	}
	if len(sessions) > take {
		sessions = sessions[:take]
		next = sessions[take-1].ID
	}
	return sessions, next, nil
}

// CountSessions returns how many live sessions a user has.
func (s *Store) CountSessions(ctx context.Context, userID string) (int, error) {
	var n int
	err := s.r.one(ctx, countSessions, args{"user_id": userID, "now": s.now()}, &n)
	return n, failed("count sessions", err)
}

// TouchSession records an interaction: its time, the new idle expiry, where it came from, and the client if it is new to the
// session ("" for none). models.ErrNotFound when the session is not live at now.
func (s *Store) TouchSession(ctx context.Context, id, clientID string, o models.Origin, now, idleExpires time.Time) error {
	return failed("touch session", applied(s.w.exec(ctx, touch, args{
		"id": id, "client_id": clientID, "now": now, "idle_expires_at": idleExpires,
		"last_ip": o.IP, "last_asn": o.ASN, "last_user_agent": o.UserAgent,
	})))
}

// SetSessionMetadata replaces a live session's metadata, writes logs with it, and returns the session as it is then. A
// *models.MetadataError when m breaks a rule, models.ErrNotFound when the session is not live; then nothing is written.
func (s *Store) SetSessionMetadata(ctx context.Context, id string, m models.Metadata, logs ...*models.LogEvent) (*models.Session, error) {
	const doing = "set session metadata"
	if err := m.Validate(); err != nil {
		return nil, failed(doing, err)
	}
	a := args{"id": id, "now": s.now(), "metadata": asJSON(m.Clone())}
	var session models.Session
	if s.dialect == postgresql {
		err := s.addLogs(a, logs)
		if err == nil {
			err = s.w.one(ctx, setSessionMetadata, a, sessionFields(&session)...)
		}
		return found(&session, failed(doing, err))
	}
	err := s.inTx(ctx, func(tx querier) error {
		if err := applied(tx.exec(ctx, setSessionMetadata, a)); err != nil {
			return err
		}
		if err := tx.one(ctx, selectSession, a, sessionFields(&session)...); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	})
	return found(&session, failed(doing, err))
}

// EndSession ends a session and writes logs with it; the refresh tokens bound to it live on. models.ErrNotFound, and nothing
// written, when it is not live.
func (s *Store) EndSession(ctx context.Context, id string, logs ...*models.LogEvent) error {
	a := args{"id": id, "now": s.now()}
	if s.dialect == postgresql {
		if err := s.addLogs(a, logs); err != nil {
			return failed("end session", err)
		}
		var n int64
		err := s.w.one(ctx, end, a, &n)
		return failed("end session", applied(n, err))
	}
	return failed("end session", s.inTx(ctx, func(tx querier) error {
		if err := applied(tx.exec(ctx, end, a)); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	}))
}

// EndSessions ends a user's live sessions and returns how many there were. The logs are written in the same transaction, also
// when there were none.
func (s *Store) EndSessions(ctx context.Context, userID string, logs ...*models.LogEvent) (int, error) {
	var n int64
	err := s.inTx(ctx, func(tx querier) (err error) {
		if n, err = tx.exec(ctx, endAll, args{"user_id": userID, "now": s.now()}); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	})
	return int(n), failed("end sessions", err)
}

// RevokeSession ends a session and revokes the live refresh tokens that are bound to it, with logs, in one transaction.
// models.ErrNotFound, and nothing written, when it is not live at that time.
func (s *Store) RevokeSession(ctx context.Context, id string, at time.Time, logs ...*models.LogEvent) error {
	a := args{"id": id, "now": at}
	return failed("revoke session", s.inTx(ctx, func(tx querier) error {
		if err := applied(tx.exec(ctx, endQuietly, a)); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, revokeSessionToken, a); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	}))
}
