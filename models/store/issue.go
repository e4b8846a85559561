package store

import (
	"context"
	"maps"
	"time"

	"example.com/keepsake/models"
)

// issueKind is which parts an issuance has; each combination is one constant statement on PostgreSQL.
type issueKind struct{ code, token, effects bool }

const (
	consumeCode = `UPDATE authorization_codes SET used_at = :at WHERE hash = :code AND used_at IS NULL`

	insertTokenInto = `INSERT INTO refresh_tokens (id, user_id, client_id, session_id, organization_id, connection, audience, scopes, auth_time,
		auth_methods, initial_ip, initial_asn, initial_user_agent, last_ip, last_asn, last_user_agent, created_at, expires_at,
		idle_expires_at, last_exchanged_at, rotating, generation, secret_hash, rotated_at, revoked_at, metadata)`
	tokenValues = `:id, :user_id, :client_id, :session_id, :organization_id, :connection, :audience, :scopes, :auth_time,
		:auth_methods, :initial_ip, :initial_asn, :initial_user_agent, :last_ip, :last_asn, :last_user_agent, :created_at, :expires_at,
		:idle_expires_at, :last_exchanged_at, :rotating, :generation, :secret_hash, :rotated_at, :revoked_at, :metadata`
	tokenValuesPostgres = `:id::text, :user_id::text, :client_id::text, :session_id::text, :organization_id::text, :connection::text,
		:audience::text, :scopes::text, :auth_time::timestamptz, :auth_methods::jsonb, :initial_ip::text, :initial_asn::text,
		:initial_user_agent::text, :last_ip::text, :last_asn::text, :last_user_agent::text, :created_at::timestamptz,
		:expires_at::timestamptz, :idle_expires_at::timestamptz, :last_exchanged_at::timestamptz, :rotating::boolean,
		:generation::bigint, :secret_hash::bytea, :rotated_at::timestamptz, :revoked_at::timestamptz, :metadata::jsonb`

	countLive = `(SELECT count(*) FROM refresh_tokens WHERE user_id = :user_id AND client_id = :client_id
		AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :at) AND (idle_expires_at IS NULL OR idle_expires_at > :at))`
)

var (
	issueStatements = newIssueStatements()

	consume     = both(consumeCode)
	insertToken = both(insertTokenInto + ` VALUES (` + tokenValues + `)`)
	countTokens = both(`SELECT ` + countLive)

	// deleteOldest removes what goes beyond the newest :keep live tokens of a user and a client.
	deleteOldest = both(`DELETE FROM refresh_tokens WHERE id IN (
		SELECT id FROM refresh_tokens WHERE user_id = :user_id AND client_id = :client_id AND ` + liveToken + `
		ORDER BY created_at DESC, id DESC LIMIT 100000 OFFSET :keep)`)
)

// newIssueStatements composes the statements: the code is consumed first, and the rest happens only if that hit.
func newIssueStatements() map[issueKind]query {
	all := make(map[issueKind]query)
	for i := range 8 {
		k := issueKind{code: i&1 != 0, token: i&2 != 0, effects: i&4 != 0}
		sql := `WITH hit AS (SELECT 1)`
		if k.code {
			sql = `WITH hit AS (` + consumeCode + ` RETURNING 1)`
		}
		live := `0::bigint`
		if k.token {
			sql += `, token AS (` + insertTokenInto + ` SELECT ` + tokenValuesPostgres + ` FROM hit)`
			live = countLive
		}
		sql += withLogs
		if k.effects {
			sql += withEffects
		}
		all[k] = query{postgresql: compile(sql + ` SELECT (SELECT count(*) FROM hit), ` + live)}
	}
	return all
}

func tokenArgs(a args, t *models.RefreshToken) {
	maps.Copy(a, args{
		"id": t.ID, "user_id": t.UserID, "client_id": t.ClientID, "session_id": t.SessionID, "organization_id": t.OrganizationID,
		"connection": t.Connection, "audience": t.Audience, "scopes": joinWords(t.Scopes), "auth_time": t.AuthTime,
		"auth_methods": asJSON(inUTC(t.AuthMethods)),
		"initial_ip":   t.Device.InitialIP, "initial_asn": t.Device.InitialASN, "initial_user_agent": t.Device.InitialUserAgent,
		"last_ip": t.Device.LastIP, "last_asn": t.Device.LastASN, "last_user_agent": t.Device.LastUserAgent,
		"created_at": t.CreatedAt, "expires_at": t.ExpiresAt, "idle_expires_at": t.IdleExpiresAt, "last_exchanged_at": t.LastExchangedAt,
		"rotating": t.Rotating, "generation": t.Generation, "secret_hash": t.SecretHash, "rotated_at": t.RotatedAt,
		"revoked_at": t.RevokedAt, "metadata": asJSON(t.Metadata.Clone()),
	})
}

