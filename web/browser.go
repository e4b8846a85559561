package web

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"example.com/keepsake/models"
)

// The methods in this file and in message.go are what oauth needs of the pages (oauth.Browser).

// Session returns the live session of the browser that sent r, or an error that is models.ErrNotFound.
func (p *Pages) Session(r *http.Request) (*models.Session, error) {
	secret := p.cookie(r, sessionCookie)
	if secret == "" {
		return nil, fmt.Errorf("find the browser's session: %w", models.ErrNotFound)
	}
	s, err := p.sessions.SessionBySecret(r.Context(), models.HashSecret(secret), p.now())
	if err != nil {
		return nil, fmt.Errorf("find the browser's session: %w", err)
	}
	return s, nil
}

// Bind returns the binding of the browser that sent r (models.LoginTransaction.Browser). A browser that has no binding
// cookie gets one, which lasts until it is closed.
func (p *Pages) Bind(w http.ResponseWriter, r *http.Request) []byte {
	secret := p.cookie(r, browserCookie)
	if secret == "" {
		secret = models.NewSecret()
		p.setCookie(w, browserCookie, secret, time.Time{})
	}
	return models.HashSecret(secret)
}

// Bound reports whether r comes from the browser with that binding. No browser has the empty binding.
func (p *Pages) Bound(r *http.Request, binding []byte) bool {
	secret := p.cookie(r, browserCookie)
	if secret == "" {
		return false
	}
	return subtle.ConstantTimeCompare(models.HashSecret(secret), binding) == 1
}

// LoginURL returns where the login page of a transaction is, as a path on this server.
func (p *Pages) LoginURL(transactionID string) string {
	return p.base + "u/login?state=" + url.QueryEscape(transactionID)
}

// ConsentURL returns where the consent page of a transaction is, as a path on this server.
func (p *Pages) ConsentURL(transactionID string) string {
	return p.base + "u/consent?state=" + url.QueryEscape(transactionID)
}

// FormURL returns where the form of a suspended login is, as a path on this server.
func (p *Pages) FormURL(transactionID string) string {
	return p.base + "u/form?state=" + url.QueryEscape(transactionID)
}

// resumeURL is where a transaction goes on after its pages.
func (p *Pages) resumeURL(transactionID string) string {
	return p.base + "authorize/resume?state=" + url.QueryEscape(transactionID)
}

// Keep gives the browser its session cookie anew, for as long as s says. Nothing happens when it has none.
func (p *Pages) Keep(w http.ResponseWriter, r *http.Request, s *models.Session) {
	if secret := p.cookie(r, sessionCookie); secret != "" {
		p.setSessionCookie(w, s, secret)
	}
}

// Forget makes the browser forget its session cookie. The session itself is for the caller to end.
func (p *Pages) Forget(w http.ResponseWriter, _ *http.Request) { p.dropCookie(w, sessionCookie) }
