package web

import (
	"context"
	"time"

	"example.com/keepsake/models"
)

// What the pages need, as small interfaces of their own: models/store has the first three, models/password the last.

// Transactions is the login transactions that /authorize began.
type Transactions interface {
	// LoginTransaction finds one by its id. models.ErrNotFound when it is not there or expired.
	LoginTransaction(ctx context.Context, id string, now time.Time) (*models.LoginTransaction, error)
	// AuthenticateLoginTransaction records which session was made in it, and when.
	AuthenticateLoginTransaction(ctx context.Context, id, sessionID string, at time.Time) error
	// DecideLoginTransaction records the answer of the consent page.
	DecideLoginTransaction(ctx context.Context, id string, consented bool) error
	// UpdateSuspendedLogin changes what a suspended login waits with. An error of change is returned as it is. models.ErrNotFound when
	// the transaction is not there, has expired, or is not suspended.
	UpdateSuspendedLogin(ctx context.Context, id string, change func(*models.SuspendedLogin) error) error
}

// Sessions is the browser sessions.
type Sessions interface {
	// CreateSession stores a new session, counts the login of its user (logins_count, last_login, last_ip) and ends
	// replaces ("" for none), the session that the browser had before, all in one transaction.
	CreateSession(ctx context.Context, s *models.Session, replaces string) error
	// SessionBySecret finds a live session by models.HashSecret of the cookie's value. models.ErrNotFound.
	SessionBySecret(ctx context.Context, hash []byte, now time.Time) (*models.Session, error)
	User(ctx context.Context, id string) (*models.User, error)
}

// Factors checks and enrols second factors (models/mfa). Of its errors, models.ErrWrongCode, ErrTooMany, ErrEnrolled, ErrNotEnrolled and
// ErrFactorDisabled are for the person, as is a *models.InvalidError about an address.
type Factors interface {
	Standing(ctx context.Context, tenant *models.Tenant, user *models.User) (*models.FactorStanding, error)
	StartEnrolment(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, o models.EnrolOptions) (*models.Enrolling, error)
	// Enrolling returns the factor that waits for its first code; nil when none does.
	Enrolling(t *models.MFATransaction, st *models.FactorStanding) (*models.Enrolling, error)
	Challenge(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, a *models.Authenticator) (string, error)
	Resend(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding) error
	CheckOTP(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, code string) (*models.FactorPassed, error)
	CheckSent(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, oob *string, code string) (*models.FactorPassed, error)
	CheckRecovery(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, code string) (*models.FactorPassed, error)
}

// FactorTransactions is where second factors on their way are kept.
type FactorTransactions interface {
	// OpenMFATransaction stores one; one that is there stays as it is.
	OpenMFATransaction(ctx context.Context, t *models.MFATransaction) error
	MFATransaction(ctx context.Context, id string) (*models.MFATransaction, error)
	RememberBrowser(ctx context.Context, secret, userID string, now, until time.Time) error
	BrowserRemembered(ctx context.Context, secret, userID string, now time.Time) (bool, error)
}

// Config is the tenant's configuration, from memory; what is returned is shared and must not be changed.
type Config interface {
	Tenant(ctx context.Context) (*models.Tenant, error)
	Client(ctx context.Context, id string) (*models.Client, error)
	ResourceServer(ctx context.Context, identifier string) (*models.ResourceServer, error)
	Connection(ctx context.Context, name string) (*models.Connection, error)
	Organization(ctx context.Context, idOrName string) (*models.Organization, error)
	// Form finds one by id or by name.
	Form(ctx context.Context, idOrName string) (*models.Form, error)
}

// Logs takes log events.
type Logs interface {
	WriteLogs(ctx context.Context, events ...*models.LogEvent) error
}

// Authenticator checks a user's password.
type Authenticator interface {
	// Authenticate returns the user, or models.ErrWrongUser, models.ErrWrongPassword or models.ErrBlocked (the last two with the
	// user). Its time does not tell which. models.ErrBusy when too many wait for their turn.
	Authenticate(ctx context.Context, connection, identifier, password string) (*models.User, error)
}
