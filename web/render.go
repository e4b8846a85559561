package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

// pageNames are the templates that layout.html can be filled with.
var pageNames = []string{loginPage, consentPage, formPage, challengePage, enrolPage, recoveryPage, "error", "signedout", "home"}

func parseTemplates() (map[string]*template.Template, error) {
	out := make(map[string]*template.Template, len(pageNames))
	for _, name := range pageNames {
		t, err := template.ParseFS(templateFiles, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse the page %s: %w", name, err)
		}
		out[name] = t.Option("missingkey=error")
	}
	return out, nil
}

// view is what layout.html shows around a page.
type view struct {
	Title  string
	Tenant brand
	// FormTargets are the sources of the form-action directive; empty: the page has no form.
	FormTargets string
	// Body goes to the page's own template.
	Body any

	Stylesheet string // set by render, like Icon
	Icon       string
}

// render writes a page. Nothing has been written when it returns an error.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) error {
	v.Stylesheet, v.Icon = p.assets.url("keepsake.css"), p.assets.url("icon.svg")
	var b bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&b, "layout", v); err != nil {
		return fmt.Errorf("render the page %s: %w", name, err)
	}
	secureHeaders(w.Header(), v.FormTargets)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = b.WriteTo(w) // fails only when the browser went away
	}
	return nil
}

// seeOther redirects with 303, after which no browser repeats the POST (RFC 9700 4.12).
func (p *Pages) seeOther(w http.ResponseWriter, r *http.Request, path string) {
	secureHeaders(w.Header(), "")
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// secureHeaders sets what every answer of the pages has. Referrer-Policy is same-origin and not no-referrer, because
// with the latter browsers send "Origin: null" with our own forms, and their origin could not be checked.
func secureHeaders(h http.Header, formTargets string) {
	if formTargets == "" {
		formTargets = "'none'"
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data: https:; form-action "+formTargets+
		"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// formTargets returns the form-action sources of a transaction's pages.
//
// Chrome applies form-action to every redirect that follows the POST, not only to the POST itself: to
// /authorize/resume, to the application's callback, and to wherever that callback redirects in turn (an application
// behind another identity broker, a tenant's own host). A list of origins would leave such a login hanging
// without a word, and only in Chrome. So https is allowed as a scheme, and besides it the scheme of this transaction's
// callback: http for development, a native app's own (RFC 8252 7.1).
//
// An Action may send the browser to an http address (api.redirect.sendUserTo). On a server that is itself http, which is one for
// development, that is likely; elsewhere it is not, and Chrome refuses it.
func (s *step) formTargets() string {
	targets := "'self' https:"
	if s.overHTTP {
		targets += " http:"
	}
	u, err := url.Parse(s.callback())
	if err != nil {
		return targets
	}
	// url.Parse lets only letters, digits, "+", "-" and "." into a scheme: nothing can escape from the directive.
	switch scheme := strings.ToLower(u.Scheme); {
	case scheme == "http" && s.overHTTP, slices.Contains([]string{"", "https", "javascript", "data", "blob", "vbscript"}, scheme):
		return targets
	default:
		return targets + " " + scheme + ":"
	}
}

// callback is where the transaction will lead: the redirect_uri that /authorize checked, else the client's first.
func (s *step) callback() string {
	if u := s.tx.Params.Get("redirect_uri"); u != "" {
		return u
	}
	if len(s.client.Callbacks) > 0 {
		return s.client.Callbacks[0]
	}
	return ""
}
