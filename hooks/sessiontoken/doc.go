// Package sessiontoken makes and checks the tokens that travel with the browser between an Action that redirects and the site it
// redirects to (contract 3.3, api.redirect.encodeToken and validateToken): JWTs signed with HS256 under a secret that both know.
// It knows JOSE, and nothing of hooks.
package sessiontoken
