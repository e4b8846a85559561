package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"example.com/keepsake/models"
)

// briefTokenColumns are the columns of refresh_tokens AS t that an exchange without hooks looks at, in the order of briefTokenFields.
const briefTokenColumns = `t.id, t.user_id, t.client_id, t.session_id, t.organization_id, t.connection, t.audience, t.scopes, t.auth_time,
	t.auth_methods, t.expires_at, t.idle_expires_at, t.rotating, t.generation, t.secret_hash, t.rotated_at, t.revoked_at`

// tokenColumns are all columns of refresh_tokens AS t, in the order of tokenFields.
const tokenColumns = briefTokenColumns + `, t.initial_ip, t.initial_asn, t.initial_user_agent, t.last_ip, t.last_asn, t.last_user_agent,
	t.created_at, t.last_exchanged_at, t.metadata`

func briefTokenFields(t *models.RefreshToken) []any {
	return []any{
		(*text)(&t.ID), (*text)(&t.UserID), (*text)(&t.ClientID), (*text)(&t.SessionID), (*text)(&t.OrganizationID),
		(*text)(&t.Connection), (*text)(&t.Audience), (*words)(&t.Scopes), (*instant)(&t.AuthTime), document{&t.AuthMethods},
		(*instant)(&t.ExpiresAt), (*instant)(&t.IdleExpiresAt), (*flag)(&t.Rotating), (*number)(&t.Generation), &t.SecretHash,
		(*instant)(&t.RotatedAt), (*instant)(&t.RevokedAt),
	}
}

func tokenFields(t *models.RefreshToken) []any {
	return append(briefTokenFields(t), (*text)(&t.Device.InitialIP), (*text)(&t.Device.InitialASN), (*text)(&t.Device.InitialUserAgent),
		(*text)(&t.Device.LastIP), (*text)(&t.Device.LastASN), (*text)(&t.Device.LastUserAgent), (*instant)(&t.CreatedAt),
		(*instant)(&t.LastExchangedAt), document{&t.Metadata})
}

// liveToken is the condition that a refresh token is neither revoked nor expired.
const liveToken = `revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now) AND (idle_expires_at IS NULL OR idle_expires_at > :now)`

// grantOf is the part of a query that finds a refresh token's user, and the user's membership in its organization.
const grantOf = `
		FROM refresh_tokens AS t
		LEFT JOIN users AS u ON u.id = t.user_id
		LEFT JOIN memberships AS m ON t.organization_id <> '' AND m.organization_id = t.organization_id AND m.user_id = t.user_id`

var (
	selectRefreshGrant = both(`SELECT ` + tokenColumns + `, ` + userColumns + `, ` + memberColumns + `, ` + sessionColumns + grantOf + `
		LEFT JOIN sessions AS s ON s.id = t.session_id
			AND (s.expires_at IS NULL OR s.expires_at > :now) AND (s.idle_expires_at IS NULL OR s.idle_expires_at > :now)
		WHERE t.id = :id`)
	selectBriefGrant = both(`SELECT ` + briefTokenColumns + `, ` + briefUserColumns + `, ` + memberColumns + grantOf + ` WHERE t.id = :id`)

	selectRefreshToken = both(`SELECT ` + tokenColumns + ` FROM refresh_tokens AS t WHERE id = :id AND ` + liveToken)

	setTokenMetadata = per(`WITH hit AS (
			UPDATE refresh_tokens AS t SET metadata = :metadata::jsonb WHERE id = :id AND `+liveToken+` RETURNING `+tokenColumns+`
		)`+withLogs+` SELECT * FROM hit`,
		`UPDATE refresh_tokens AS t SET metadata = :metadata WHERE id = :id AND `+liveToken)

	revokeToken = per(`WITH hit AS (UPDATE refresh_tokens SET revoked_at = :now WHERE id = :id AND `+liveToken+` RETURNING id)`+withLogs+`
		SELECT count(*) FROM hit`,
		`UPDATE refresh_tokens SET revoked_at = :now WHERE id = :id AND `+liveToken)
)

