// Package messages brings one-time codes to people: through the server's log, for development, or through an HTTP endpoint of
// the operator's, which sends the email or text message by whatever service they have.
//
// It decides neither who gets a code nor what a code is good for (models/mfa).
package messages
