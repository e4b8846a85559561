package web

import "net/http"

// homeView is what templates/home.html shows.
type homeView struct {
	Tenant brand
	Links  []homeLink
}

type homeLink struct{ Name, URL string }

func (p *Pages) showHome(w http.ResponseWriter, r *http.Request) error {
	b := tenantBrand(p.tenant(r))
	return p.render(w, r, http.StatusOK, "home", view{Title: b.Name, Tenant: b, Body: homeView{Tenant: b, Links: []homeLink{
		{"OpenID Connect discovery", p.base + ".well-known/openid-configuration"},
		{"OAuth 2.0 server metadata", p.base + ".well-known/oauth-authorization-server"},
		{"Signing keys", p.base + ".well-known/jwks.json"},
	}}})
}