// RefreshGrant reads a refresh token with its user (nil when deleted), its session (nil when there is none, or when it
// has ended) and the membership in its organization, in one round trip; models.GrantForTokens leaves out what that says. A revoked or
// expired token is returned too. models.ErrNotFound when there is no such token.
func (s *Store) RefreshGrant(ctx context.Context, id string, extent models.GrantExtent) (*models.RefreshGrant, error) {
	if extent == models.GrantForTokens {
		g, err := s.briefGrant(ctx, id)
		return g, failed("read refresh grant", err)
	}
	var g models.RefreshGrant
	var user models.User
	var session models.Session
	var member models.Membership
	fields := append(tokenFields(&g.Token), userFields(&user)...)
	fields = append(append(fields, memberFields(&member)...), sessionFields(&session)...)
	err := s.r.one(ctx, selectRefreshGrant, args{"id": id, "now": s.now()}, fields...)
	if err != nil {
		return nil, failed("read refresh grant", err)
	}
	if user.ID != "" {
		g.User = &user
	}
	if session.ID != "" {
		g.Session = &session
	}
	if member.UserID != "" {
		g.Member = &member
	}
	return &g, nil
}

// briefGrant is RefreshGrant for tokens. It is what most exchanges read: all of it is one piece of memory.
func (s *Store) briefGrant(ctx context.Context, id string) (*models.RefreshGrant, error) {
	var read struct {
		models.RefreshGrant
		user   models.User
		member models.Membership
		fields [briefGrantColumns]any
	}
	fields := append(read.fields[:0], briefTokenFields(&read.Token)...)
	fields = append(append(fields, briefUserFields(&read.user)...), memberFields(&read.member)...)
	if err := s.r.one(ctx, selectBriefGrant, byID(id), fields...); err != nil {
		return nil, err
	}
	if read.user.ID != "" {
		read.User = &read.user
	}
	if read.member.UserID != "" {
		read.Member = &read.member
	}
	return &read.RefreshGrant, nil
}

// briefGrantColumns is how many columns selectBriefGrant has.
const briefGrantColumns = 36

// byID are the values of a statement whose one parameter is an id.
type byID string

func (id byID) value(name string) (any, bool) { return string(id), name == "id" }

// RefreshToken returns a live refresh token. models.ErrNotFound when there is none, also when it is revoked or expired.
func (s *Store) RefreshToken(ctx context.Context, id string) (*models.RefreshToken, error) {
	var t models.RefreshToken
	if err := s.r.one(ctx, selectRefreshToken, args{"id": id, "now": s.now()}, tokenFields(&t)...); err != nil {
		return nil, failed("read refresh token", err)
	}
	return &t, nil
}

// SetRefreshTokenMetadata replaces a live token's metadata, writes logs with it, and returns the token as it is then; one
// round trip on PostgreSQL. A *models.MetadataError when m breaks a rule, models.ErrNotFound when the token is not
// live; then nothing is written.
func (s *Store) SetRefreshTokenMetadata(ctx context.Context, id string, m models.Metadata, logs ...*models.LogEvent) (*models.RefreshToken, error) {
	if err := m.Validate(); err != nil {
		return nil, failed("set refresh token metadata", err)
	}
	var t models.RefreshToken
	a := args{"id": id, "now": s.now(), "metadata": asJSON(m.Clone())}
	if s.dialect == postgresql {
		err := s.addLogs(a, logs)
		if err == nil {
			err = s.w.one(ctx, setTokenMetadata, a, tokenFields(&t)...)
		}
		return found(&t, failed("set refresh token metadata", err))
	}
	err := s.inTx(ctx, func(tx querier) error {
		if err := applied(tx.exec(ctx, setTokenMetadata, a)); err != nil {
			return err
		}
		if err := tx.one(ctx, selectRefreshToken, a, tokenFields(&t)...); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	})
	return found(&t, failed("set refresh token metadata", err))
}

