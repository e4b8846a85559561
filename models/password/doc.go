// Package password hashes what people chose as their password, verifies it, and authenticates users with it.
//
// New hashes are argon2id (RFC 9106) in PHC strings, with OWASP's parameters; what other systems exported as argon2id or
// bcrypt is verified too. The work is bounded: a Hasher runs only so many hashes at a time, because each one costs tens of
// milliseconds of a processor and 19 MiB of memory, and a flood of logins must leave room for everything else. What a hash leaves behind is cleared before the next one begins.
//
// It does not keep users (models/store), does not count attempts or block anybody, and has nothing to do with secrets
// that Keepsake makes itself: those are random, and models.HashSecret is enough for them.
package password
