package tenant

import "example.com/keepsake/models"

// roles reads the section roles.
func (l *loader) roles(doc *object) {
	objects, _ := doc.children("roles")
	seen := make(map[string]*node)
	for _, o := range objects {
		name := o.required("name")
		role := models.Role{
			ID:          derivedID(models.PrefixRole, name.text),
			Name:        name.text,
			Description: o.string("description"),
			Permissions: l.permissions(o),
		}
		o.done()
		if name.text != "" && l.unique(seen, "role", name) {
			l.names.roles[role.Name] = role.ID
			l.result.Config.Roles = append(l.result.Config.Roles, role)
		}
	}
}

// permissions reads a role's permissions.
func (l *loader) permissions(o *object) []models.Permission {
	objects, _ := o.children("permissions")
	var out []models.Permission
	for _, p := range objects {
		scope, audience := p.required("permission_name"), p.required("resource_server_identifier")
		for _, known := range []string{"description", "resource_server_name"} { // an export repeats them
			p.take(known)
		}
		p.done()
		if scope.text == "" || audience.text == "" {
			continue
		}
		api, ok := l.audience(audience)
		if !ok {
			continue
		}
		for _, name := range l.granted(api, []located{scope}) {
			out = append(out, models.Permission{Audience: api.Identifier, Name: name})
		}
	}
	return out
}

// roleIDs reads a list of role names.
func (l *loader) roleIDs(o *object) []string {
	given, _ := o.strings("roles")
	var out []string
	for _, s := range given {
		id, ok := l.names.roles[s.text]
		if !ok {
			l.problemf(s.at, s.path, "there is no role %q", s.text)
			continue
		}
		out = append(out, id)
	}
	return distinct(out)
}