// found returns v, or nil with an error.
func found[T any](v *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// RevokeRefreshToken revokes a token and writes logs with it. models.ErrNotFound, and nothing written, when it is not live
// at that time.
func (s *Store) RevokeRefreshToken(ctx context.Context, id string, at time.Time, logs ...*models.LogEvent) error {
	const doing = "revoke refresh token"
	a := args{"id": id, "now": at}
	if s.dialect == postgresql {
		if err := s.addLogs(a, logs); err != nil {
			return failed(doing, err)
		}
		var n int64
		err := s.w.one(ctx, revokeToken, a, &n)
		return failed(doing, applied(n, err))
	}
	return failed(doing, s.inTx(ctx, func(tx querier) error {
		if err := applied(tx.exec(ctx, revokeToken, a)); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	}))
}

// errNoFilter is for a filter that would select everybody's tokens.
var errNoFilter = errors.New("a refresh token filter needs a user, a session or ids")

// tokensWhere returns the condition of a filter on live tokens.
func (s *Store) tokensWhere(f models.RefreshTokenFilter, now time.Time) (where, error) {
	w := where{text: "WHERE " + liveToken, args: args{"now": now}}
	if f.UserID == "" && f.SessionID == "" && f.IDs == nil {
		return w, errNoFilter
	}
	if f.UserID != "" {
		w.and("user_id = :user_id", "user_id", f.UserID)
	}
	if f.ClientID != "" {
		w.and("client_id = :client_id", "client_id", f.ClientID)
	}
	if f.Audience != "" {
		w.and("audience = :audience", "audience", f.Audience)
	}
	if f.SessionID != "" {
		w.and("session_id = :session_id AND session_id <> ''", "session_id", f.SessionID)
	}
	if f.IDs != nil {
		condition := "id IN (SELECT jsonb_array_elements_text(:ids::jsonb))"
		if s.dialect == sqlite {
			condition = "id IN (SELECT value FROM json_each(:ids))"
		}
		w.and(condition, "ids", asJSON(f.IDs))
	}
	if f.NonRotating {
		w.and("rotating = :rotating", "rotating", false)
	}
	if f.Except != "" {
		w.and("id <> :except", "except", f.Except)
	}
	return w, nil
}

// RevokeRefreshTokens revokes the live tokens that the filter selects and returns how many there were. The logs are
// written in the same transaction, also when there were none. A filter must name a user, a session or ids.
func (s *Store) RevokeRefreshTokens(ctx context.Context, f models.RefreshTokenFilter, at time.Time, logs ...*models.LogEvent) (int, error) {
	w, err := s.tokensWhere(f, at)
	if err != nil {
		return 0, failed("revoke refresh tokens", err)
	}
	var n int64
	err = s.inTx(ctx, func(tx querier) error {
		if n, err = tx.exec(ctx, both("UPDATE refresh_tokens SET revoked_at = :now "+w.text), w.args); err != nil {
			return err
		}
		return s.insertLogs(ctx, tx, logs)
	})
	return int(n), failed("revoke refresh tokens", err)
}

// RefreshTokens lists the live tokens that the filter selects in id order: at most page.Take after page.From. next is the
// From of the next page, "" at the end. A filter must name a user, a session or ids.
func (s *Store) RefreshTokens(ctx context.Context, filter models.RefreshTokenFilter, page models.Page) (tokens []models.RefreshToken, next string, err error) {
	w, err := s.tokensWhere(filter, s.now())
	if err != nil {
		return nil, "", failed("list refresh tokens", err)
	}
	w.and("id > :from", "from", page.From)
	take := max(page.Take, 1)
	w.args["take"] = int64(take + 1)
	tokens = []models.RefreshToken{}
	q := both("SELECT " + tokenColumns + " FROM refresh_tokens AS t " + w.text + " ORDER BY id LIMIT :take")
	err = s.r.all(ctx, q, w.args, func(rows *sql.Rows) error {
		var t models.RefreshToken
		err := rows.Scan(tokenFields(&t)...)
		tokens = append(tokens, t)
		return err
	})
	if err != nil {
		return nil, "", failed("list refresh tokens", err)
	}
	if len(tokens) > take {
		tokens = tokens[:take]
		next = tokens[take-1].ID
	}
	return tokens, next, nil
}

// CountRefreshTokens returns how many live tokens the filter selects. A filter must name a user, a session or ids.
func (s *Store) CountRefreshTokens(ctx context.Context, filter models.RefreshTokenFilter) (int, error) {
	w, err := s.tokensWhere(filter, s.now())
	if err != nil {
		return 0, failed("count refresh tokens", err)
	}
	var n int
	err = s.r.one(ctx, both("SELECT count(*) FROM refresh_tokens "+w.text), w.args, &n)
	return n, failed("count refresh tokens", err)
}
