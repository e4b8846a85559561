package hooks

import (
	"errors"
	"slices"

	"example.com/keepsake/models"
)

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
	if value == nil {
		if k, ok := key.(string); ok {
			return a.DeleteMetadata(k)
		}
	}
	a.seed()
	if err := a.buffer.set(key, value, &a.out.Metadata); err != nil {
		return errors.New(prefixRefreshToken + err.Error())
	}
	a.publish()
	return nil
}

// DeleteMetadata removes one key; no error if it is not there.
func (a *RefreshTokenAPI) DeleteMetadata(key string) error {
	if err := a.offline("deleteMetadata"); err != nil {
		return err
	}
	a.seed()
	if a.buffer.remove(key, &a.out.Metadata) {
		a.publish()
	}
	return nil
}

// EvictMetadata removes every key.
func (a *RefreshTokenAPI) EvictMetadata() error {
	if err := a.offline("evictMetadata"); err != nil {
		return err
	}
	a.seed()
	if a.buffer.clear(&a.out.Metadata) {
		a.publish()
	}
	return nil
}

// Revoke revokes the refresh token and denies the exchange, once the hook has finished (contract 3.5). At an initial
// login there is no token to revoke, and it denies.
func (a *RefreshTokenAPI) Revoke(reason string) error {
	if length16(reason) > models.MaxRevocationReason {
		return errors.New("message must NOT have more than 1024 characters")
	}
	a.deny(reason, true)
	return nil
}

// SetExpiresAt sets the token's absolute end, in milliseconds since 1970 (contract 3.6). It can only shorten; of several
// calls the earliest wins.
func (a *RefreshTokenAPI) SetExpiresAt(ms float64) error {
	if err := a.offline("setExpiresAt"); err != nil {
		return err
	}
	return earliest(&a.out.ExpiresAt, ms)
}

// SetIdleExpiresAt sets the token's idle end, in milliseconds since 1970, until the next exchange.
func (a *RefreshTokenAPI) SetIdleExpiresAt(ms float64) error {
	if err := a.offline("setIdleExpiresAt"); err != nil {
		return err
	}
	return earliest(&a.out.IdleExpiresAt, ms)
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

func (a *RefreshTokenAPI) publish() {
	if t := a.event.RefreshToken; t != nil {
		t.Metadata = a.buffer.metadata()
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
	if value == nil {
		if k, ok := key.(string); ok {
			return a.DeleteMetadata(k)
		}
	}
	a.buffer.seed(a.event.Session.Metadata)
	if err := a.buffer.set(key, value, &a.out.SessionMetadata); err != nil {
		return errors.New(prefixSession + err.Error())
	}
	a.event.Session.Metadata = a.buffer.metadata()
	return nil
}

// DeleteMetadata removes one key; nothing happens without a session.
func (a *SessionAPI) DeleteMetadata(key string) error {
	if a.event.Session == nil {
		return nil
	}
	a.buffer.seed(a.event.Session.Metadata)
	if a.buffer.remove(key, &a.out.SessionMetadata) {
		a.event.Session.Metadata = a.buffer.metadata()
	}
	return nil
}

// EvictMetadata removes every key; nothing happens without a session.
func (a *SessionAPI) EvictMetadata() error {
	if a.event.Session == nil {
		return nil
	}
	a.buffer.seed(a.event.Session.Metadata)
	if a.buffer.clear(&a.out.SessionMetadata) {
		a.event.Session.Metadata = a.buffer.metadata()
	}
	return nil
}

// metadataBuffer is one api object's private copy of a metadata map. As at Auth0 a value is put into it before it is
// checked, and each set checks the whole of it: an entry whose error was caught makes every later set of the same Action
// fail, until it is deleted (contract 1.3).
type metadataBuffer struct {
	seeded  bool
	entries []metadataEntry // in JavaScript's property order
}

type metadataEntry struct {
	key   string
	value any // a string, unless an Action put something else there
}

func (b *metadataBuffer) seed(m models.Metadata) {
	if b.seeded {
		return
	}
	b.seeded = true
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b.entries = make([]metadataEntry, 0, len(m)+4)
	for _, k := range keys {
		b.entries = append(b.entries, metadataEntry{k, m[k]})
	}
}

func (b *metadataBuffer) set(key, value any, delta *models.MetadataDelta) error {
	k, ok := key.(string)
	if !ok {
		return models.ErrMetadataKeyString
	}
	if k != "__proto__" { // on a plain object, assigning a string to it does nothing
		if i := b.index(k); i >= 0 {
			b.entries[i].value = value
		} else {
			b.entries = append(b.entries, metadataEntry{k, value})
		}
	}
	if err := b.validate(); err != nil {
		return err
	}
	if k != "__proto__" {
		delta.Put(k, value.(string))
	}
	return nil
}

func (b *metadataBuffer) validate() error {
	if len(b.entries) > models.MaxMetadataEntries {
		return models.ErrMetadataEntries
	}
	slices.SortStableFunc(b.entries, func(x, y metadataEntry) int { return models.CompareProperties(x.key, y.key) })
	for _, e := range b.entries {
		value, ok := e.value.(string)
		if !ok {
			if err := models.ValidateMetadataEntry(e.key, ""); err != nil {
				return err
			}
			return models.ErrMetadataValueString
		}
		if err := models.ValidateMetadataEntry(e.key, value); err != nil {
			return err
		}
	}
	return nil
}

func (b *metadataBuffer) remove(key string, delta *models.MetadataDelta) bool {
	i := b.index(key)
	if i < 0 {
		return false
	}
	b.entries = slices.Delete(b.entries, i, i+1)
	delta.Remove(key)
	return true
}

func (b *metadataBuffer) clear(delta *models.MetadataDelta) bool {
	if len(b.entries) == 0 {
		return false
	}
	b.entries = b.entries[:0]
	delta.Clear()
	return true
}

func (b *metadataBuffer) index(key string) int {
	return slices.IndexFunc(b.entries, func(e metadataEntry) bool { return e.key == key })
}

// metadata returns the entries that are strings, as a new map.
func (b *metadataBuffer) metadata() models.Metadata {
	m := make(models.Metadata, len(b.entries))
	for _, e := range b.entries {
		if s, ok := e.value.(string); ok {
			m[e.key] = s
		}
	}
	return m
}
