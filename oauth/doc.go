// Package oauth is the authorization server: /authorize, /oauth/token, /oauth/revoke, /userinfo, the logout endpoints and the discovery
// documents, on ory/fosite. It runs the post-login hooks (package hooks) at the places where Auth0 runs Actions, and turns
// what they decided into tokens and into one write to the store.
//
// A hook may have a login wait: for the browser to come back from a page or another site (suspend.go, resume.go), or for a second factor
// (factors.go), which grants without a browser give over the MFA API (mfa.go, mfagrant.go).
//
// It owns the protocol: requests, client authentication, grants, tokens, errors. It leaves to others where things are kept
// (the interfaces in deps.go), the pages (web), passwords (models/password), second factors (models/mfa) and the Management API (mgmt). One page is its own, because
// it is an authorization response: that of response_mode=form_post (formpost.go).
//
// # What fosite does here
//
// fosite parses and validates authorization requests (client, redirect URI, response type and mode, scope format), authenticates
// clients with private_key_jwt (RS256, PS256, ES256), dispatches access requests to the handlers in provider.go and writes
// authorization responses.
//
// The handlers are our own, through fosite's extension point (fosite.TokenEndpointHandler, fosite.AuthorizeEndpointHandler), for
// these reasons, each proven against fosite's stock handlers:
//
//   - The stock refresh handler looks for reuse before it checks the token's MAC and the client, so that a stranger can kill a family
//     with a made-up token; it ignores the scope parameter; it can't express a client whose tokens don't rotate; it reads outside of
//     the transaction that writes; and it needs five to nine statements where a family that is one row needs two.
//   - The stock PKCE handler forgets the challenge before it has checked the verifier: the second attempt needs none.
//   - The stock code handler reads the stored session again while it builds the response, and by that undoes what hooks
//     changed; a lost race for a code is a server_error there.
//   - Their errors are not Auth0's, and not always RFC 6749's.
//
// And these parts, because of what they cost (docs/performance.md has the profiles):
//
//   - Access and ID tokens are signed by signer.go instead of go-jose by way of fosite's token/jwt: half of the allocations (63 and 7.4 kB in
//     the place of 127 and 12.6 kB for an ES256 token, BenchmarkSign and BenchmarkSignGoJose), and claims are written without a map or
//     reflection (2.0 µs in the place of 7.8).
//   - Client secrets are compared by their SHA-256 instead of by fosite's bcrypt hasher, which at its default cost of 12 takes hundreds of
//     milliseconds: a secret of 256 random bits needs no slow hash. A refresh with a secret takes 6 µs more than one without.
//   - Answers and log records are written by models.AppendJSON instead of by encoding/json from fosite's map: with the claims, JSON was 6 % of
//     the processor time of a refresh and is 2 %.
package oauth
