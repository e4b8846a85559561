package web

import (
	"net/url"
	"strings"
	"unicode"

	"example.com/keepsake/models"
)

// productName stands where a tenant has given itself no name.
const productName = "Keepsake"

// brand is how a client, an organization or the tenant looks on a page.
type brand struct {
	Name string
	// Logo is an https URL; empty: show Monogram instead.
	Logo     string
	Monogram string
}

func newBrand(name, logo string) brand {
	return brand{Name: name, Logo: logoURL(logo), Monogram: monogram(name)}
}

func clientBrand(c *models.Client) brand { return newBrand(firstOf(c.Name, c.ID), c.LogoURI) }

// orgBrand returns nil for no organization.
func orgBrand(o *models.Organization) *brand {
	if o == nil {
		return nil
	}
	b := newBrand(firstOf(o.DisplayName, o.Name), o.LogoURL)
	return &b
}

// tenantBrand takes nil for a tenant that could not be read.
func tenantBrand(t *models.Tenant) brand {
	if t == nil {
		return newBrand(productName, "")
	}
	return newBrand(firstOf(t.FriendlyName, t.ID, productName), t.PictureURL)
}

// logoURL returns s when a page may load it as a picture: an absolute https URL, which is also all that the
// Content-Security-Policy allows. A browser shows a broken picture for the rest, so they are left out.
func logoURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}

// monogram returns the first letter or digit of a name, in upper case.
func monogram(name string) string {
	i := strings.IndexFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	if i < 0 {
		return "•"
	}
	for _, r := range name[i:] {
		return string(unicode.ToUpper(r))
	}
	return ""
}
