// Package mfa checks second factors: one-time passwords (RFC 6238), codes sent by email and text message, and recovery codes. It
// enrols them too.
//
// It owns the secrets and the rules: a code counts once, guesses are counted before they are looked at, a factor is enrolled by its
// first code, and a second one only by somebody who has proved the first. It does not decide when a factor is needed (hooks, oauth), show
// a page (web), or write the tenant's log: its callers know what a login is about. Where things are kept is models/store's.
//
// The rules that every check obeys:
//
//   - An attempt is counted in the database before the code is compared, for the login and for the user, so that many at
//     once are not more than one after another.
//   - A right code gives back its own attempt, not those of whoever guessed before.
//   - Codes are compared in constant time, and no error or log line carries one. The one exception is the
//     log sender of package messages, which exists for that.
package mfa
