// Package examples is the demo tenant: tenant.yaml, its Actions, and small location databases for the addresses that are
// reserved for documentation. It is data only; README.md says what is in it. Everybody can read its passwords, so that it is
// for a server that nobody but its owner reaches.
package examples
