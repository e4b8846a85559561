// Package egress decides where an Action may connect to, and makes the connections. There is one policy, and everything in
// JavaScript that speaks over a network goes through a Client of it.
//
// The decision is made when a connection is opened, on the address that the host's name was resolved to: a name that resolves
// to something else a moment later (DNS rebinding), or a redirect, gains nothing. Which addresses are public is told by
// the IANA special purpose registries, as code.dny.dev/ssrf has them. Proxies of the environment are not used, as they
// would make the connection in place of what is checked here.
//
// It does not own JavaScript's fetch: that is hooks/actions/nodejs. It knows no Action and no limits of time; whoever makes a
// request gives it a context that ends.
package egress
