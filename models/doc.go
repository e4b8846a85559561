// Package models holds Keepsake's nouns: what a refresh token, a session, a client, a user, an Action or a log event is,
// which limits hold for it, and which errors speak of it. Every other package imports it; it imports the standard
// library only.
//
// It owns the rules (metadata limits, id formats, the log codes, the keyring). It does not own where the nouns are kept
// (models/store), how a tenant is written down (models/tenant), how a password is hashed (models/password), or how
// any of it is shown to a client (oauth, mgmt, web).
//
// Here and in the other packages, "contract 5.3" cites the section of the product's description of how Auth0 behaves, field by field and message
// by message, which the people who build Keepsake share; docs/differences-from-auth0.md says where Keepsake differs.
//
// The zero time.Time means "never" or "not set" throughout.
package models
