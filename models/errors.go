package models

import "errors"

// The errors that cross package borders. Wrap them with what was being done; test for them with errors.Is and
// errors.As. Each audience renders them in one place: oauth/errors.go and mgmt/errors.go. Whatever is none of these is
// an internal error, of which a client learns nothing.
var (
	// ErrNotFound says that what was named does not exist (or is expired, revoked or deleted, where that is the same).
	ErrNotFound = errors.New("not found")
	// ErrConflict says that somebody else changed it first, or that it exists already.
	ErrConflict = errors.New("conflict")
	// ErrUsed says that a single-use thing (an authorization code, an assertion's jti) had been used before.
	ErrUsed = errors.New("already used")
	// ErrInvalidToken says that an access token is no good: malformed, expired, not ours, or meant for somebody else.
	ErrInvalidToken = errors.New("invalid access token")
	// ErrBusy says that there is more to do than can be done; the sender may try again soon.
	ErrBusy = errors.New("too busy")
	// ErrWrongUser says that nobody signs in under that identifier (log code fu).
	ErrWrongUser = errors.New("unknown user")
	// ErrWrongPassword says that the user exists and the password is another one (log code fp).
	ErrWrongPassword = errors.New("wrong password")
	// ErrBlocked says that the user exists, the password is right, and the account is blocked.
	ErrBlocked = errors.New("user is blocked")
	// ErrWrongCode says that a second factor's code is another one, or was used before.
	ErrWrongCode = errors.New("wrong code")
	// ErrTooMany says that too many codes were tried, or sent.
	ErrTooMany = errors.New("too many attempts")
	// ErrNotEnrolled says that the user has no such second factor; ErrEnrolled that there is one already.
	ErrNotEnrolled = errors.New("factor not enrolled")
	ErrEnrolled    = errors.New("factor enrolled already")
	// ErrFactorDisabled says that the tenant, or this server, does not offer such a second factor.
	ErrFactorDisabled = errors.New("factor not enabled")
)

// RetryAfter is the Retry-After header of every answer to ErrBusy, in seconds (RFC 9110 10.2.3).
const RetryAfter = "1"

// InvalidError is bad input that the sender can mend. Message is safe to show.
type InvalidError struct {
	// Field is the name of what was wrong, where one thing was ("client_id"); it may be empty.
	Field string
	// Message is the whole sentence for the sender.
	Message string
}

// Error returns the message for the sender.
func (e *InvalidError) Error() string { return e.Message }
