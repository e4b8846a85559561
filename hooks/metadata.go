package hooks

import "errors"

// Messages of api.refreshToken and api.session (contract 1.4).
const (
	prefixRefreshToken = "Failed to set refresh token metadata: "
	prefixSession      = "Failed to set session metadata: "
)

// RefreshTokenAPI is api.refreshToken.
type RefreshTokenAPI struct {
	*flow
	buffer metadataBuffer
}

// SetMetadata sets one key of the refresh token's metadata (contract 1.3). At an exchange the change is visible at once in
// Event.RefreshToken.Metadata; at an initial login it waits for the token that gets issued. A nil value deletes the key.
// Key and value must be strings: there is no conversion. The error has Auth0's message.
func (a *RefreshTokenAPI) SetMetadata(key, value any) error {
	if err := a.offline("setMetadata"); err != nil {
		return errors.New(prefixRefreshToken + err.Error())
	}
	if k, ok := key.(string); ok && value == nil {
		return a.DeleteMetadata(k)
	}
	a.seed()
	change, err := a.buffer.set(key, value)
	if err != nil {
		return errors.New(prefixRefreshToken + err.Error())
	}
	a.commit(change)
	return nil
}

// DeleteMetadata removes one key; no error if it is not there.
func (a *RefreshTokenAPI) DeleteMetadata(key string) error {
	if err := a.offline("deleteMetadata"); err != nil {
		return err
	}
	a.seed()
	a.commit(a.buffer.remove(key))
	return nil
}

// EvictMetadata removes every key.
func (a *RefreshTokenAPI) EvictMetadata() error {
	if err := a.offline("evictMetadata"); err != nil {
		return err
	}
	a.seed()
	a.commit(a.buffer.clear())
	return nil
}

// Revoke revokes the refresh token and denies the exchange, once the hook has finished (contract 3.5). At an initial
// login there is no token to revoke, and it denies.
func (a *RefreshTokenAPI) Revoke(reason string) error {
	if err := checkReason(reason); err != nil {
		return err
	}
	a.deny(DeniedError{Reason: reason, Revoke: true})
	return nil
}

// SetExpiresAt sets the token's absolute end, in milliseconds since 1970 (contract 3.6). It can only shorten; of several
// calls the earliest wins.
func (a *RefreshTokenAPI) SetExpiresAt(ms float64) error {
	if err := a.offline("setExpiresAt"); err != nil {
		return err
	}
	return earliest(&a.out.ExpiresAt, expiryAbsolute, ms)
}

// SetIdleExpiresAt sets the token's idle end, in milliseconds since 1970, until the next exchange.
func (a *RefreshTokenAPI) SetIdleExpiresAt(ms float64) error {
	if err := a.offline("setIdleExpiresAt"); err != nil {
		return err
	}
	return earliest(&a.out.IdleExpiresAt, expiryIdle, ms)
}

func (a *RefreshTokenAPI) offline(method string) error {
	if t := a.event.RefreshToken; t != nil && t.Access == AccessOnline {
		return errors.New("Cannot call " + method + " on an online refresh token.")
	}
	return nil
}

func (a *RefreshTokenAPI) seed() {
	if t := a.event.RefreshToken; t != nil {
		a.buffer.seed(t.Metadata)
	} else {
		a.buffer.seed(a.out.Metadata.Set) // what earlier hooks of this login have set (contract 9.3)
	}
}

func (a *RefreshTokenAPI) commit(change metadataChange) {
	if t := a.event.RefreshToken; t != nil {
		change.commit(&a.out.Metadata, &t.Metadata)
	} else {
		change.commit(&a.out.Metadata, nil)
	}
}

// SessionAPI is api.session.
type SessionAPI struct {
	*flow
	buffer metadataBuffer
}

// SetMetadata sets one key of the browser session's metadata, by the rules of the refresh token's (contract 1.10).
func (a *SessionAPI) SetMetadata(key, value any) error {
	if a.event.Session == nil {
		return errors.New(prefixSession + "Cannot set metadata on a session that does not exist.")
	}
	if k, ok := key.(string); ok && value == nil {
		return a.DeleteMetadata(k)
	}
	a.buffer.seed(a.event.Session.Metadata)
	change, err := a.buffer.set(key, value)
	if err != nil {
		return errors.New(prefixSession + err.Error())
	}
	a.commit(change)
	return nil
}

// DeleteMetadata removes one key; nothing happens without a session.
func (a *SessionAPI) DeleteMetadata(key string) error {
	if a.event.Session == nil {
		return nil
	}
	a.buffer.seed(a.event.Session.Metadata)
	a.commit(a.buffer.remove(key))
	return nil
}

// EvictMetadata removes every key; nothing happens without a session.
func (a *SessionAPI) EvictMetadata() error {
	if a.event.Session == nil {
		return nil
	}
	a.buffer.seed(a.event.Session.Metadata)
	a.commit(a.buffer.clear())
	return nil
}

func (a *SessionAPI) commit(change metadataChange) {
	change.commit(&a.out.SessionMetadata, &a.event.Session.Metadata)
}
