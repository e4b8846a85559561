// Package hooks is the post-login chain: what a hook sees (Event), what it may do (API), what a run of several decided
// (Outcome), and the order and failure rules of the run (Chain). A run that waits for its user is a State, which can be stored and
// resumed. Names are Auth0's, in Go's case.
//
// It owns the rules and messages of Auth0's api object (contract sections 1 and 3): an Action in JavaScript and a hook in
// Go go through the same methods. It knows no JavaScript engine (hooks/actions), no OAuth library and no database: oauth
// builds the Event and carries out the Outcome.
package hooks
