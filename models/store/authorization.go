package store

import (
	"context"
	"strings"
	"time"

	"example.com/keepsake/models"
)

// codeData is an authorization code as it is stored: all of it but the columns. It lives for minutes, so it is kept
// under its Go names.
type codeData models.AuthorizationCode

const insertCodeInto = `INSERT INTO authorization_codes (hash, user_id, data, created_at, expires_at, used_at)`

var (
	createCode = per(`WITH hit AS (`+insertCodeInto+` VALUES (:hash, :user_id, :data, :created_at, :expires_at, :used_at) RETURNING 1)`+withLogs+` SELECT 1`,
		insertCodeInto+` VALUES (:hash, :user_id, :data, :created_at, :expires_at, :used_at)`)
	createCodeWithEffects = per(`WITH hit AS (`+insertCodeInto+` VALUES (:hash, :user_id, :data, :created_at, :expires_at, :used_at) RETURNING 1)`+
		withLogs+withEffects+` SELECT 1`, ``)

	selectCodeGrant = per(codeGrant(`c.data->>'SessionID'`), codeGrant(`json_extract(c.data, '$.SessionID')`))
)

// codeGrant is the text that reads a code; sessionID is how a database reaches into its data.
func codeGrant(sessionID string) string {
	return `SELECT c.hash, c.data, c.created_at, c.expires_at, c.used_at, ` + userColumns + `, s.id IS NOT NULL
		FROM authorization_codes AS c
		LEFT JOIN users AS u ON u.id = c.user_id
		LEFT JOIN sessions AS s ON s.id = ` + sessionID + `
			AND (s.expires_at IS NULL OR s.expires_at > :now) AND (s.idle_expires_at IS NULL OR s.idle_expires_at > :now)
		WHERE c.hash = :hash`
}

// CreateAuthorizationCode stores a code with the login's effects and logs, all or nothing, in one round trip on PostgreSQL.
// models.ErrConflict when its hash is taken, models.ErrMetadataEntries when the session's metadata would exceed its limit.
func (s *Store) CreateAuthorizationCode(ctx context.Context, c *models.AuthorizationCode, effects models.LoginEffects, logs ...*models.LogEvent) error {
	const doing = "create authorization code"
	d := codeData(*c)
	d.Hash = nil
	d.AuthTime, d.AuthMethods = toMilli(c.AuthTime), inUTC(c.AuthMethods)
	a := args{
		"hash": c.Hash, "user_id": c.UserID, "data": asJSON(d), "created_at": c.CreatedAt, "expires_at": c.ExpiresAt, "used_at": c.UsedAt,
	}
	if s.dialect == sqlite {
		return failed(doing, s.inTx(ctx, func(tx querier) error {
			if _, err := tx.exec(ctx, createCode, a); err != nil {
				return err
			}
			if err := s.writeEffects(ctx, tx, &effects, c.CreatedAt); err != nil {
				return err
			}
			return s.insertLogs(ctx, tx, logs)
		}))
	}
	if err := s.addLogs(a, logs); err != nil {
		return failed(doing, err)
	}
	statement := createCode
	if !effects.IsZero() {
		statement = createCodeWithEffects
		addEffects(a, &effects, c.CreatedAt)
	}
	_, err := s.w.exec(ctx, statement, a)
	return failed(doing, err)
}

// CodeGrant reads a code, used or expired ones too, and its user (nil when deleted) and whether its session
// lives, in one round trip. models.ErrNotFound
// when there is no such code.
func (s *Store) CodeGrant(ctx context.Context, hash []byte) (*models.CodeGrant, error) {
	var d codeData
	var user models.User
	var id []byte
	var created, expires, used instant // the columns count, not what the data says
	var live flag
	fields := append([]any{&id, document{&d}, &created, &expires, &used}, userFields(&user)...)
	fields = append(fields, &live)
	if err := s.r.one(ctx, selectCodeGrant, args{"hash": hash, "now": s.now()}, fields...); err != nil {
		return nil, failed("read code grant", err)
	}
	g := &models.CodeGrant{Code: models.AuthorizationCode(d), SessionLive: bool(live)}
	g.Code.Hash, g.Code.CreatedAt, g.Code.ExpiresAt, g.Code.UsedAt = id, time.Time(created), time.Time(expires), time.Time(used)
	if user.ID != "" {
		g.User = &user
	}
	return g, nil
}

// joinWords is how lists of scopes are stored.
func joinWords(list []string) string { return strings.Join(list, " ") }

// inUTC returns methods with their times as all others are stored.
func inUTC(methods []models.AuthMethod) []models.AuthMethod {
	out := make([]models.AuthMethod, len(methods))
	for i, m := range methods {
		m.Timestamp = toMilli(m.Timestamp)
		out[i] = m
	}
	return out
}
