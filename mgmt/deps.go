package mgmt

import (
	"context"
	"time"

	"example.com/keepsake/models"
)

// What mgmt needs, as small interfaces of its own. models/store has all of them but Verifier, which is oauth's.

// RefreshTokens is the refresh tokens of the store. Only live ones exist here: a revoked or expired one is models.ErrNotFound.
type RefreshTokens interface {
	RefreshToken(ctx context.Context, id string) (*models.RefreshToken, error)
	// RefreshTokens lists a user's tokens (with filter.ClientID: of one client) in id order; next is "" at the end.
	RefreshTokens(ctx context.Context, filter models.RefreshTokenFilter, page models.Page) (tokens []models.RefreshToken, next string, err error)
	CountRefreshTokens(ctx context.Context, filter models.RefreshTokenFilter) (int, error)
	// SetRefreshTokenMetadata replaces the metadata and writes logs, in one round trip, and returns the token as it is now.
	SetRefreshTokenMetadata(ctx context.Context, id string, m models.Metadata, logs ...*models.LogEvent) (*models.RefreshToken, error)
	RevokeRefreshToken(ctx context.Context, id string, at time.Time, logs ...*models.LogEvent) error
	RevokeRefreshTokens(ctx context.Context, filter models.RefreshTokenFilter, at time.Time, logs ...*models.LogEvent) (int, error)
}

// Sessions is the browser sessions of the store; live ones only.
type Sessions interface {
	Session(ctx context.Context, id string) (*models.Session, error)
	Sessions(ctx context.Context, userID string, page models.Page) (sessions []models.Session, next string, err error)
	CountSessions(ctx context.Context, userID string) (int, error)
	SetSessionMetadata(ctx context.Context, id string, m models.Metadata, logs ...*models.LogEvent) (*models.Session, error)
	// EndSession ends one session and leaves the refresh tokens bound to it alone.
	EndSession(ctx context.Context, id string, logs ...*models.LogEvent) error
	// EndSessions ends all of a user's.
	EndSessions(ctx context.Context, userID string, logs ...*models.LogEvent) (int, error)
	// RevokeSession ends the session and revokes the refresh tokens bound to it, in one transaction.
	RevokeSession(ctx context.Context, id string, at time.Time, logs ...*models.LogEvent) error
}

// Logs is the tenant's log.
type Logs interface {
	WriteLogs(ctx context.Context, events ...*models.LogEvent) error
	Log(ctx context.Context, id string) (*models.LogEvent, error)
	// Logs returns one page by offset, newest first or (ascending) oldest first.
	Logs(ctx context.Context, filter models.LogFilter, offset, limit int, ascending bool) ([]models.LogEvent, error)
	CountLogs(ctx context.Context, filter models.LogFilter) (int, error)
	// LogsAfter returns the events after a log_id, oldest first.
	LogsAfter(ctx context.Context, id string, take int) ([]models.LogEvent, error)
}

// Factors is the users' second factors.
type Factors interface {
	Authenticators(ctx context.Context, userID string) ([]models.Authenticator, error)
	// DeleteAuthenticators removes all of a user's, and writes logs in the same transaction.
	DeleteAuthenticators(ctx context.Context, userID string, logs ...*models.LogEvent) error
}

// Directory answers whether what a request names exists. models.ErrNotFound.
type Directory interface {
	User(ctx context.Context, id string) (*models.User, error)
	Client(ctx context.Context, id string) (*models.Client, error)
	ResourceServer(ctx context.Context, identifier string) (*models.ResourceServer, error)
}

// Verifier checks a bearer token (oauth/bearer.go).
type Verifier interface {
	// VerifyAccessToken checks signature, issuer, expiry and audience, and returns what the token says.
	// models.ErrInvalidToken when the token is no good, whatever the reason; any other error is the server's.
	VerifyAccessToken(ctx context.Context, token, audience string) (*models.AccessTokenClaims, error)
}
