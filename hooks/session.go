package hooks

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"example.com/keepsake/models"
)

// Revoke ends the browser session and denies the transaction, once the hook has finished (contract 3.3). The refresh tokens that
// are bound to the session are revoked with it, unless preserveRefreshTokens. Without a session it denies.
func (a *SessionAPI) Revoke(reason string, preserveRefreshTokens bool) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	a.deny(DeniedError{Reason: reason, RevokeSession: true, PreserveRefreshTokens: preserveRefreshTokens})
	return nil
}

// checkReason is the rule for the reason of a revocation, of a token or of a session.
func checkReason(reason string) error {
	if utf8.RuneCountInString(reason) > models.MaxRevocationReason {
		return fmt.Errorf("message must NOT have more than %d characters", models.MaxRevocationReason)
	}
	return nil
}

// SetExpiresAt sets the session's absolute end, in milliseconds since 1970. It can only shorten; of several calls the earliest
// wins.
func (a *SessionAPI) SetExpiresAt(ms float64) error {
	return earliest(&a.out.Session.ExpiresAt, expiryAbsolute, ms)
}

// SetIdleExpiresAt sets the session's idle end, in milliseconds since 1970, until it is used again.
func (a *SessionAPI) SetIdleExpiresAt(ms float64) error {
	return earliest(&a.out.Session.IdleExpiresAt, expiryIdle, ms)
}

// SetCookieMode says whether the browser forgets the session's cookie when it is closed. The mode shows in
// Event.Session.CookieMode at once. The last call counts.
func (a *SessionAPI) SetCookieMode(mode string) error {
	switch m := models.CookieMode(mode); m {
	case "":
		return errors.New("Cookie mode must be provided")
	case models.CookiePersistent, models.CookieNonPersistent:
		a.out.Session.Cookie = m
		if a.event.Session != nil {
			a.event.Session.CookieMode = m
		}
		return nil
	}
	return fmt.Errorf("Invalid cookie mode: %s. Valid values are 'persistent' and 'non-persistent'.", mode)
}
