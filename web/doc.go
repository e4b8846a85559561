// Package web is what a person at a browser sees of Keepsake: the login and consent pages, those for second factors and for a
// tenant's forms, the error and signed-out pages, a small home page, and the three cookies behind them (the browser session, the
// browser binding, and that of a browser whose user need not give a second factor for a while).
//
// It does not decide what a login leads to. /authorize (package oauth) begins a login transaction and sends the browser
// here; the pages record in that transaction who signed in, what was allowed, which factor was given and what was entered, and send
// the browser back to /authorize/resume. Scopes, codes, hooks and redirects to applications are oauth's; checking a password is
// models/password's, checking a factor models/mfa's; keeping sessions is models/store's. Nothing in this package redirects to an
// address that came with a request.
//
// The rules that every page obeys:
//
//   - It works without JavaScript; the Content-Security-Policy allows none.
//   - It shows only fields of the stored transaction and of the configuration, through html/template.
//   - A transaction's pages answer only to the browser that began it (login CSRF, RFC 9700 4.7).
//   - A POST needs the form's token, made for this browser, transaction and page, and must not come from another site.
//   - A redirect after a POST is a 303, so that a password is never sent on (RFC 9700 4.12).
package web
