// Package mgmt is the Management API, /api/v2: refresh tokens and their metadata, browser sessions, users' second factors, the tenant's log
// and the executions of Actions in it, in the shapes, statuses and messages of Auth0's (contract 4), so that Auth0's own SDKs can call it.
//
// It owns the routes and the scope that each one needs (one table, routes.go), the strict reading of bodies and queries,
// paging, the JSON shapes, the record of each write in the log (audit.go), and the one place that renders an error of
// this API (errors.go). It does not own the rules of metadata (models), how anything is kept (the interfaces of deps.go),
// or how an access token is checked (Verifier).
package mgmt
