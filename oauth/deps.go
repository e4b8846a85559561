package oauth

import (
	"context"
	"net/http"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// What oauth needs from the outside, as small interfaces of its own. models/store has the first four, web the pages,
// models/password the authenticator; cmd/keepsake puts them together.

// Config is the tenant's configuration. Its methods are called on the hot path: they answer from memory, and what they
// return is shared and must not be changed. A name that is not there is models.ErrNotFound.
type Config interface {
	Tenant(ctx context.Context) (*models.Tenant, error)
	Client(ctx context.Context, id string) (*models.Client, error)
	ResourceServer(ctx context.Context, identifier string) (*models.ResourceServer, error)
	ClientGrant(ctx context.Context, clientID, audience string) (*models.ClientGrant, error)
	Connection(ctx context.Context, name string) (*models.Connection, error)
	// Organization finds one by id ("org_…") or by name.
	Organization(ctx context.Context, idOrName string) (*models.Organization, error)
	// Roles returns the roles with these ids, in their order; unknown ids are left out.
	Roles(ctx context.Context, ids []string) ([]models.Role, error)
	// Form finds one by id ("ap_…") or by name.
	Form(ctx context.Context, idOrName string) (*models.Form, error)
	// SigningKeys returns all keys, newest first; those with RetiredAt verify but do not sign.
	SigningKeys(ctx context.Context) ([]models.SigningKey, error)
}

// Grants is where codes, refresh tokens and the transactions before them live.
type Grants interface {
	// RefreshGrant reads a family, its user and its session in one round trip, or as much of that as extent says. models.ErrNotFound; a revoked
	// or expired token is returned, the caller judges.
	RefreshGrant(ctx context.Context, id string, extent models.GrantExtent) (*models.RefreshGrant, error)
	// Exchange writes one successful exchange in one round trip. models.ErrConflict, models.ErrMetadataEntries.
	Exchange(ctx context.Context, x *models.Exchange) error
	// Issue writes one successful first exchange. models.ErrUsed when the code was consumed by somebody else. It
	// removes the oldest live tokens of the user and client beyond models.MaxRefreshTokens, and logs that.
	Issue(ctx context.Context, i *models.Issuance) error
	// RevokeRefreshToken revokes one family and writes logs in the same transaction. models.ErrNotFound when it is not
	// live (not there, revoked or expired); then nothing is logged.
	RevokeRefreshToken(ctx context.Context, id string, at time.Time, logs ...*models.LogEvent) error
	// RevokeRefreshTokens revokes all live ones that the filter selects and returns how many.
	RevokeRefreshTokens(ctx context.Context, f models.RefreshTokenFilter, at time.Time, logs ...*models.LogEvent) (int, error)

	// CreateAuthorizationCode stores a code together with the login's effects and logs, in one transaction.
	CreateAuthorizationCode(ctx context.Context, c *models.AuthorizationCode, effects models.LoginEffects, logs ...*models.LogEvent) error
	// CodeGrant reads a code and its user in one round trip. models.ErrNotFound.
	CodeGrant(ctx context.Context, hash []byte) (*models.CodeGrant, error)

	CreateLoginTransaction(ctx context.Context, t *models.LoginTransaction) error
	// LoginTransaction finds one by its id. models.ErrNotFound when it is not there or expired.
	LoginTransaction(ctx context.Context, id string, now time.Time) (*models.LoginTransaction, error)
	// FinishLoginTransaction removes it. models.ErrNotFound when somebody else did: a transaction ends once.
	FinishLoginTransaction(ctx context.Context, id string) error
	// UpdateSuspendedLogin changes what a suspended login waits with; an error of change is returned as it is. models.ErrNotFound
	// when the transaction is not there, expired or not suspended.
	UpdateSuspendedLogin(ctx context.Context, id string, change func(*models.SuspendedLogin) error) error

	// UseAssertion remembers an assertion's jti until it expires. models.ErrUsed when it was known.
	UseAssertion(ctx context.Context, clientID, jti string, expires time.Time) error
}

// People is the users and what belongs to them.
type People interface {
	User(ctx context.Context, id string) (*models.User, error)
	// Session finds a live session by id. models.ErrNotFound.
	Session(ctx context.Context, id string) (*models.Session, error)
	// TouchSession records an interaction: last_interacted_at, the idle expiry, device.last_* and the client's id.
	TouchSession(ctx context.Context, id, clientID string, o models.Origin, now, idleExpires time.Time) error
	// ChangeSession changes a live session; its ends are only ever shortened. models.ErrNotFound.
	ChangeSession(ctx context.Context, id string, c models.SessionChange) error
	// RevokeSession ends a session and revokes the refresh tokens that are bound to it, in one transaction. models.ErrNotFound.
	RevokeSession(ctx context.Context, id string, at time.Time, logs ...*models.LogEvent) error
	// EndSession ends a session, writing logs in the same transaction. models.ErrNotFound.
	EndSession(ctx context.Context, id string, logs ...*models.LogEvent) error
	// Membership says whether the user belongs to the organization. models.ErrNotFound when not.
	Membership(ctx context.Context, organizationID, userID string) (*models.Membership, error)
	// UpdateUser writes effects that belong to no token (a denial's). Nothing happens for zero effects.
	ApplyEffects(ctx context.Context, e models.LoginEffects) error
	// Consent returns what the user allowed. models.ErrNotFound.
	Consent(ctx context.Context, userID, clientID, audience string) (*models.Consent, error)
	SaveConsent(ctx context.Context, c *models.Consent) error
	// Groups are those that the user is in.
	Groups(ctx context.Context, userID string) ([]models.Group, error)
	// LoginHistory is what is kept of the user's earlier logins, without one session. SaveSighting adds to it.
	LoginHistory(ctx context.Context, userID, exceptSession string) (*models.LoginHistory, error)
	SaveSighting(ctx context.Context, userID string, seen models.Sighting) error
}

// Logs takes log events that belong to nothing else that is written.
type Logs interface {
	WriteLogs(ctx context.Context, events ...*models.LogEvent) error
}

// Authenticator checks a user's password (models/password).
type Authenticator interface {
	// Authenticate returns the user, or models.ErrWrongUser, models.ErrWrongPassword or models.ErrBlocked (the last two with the
	// user). Its time does not tell which. models.ErrBusy when too many wait for their turn.
	Authenticate(ctx context.Context, connection, identifier, password string) (*models.User, error)
}

// Factors checks and enrols second factors (models/mfa). The errors that a client learns of are models.ErrWrongCode, ErrTooMany, ErrEnrolled,
// ErrNotEnrolled, ErrFactorDisabled and *models.InvalidError.
type Factors interface {
	Standing(ctx context.Context, tenant *models.Tenant, user *models.User) (*models.FactorStanding, error)
	StartEnrolment(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, o models.EnrolOptions) (*models.Enrolling, error)
	Challenge(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, a *models.Authenticator) (string, error)
	CheckOTP(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, code string) (*models.FactorPassed, error)
	CheckSent(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, oob *string, code string) (*models.FactorPassed, error)
	CheckRecovery(ctx context.Context, t *models.MFATransaction, st *models.FactorStanding, code string) (*models.FactorPassed, error)
}

// FactorTransactions is where direct grants wait for a second factor.
type FactorTransactions interface {
	OpenMFATransaction(ctx context.Context, t *models.MFATransaction) error
	// MFATransaction finds one by its id, which is the mfa_token. One that ended lately is returned: the caller judges. models.ErrNotFound.
	MFATransaction(ctx context.Context, id string) (*models.MFATransaction, error)
	// FinishMFATransaction removes it. models.ErrNotFound when somebody else did: an mfa_token is good for one grant.
	FinishMFATransaction(ctx context.Context, id string) error
	// DeleteAuthenticator removes a factor, writing logs in the same transaction. models.ErrNotFound.
	DeleteAuthenticator(ctx context.Context, userID, id string, logs ...*models.LogEvent) error
}

// PostLogin gives the chain of hooks that is bound now.
type PostLogin interface {
	Chain(ctx context.Context) (*hooks.Chain, error)
}

// Browser is the pages (web): who is at the browser, and where to send them.
type Browser interface {
	// Session returns the live session of the browser, or models.ErrNotFound.
	Session(r *http.Request) (*models.Session, error)
	// Bind returns the binding of this browser (models.LoginTransaction.Browser); it sets the cookie behind it if there is none.
	Bind(w http.ResponseWriter, r *http.Request) []byte
	// Bound reports whether the request comes from the browser with that binding.
	Bound(r *http.Request, binding []byte) bool
	// LoginURL and ConsentURL are where a login transaction's pages are.
	LoginURL(transactionID string) string
	ConsentURL(transactionID string) string
	// FormURL is where the form is that a suspended login shows.
	FormURL(transactionID string) string
	// FactorURL is where a suspended login asks for a second factor.
	FactorURL(transactionID string) string
	// Remembered reports whether the user gave a second factor in this browser lately and had it remembered.
	Remembered(r *http.Request, userID string) (bool, error)
	// Keep gives the browser its session cookie anew, for as long as the session says; nothing when it has none.
	Keep(w http.ResponseWriter, r *http.Request, s *models.Session)
	// Forget removes the session cookie.
	Forget(w http.ResponseWriter, r *http.Request)
	// Error shows a page for what must not be redirected. The texts may come from the request: they are escaped.
	Error(w http.ResponseWriter, r *http.Request, status int, code, description string)
	// SignedOut shows the page after a logout without a returnTo.
	SignedOut(w http.ResponseWriter, r *http.Request)
}
