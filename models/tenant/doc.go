// Package tenant reads tenant.yaml, the file in which Auth0's Deploy CLI keeps a tenant, into a models.TenantConfig. An
// export of a real tenant can be read as it is: what Keepsake has no use for is listed and left out. On top of that format it
// knows what a server that is set up from a file needs and an export lacks: client_id and client_secret, ids of
// organizations, users with their groups and second factors, tenant.id and tenant.oauth_errors.
//
// It owns the format: the keywords (##KEY##, @@KEY@@), the defaults of what a document leaves out, the references from one
// section to another, and errors that say where in which file something is wrong. It is the only package that knows YAML.
//
// It does not own the result: models/store applies it and decides what is new. It hashes no password (the
// caller does, see Result.Passwords), compiles no Action (hooks/actions), and adds no Management API (the caller does, with
// ManagementAPI).
//
// A document stands by itself: a client grant, a role or a user may name only what the same document has. Loading one twice
// gives the same configuration twice: whatever has no id in the document gets one that is derived from its name.
package tenant
