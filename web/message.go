package web

import (
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"example.com/keepsake/models"
)

// maxShown is how much of a text that may come from the request the error page shows, in bytes.
const maxShown = 600

// errorView is what templates/error.html shows.
type errorView struct {
	Heading     string
	Code        string
	Description string
	Support     string // an email address; may be empty
}

// Error shows a page for what must not be redirected: the address to go back to is not to be trusted, or is unknown.
// code and description may come from the request; they are escaped and cut. An empty description is left out.
func (p *Pages) Error(w http.ResponseWriter, r *http.Request, status int, code, description string) {
	tenant := p.tenant(r)
	v := errorView{Heading: "This request can’t be completed", Code: shown(code), Description: shown(description)}
	if status >= http.StatusInternalServerError {
		v.Heading = "Something went wrong"
	}
	if tenant != nil {
		v.Support = tenant.SupportEmail
	}
	p.show(w, r, status, "error", view{Title: "Error", Tenant: tenantBrand(tenant), Body: v})
}

// SignedOut shows the page after a logout that leads nowhere else.
func (p *Pages) SignedOut(w http.ResponseWriter, r *http.Request) {
	b := tenantBrand(p.tenant(r))
	p.show(w, r, http.StatusOK, "signedout", view{Title: "Signed out", Tenant: b, Body: b})
}

// show renders a page for which there is no better answer when that fails.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	if err := p.render(w, r, status, name, v); err != nil {
		p.logger.ErrorContext(r.Context(), "page failed", slog.String("path", r.URL.Path), slog.Any("error", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// tenant returns the tenant, or nil: these pages are shown even when nothing can be read.
func (p *Pages) tenant(r *http.Request) *models.Tenant {
	t, err := p.config.Tenant(r.Context())
	if err != nil {
		p.logger.ErrorContext(r.Context(), "read the tenant for a page", slog.Any("error", err))
		return nil
	}
	return t
}

// shown cuts s for the page, at a character's border.
func shown(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
