package web

import (
	"encoding/base64"
	"net/http"
	"time"

	"example.com/keepsake/models"
)

// Names of the cookies. On https they get the prefix __Host-, with which a browser accepts them only when they are
// Secure, for the whole host and for no other: a sibling domain can't plant one (RFC 6265bis 4.1.3.2).
const (
	sessionCookie = "keepsake"
	browserCookie = "keepsake_browser"
	factorCookie  = "keepsake_mfa" // a browser that need not give a second factor
	hostPrefix    = "__Host-"
)

func (p *Pages) cookieName(name string) string {
	if p.secure {
		return hostPrefix + name
	}
	return name
}

// cookie returns the value of one of our cookies, "" when there is none or it is nothing that we made. SameSite=Lax,
// not Strict: the browser comes to /authorize and to the login page from the application's site.
func (p *Pages) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(p.cookieName(name))
	if err != nil || !isSecret(c.Value) {
		return ""
	}
	return c.Value
}

// setCookie sets one of our cookies until expires; zero: until the browser is closed.
func (p *Pages) setCookie(w http.ResponseWriter, name, value string, expires time.Time) {
	c := &http.Cookie{
		Name: p.cookieName(name), Value: value, Path: "/",
		Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if !expires.IsZero() {
		c.Expires = expires.UTC()
		c.MaxAge = max(int(expires.Sub(p.now()).Seconds()), 1)
	}
	http.SetCookie(w, c)
}

// dropCookie makes the browser forget one of our cookies.
func (p *Pages) dropCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: p.cookieName(name), Path: "/", MaxAge: -1,
		Secure: p.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// setSessionCookie hands the browser the secret of a session, for as long as the session's cookie mode says.
func (p *Pages) setSessionCookie(w http.ResponseWriter, s *models.Session, secret string) {
	var expires time.Time
	if s.Cookie != models.CookieNonPersistent {
		expires = s.ExpiresAt
	}
	p.setCookie(w, sessionCookie, secret, expires)
}

// isSecret reports whether s has the form of models.NewSecret. Anything else can't be ours, and need not be looked up.
func isSecret(s string) bool {
	if len(s) != base64.RawURLEncoding.EncodedLen(32) {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}
