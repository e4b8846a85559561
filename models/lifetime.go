package models

import "time"

// What the tenant's log says of an Action that wanted more than there is.
const (
	TokenClampedMessage   = "An Action set a refresh token expiration beyond the application's maximum; the maximum was used."
	SessionClampedMessage = "An Action set a session expiration beyond the session's own; the session's own was kept."
)

// Ends returns when a refresh token ends that is issued or exchanged at now: the absolute end, have, stays, unless a hook shortens it or there is none
// yet (zero: a new token, or a client that got a maximum lifetime since); the idle one starts again from the client's setting, unless a hook
// set one (contract 3.6, 5.6 rules 4, 5 and 7). clamped tells that a hook asked for more than the client may have.
func (p RefreshTokenPolicy) Ends(have time.Time, d Decision, now time.Time) (absolute, idle time.Time, clamped bool) {
	absolute = have
	if absolute.IsZero() {
		absolute = p.Expiry(now)
	}
	idle = p.IdleExpiry(now)
	if !d.IdleExpiresAt.IsZero() {
		idle = d.IdleExpiresAt
		if !absolute.IsZero() && idle.After(absolute) {
			idle, clamped = absolute, true
		}
	}
	if !d.ExpiresAt.IsZero() {
		if absolute.IsZero() || d.ExpiresAt.Before(absolute) {
			absolute = d.ExpiresAt
		} else {
			clamped = clamped || d.ExpiresAt.After(absolute)
		}
	}
	return absolute, idle, clamped
}

// Shorten leaves of a change what shortens a session that ends at these times (zero: never), and tells whether a hook asked for more
// (contract 3.3).
func (c SessionChange) Shorten(absolute, idle time.Time) (_ SessionChange, clamped bool) {
	for _, end := range []struct {
		want *time.Time
		have time.Time
	}{{&c.ExpiresAt, absolute}, {&c.IdleExpiresAt, idle}} {
		if !end.have.IsZero() && end.want.After(end.have) {
			*end.want, clamped = time.Time{}, true
		}
	}
	return c, clamped
}
