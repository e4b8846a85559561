package hooks

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"example.com/keepsake/models"
)

// Hook runs after a user was authenticated and before tokens are issued: at a login and at every refresh token exchange.
type Hook interface {
	// Info names the hook in logs and execution records.
	Info() Info
	// PostLogin reads event and calls api. It must not keep either, and must treat event as read-only. An error it returns fails
	// the transaction: the client gets access_denied with the error's text. It must return soon after ctx is done.
	PostLogin(ctx context.Context, event *Event, api *API) error
}

// Info is how a hook is named. Only Name is required.
type Info struct {
	ID        string
	Name      string
	BindingID string
	Version   int64
}

// Func makes a Hook of a function.
func Func(name string, postLogin func(ctx context.Context, event *Event, api *API) error) Hook {
	return funcHook{name, postLogin}
}

type funcHook struct {
	name      string
	postLogin func(context.Context, *Event, *API) error
}

func (h funcHook) Info() Info { return Info{Name: h.name} }

func (h funcHook) PostLogin(ctx context.Context, event *Event, api *API) error {
	return h.postLogin(ctx, event, api)
}

// DeniedError says that a hook denied the transaction: api.access.deny, api.validation.error, or a revocation.
type DeniedError struct {
	// Reason is the hook's own text. It is shown to the client.
	Reason string
	// Code is the OAuth error code of api.validation.error; empty: access_denied.
	Code string
	// Revoke is true for api.refreshToken.revoke.
	Revoke bool
	// RevokeSession is true for api.session.revoke, which ends the browser session and revokes the refresh tokens that are bound
	// to it, unless PreserveRefreshTokens is set.
	RevokeSession         bool
	PreserveRefreshTokens bool
	// Hook is the name of the hook.
	Hook string
}

// Error returns the reason.
func (e *DeniedError) Error() string { return e.Reason }

// CodeAccessDenied is the OAuth error code of a denial that has none of its own, and of a failure (RFC 6749 4.1.2.1).
const CodeAccessDenied = "access_denied"

// OAuthCode is the code of a denial as clients get it: that of api.validation.error, in the characters that a code may have (RFC 6749 5.2).
func (e *DeniedError) OAuthCode() string {
	code := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, e.Code)
	return cmp.Or(code, CodeAccessDenied)
}

// RevokesToken reports whether the refresh token of an exchange ends with the denial: on its own account, or with the session that it
// is bound to ("": it is bound to none).
func (e *DeniedError) RevokesToken(sessionID string) bool {
	return e.Revoke || e.RevokeSession && !e.PreserveRefreshTokens && sessionID != ""
}

// FailedError says that a hook threw, did not settle, ran into the deadline or panicked.
type FailedError struct {
	Info  Info
	Cause models.ExecutionError
}

// Error returns the message of what was thrown. It is shown to the client as the error_description (contract 3.2).
func (e *FailedError) Error() string { return e.Cause.Message }

// ThrownError is what a hook returns to say precisely how it failed. Any other error counts as an action_error.
type ThrownError struct{ models.ExecutionError }

// Error returns "Name: message", as JavaScript shows an error.
func (e *ThrownError) Error() string { return fmt.Sprintf("%s: %s", e.Name, e.Message) }
