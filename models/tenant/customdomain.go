package tenant

import (
	"strings"

	"example.com/keepsake/models"
)

// maxDomain is how long a domain name may be (RFC 1035 2.3.4).
const maxDomain = 255

// customDomains reads the section customDomains: the names under which clients reach the tenant. Whoever terminates TLS for them has
// their certificates; an Action sees which of them a request came to.
func (l *loader) customDomains(doc *object) {
	objects, there := doc.children("customDomains")
	if !there {
		return
	}
	domains := []models.CustomDomain{}
	seen := make(map[string]*node)
	for _, o := range objects {
		name := o.required("domain")
		name.text = strings.ToLower(name.text)
		d := models.CustomDomain{Domain: name.text, Metadata: o.stringMap("domain_metadata", models.MaxMetadataEntries)}
		for _, known := range []string{"type", "verification_method", "tls_policy", "custom_client_ip_header"} { // an export has them
			o.take(known)
		}
		o.done()
		if name.text == "" {
			continue
		}
		if !isDomain(name.text) {
			l.problemf(name.at, name.path, "%q is no domain name", name.text)
		}
		if l.unique(seen, "custom domain", name) {
			domains = append(domains, d)
		}
	}
	l.result.Config.Tenant.CustomDomains = domains
}

// isDomain reports whether s is a domain name without a port.
func isDomain(s string) bool {
	for _, label := range strings.Split(s, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(s) <= maxDomain
}