// Issue writes one successful first exchange: it consumes the code, creates the refresh token and writes the login's
// effects and the logs, all or nothing, in one round trip on PostgreSQL. models.ErrUsed when the code was consumed before
// (or is gone), models.ErrConflict when the token's id is taken, a *models.MetadataError when the token's or the session's
// metadata breaks a rule.
//
// A user's live tokens with the client beyond models.MaxRefreshTokens are removed afterwards, oldest first, with a log
// event. If that fails, the issuance stands, and the next one tries again.
func (s *Store) Issue(ctx context.Context, i *models.Issuance) error {
	const doing = "issue tokens"
	if i.Token != nil {
		if err := i.Token.Metadata.Validate(); err != nil {
			return failed(doing, err)
		}
	}
	a := args{"at": i.At, "code": i.CodeHash}
	if i.Token != nil {
		tokenArgs(a, i.Token)
	}
	var before int64
	var err error
	if s.dialect == postgresql {
		before, err = s.issuePostgres(ctx, i, a)
	} else {
		err = s.inTx(ctx, func(tx querier) (err error) {
			before, err = s.issueSQLite(ctx, tx, i, a)
			return err
		})
	}
	if err != nil {
		return failed(doing, err)
	}
	if before >= models.MaxRefreshTokens {
		if err := s.removeOldest(ctx, i.Token, i.At, before+1); err != nil {
			s.logger.ErrorContext(ctx, "removing the oldest refresh tokens", "user_id", i.Token.UserID, "client_id", i.Token.ClientID, "error", translate(err))
		}
	}
	return nil
}

// issuePostgres returns how many live tokens the user had with the client before.
func (s *Store) issuePostgres(ctx context.Context, i *models.Issuance, a args) (int64, error) {
	if err := s.addLogs(a, i.Logs); err != nil {
		return 0, err
	}
	kind := issueKind{code: i.CodeHash != nil, token: i.Token != nil, effects: !i.Effects.IsZero()}
	if kind.effects {
		addEffects(a, &i.Effects, i.At)
	}
	var hit, before int64
	if err := s.w.one(ctx, issueStatements[kind], a, &hit, &before); err != nil {
		return 0, err
	}
	if hit == 0 {
		return 0, models.ErrUsed
	}
	return before, nil
}

func (s *Store) issueSQLite(ctx context.Context, tx querier, i *models.Issuance, a args) (before int64, err error) {
	if i.CodeHash != nil {
		switch n, err := tx.exec(ctx, consume, a); {
		case err != nil:
			return 0, err
		case n == 0:
			return 0, models.ErrUsed
		}
	}
	if i.Token != nil {
		if err := tx.one(ctx, countTokens, a, &before); err != nil {
			return 0, err
		}
		if _, err := tx.exec(ctx, insertToken, a); err != nil {
			return 0, err
		}
	}
	if err := s.writeEffects(ctx, tx, &i.Effects, i.At); err != nil {
		return 0, err
	}
	return before, s.insertLogs(ctx, tx, i.Logs)
}

// removeOldest removes the tokens that go beyond the limit and logs it (contract 4.10).
func (s *Store) removeOldest(ctx context.Context, t *models.RefreshToken, at time.Time, start int64) error {
	return s.inTx(ctx, func(tx querier) error {
		n, err := tx.exec(ctx, deleteOldest, args{"user_id": t.UserID, "client_id": t.ClientID, "now": at, "keep": int64(models.MaxRefreshTokens)})
		if err != nil || n == 0 { // another issuance removed them
			return err
		}
		return s.insertLogs(ctx, tx, []*models.LogEvent{{
			ID: models.NewLogID(at), Date: at, Type: models.LogResourceCleanup, UserID: t.UserID, ClientID: t.ClientID,
			Description: "Removed the oldest refresh tokens of the user and the application",
			Details: map[string]any{
				"resource": "refresh_tokens", "start": start, "removedCount": n, "endCount": start - n,
			},
		}})
	})
}
