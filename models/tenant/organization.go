package tenant

import (
	"strings"

	"example.com/keepsake/models"
)

// maxOrganizationName is how long an organization's name may be (Auth0's limit).
const maxOrganizationName = 50

// organizations reads the section organizations.
func (l *loader) organizations(doc *object) {
	objects, _ := doc.children("organizations")
	byName, byID := make(map[string]*node), make(map[string]*node)
	for _, o := range objects {
		name, id := o.required("name"), o.located("id")
		if id.text == "" {
			id = located{text: derivedID(models.PrefixOrganization, name.text), at: name.at, path: name.path}
		} else if !strings.HasPrefix(id.text, models.PrefixOrganization) || strings.ContainsAny(id.text, " /?#") {
			l.problemf(id.at, id.path, "an organization's id begins with %s", models.PrefixOrganization)
		}
		first := l.unique(byName, "organization", name) && l.unique(byID, "organization with the id", id)
		if name.text != "" && !isOrganizationName(name.text) {
			l.problemf(name.at, name.path, "%q is not a name of 1 to %d lower-case letters, digits, dots, dashes and underscores", name.text, maxOrganizationName)
		}
		org := l.organization(o, name.text, id.text)
		o.done()
		if first && name.text != "" {
			l.names.organizations[org.ID], l.names.organizations[org.Name] = org.ID, org.ID
			l.result.Config.Organizations = append(l.result.Config.Organizations, org)
		}
	}
}

// isOrganizationName reports whether a name can't be taken for an id and needs no escaping anywhere.
func isOrganizationName(s string) bool {
	return len(s) <= maxOrganizationName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == "" &&
		!strings.HasPrefix(s, models.PrefixOrganization)
}

func (l *loader) organization(o *object, name, id string) models.Organization {
	org := models.Organization{
		ID:          id,
		Name:        name,
		DisplayName: o.string("display_name"),
		Metadata:    o.stringMap("metadata", models.MaxMetadataEntries),
		Connections: l.organizationConnections(o),
	}
	if org.DisplayName == "" {
		org.DisplayName = name
	}
	if b := o.child("branding"); b != nil {
		org.LogoURL = l.webURL(b.located("logo_url"))
		b.done()
	}
	return org
}

// organizationConnections reads the connections that are enabled for an organization. Without the key, all are.
func (l *loader) organizationConnections(o *object) []string {
	objects, ok := o.children("connections")
	if !ok {
		return nil
	}
	var out []string
	for _, c := range objects {
		name := c.required("name")
		c.done()
		switch {
		case l.names.connections[name.text]:
			out = append(out, name.text)
		case name.text != "" && !l.names.skippedConnections[name.text]:
			l.problemf(name.at, name.path, "there is no connection %q", name.text)
		}
	}
	if len(out) == 0 {
		l.warnf(o.take("connections"), o.key("connections"), "nobody can sign in to the organization: leave the key out to allow all connections")
		return []string{nobody}
	}
	return distinct(out)
}
