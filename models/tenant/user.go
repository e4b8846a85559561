package tenant

import (
	"strings"

	"example.com/keepsake/models"
)

// users reads the section users, which is Keepsake's own.
func (l *loader) users(doc *object) {
	objects, _ := doc.children("users")
	byID, byLogin := make(map[string]*node), make(map[string]*node)
	for _, o := range objects {
		u := models.User{
			Connection:    l.userConnection(o),
			Email:         l.email(o),
			EmailVerified: o.flag("email_verified", false),
			Username:      strings.ToLower(o.string("username")),
			PhoneNumber:   o.string("phone_number"),
			PhoneVerified: o.flag("phone_verified", false),
			Name:          o.string("name"),
			Nickname:      o.string("nickname"),
			GivenName:     o.string("given_name"),
			FamilyName:    o.string("family_name"),
			Picture:       l.webURL(o.located("picture")),
			Blocked:       o.flag("blocked", false),
			AppMetadata:   o.jsonMap("app_metadata", models.MaxUserMetadata),
			UserMetadata:  o.jsonMap("user_metadata", models.MaxUserMetadata),
			RoleIDs:       l.roleIDs(o),
			Groups:        l.groups(o),
		}
		if u.Email == "" && u.Username == "" {
			o.problemf("a user needs an email or a username")
			continue
		}
		fillNames(&u)
		u.ID = l.userID(o, &u)
		if l.uniqueUser(o, &u, byID, byLogin) {
			l.password(o, &u)
			l.members(o, u.ID)
			l.authenticators(o, u.ID)
			l.result.Config.Users = append(l.result.Config.Users, u)
		}
		o.done()
	}
}

// email reads an email address, which is kept in lower case as at Auth0.
func (l *loader) email(o *object) string {
	s := o.located("email")
	local, domain, ok := strings.Cut(s.text, "@")
	if s.text != "" && (!ok || local == "" || domain == "" || strings.ContainsAny(s.text, " \t\r\n<>,") || strings.Contains(domain, "@")) {
		l.problemf(s.at, s.path, "%q is no email address", s.text)
	}
	return strings.ToLower(s.text)
}

// fillNames gives a user the names that Auth0 makes from what the user signs in with.
func fillNames(u *models.User) {
	if u.Nickname == "" {
		if u.Nickname = u.Username; u.Nickname == "" {
			u.Nickname, _, _ = strings.Cut(u.Email, "@")
		}
	}
	if u.Name == "" {
		if u.Name = u.Email; u.Name == "" {
			u.Name = u.Username
		}
	}
}

// userID returns the user's id. As in an import at Auth0, one without a provider is one of the database.
func (l *loader) userID(o *object, u *models.User) string {
	s := o.located("user_id")
	if s.text == "" {
		return "auth0|" + derivedHex("user", u.Connection, u.Email, u.Username)
	}
	if len(s.text) > 255 || strings.ContainsFunc(s.text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		l.problemf(s.at, s.path, "expected at most 255 characters without spaces")
	}
	if !strings.Contains(s.text, "|") {
		return "auth0|" + s.text
	}
	return s.text
}

// userConnection returns the user's connection: the one that is named, else the default directory.
func (l *loader) userConnection(o *object) string {
	s := o.located("connection")
	switch {
	case l.names.connections[s.text]:
		return s.text
	case s.text != "":
		l.problemf(s.at, s.path, "there is no database connection %q", s.text)
	case l.result.Config.Tenant.DefaultDirectory != "":
		return l.result.Config.Tenant.DefaultDirectory
	default:
		o.problemf("a connection is required: the tenant has no default_directory")
	}
	return ""
}

// uniqueUser reports ids, and emails and usernames of a connection, that two users share.
func (l *loader) uniqueUser(o *object, u *models.User, byID, byLogin map[string]*node) bool {
	ok := l.unique(byID, "user", located{text: u.ID, at: o.at, path: o.path})
	for _, login := range distinct([]string{u.Email, u.Username}) {
		if login == "" {
			continue
		}
		key := located{text: login + " in " + u.Connection, at: o.at, path: o.path}
		ok = ok && l.unique(byLogin, "user", key)
	}
	return ok
}

// password reads password or password_hash. A password in clear stays out of the configuration.
func (l *loader) password(o *object, u *models.User) {
	clear, hash := o.located("password"), o.located("password_hash")
	switch {
	case clear.text != "" && hash.text != "":
		o.problemf("a user has a password or a password_hash, not both")
	case clear.text != "":
		l.result.Passwords[u.ID] = clear.text
	case hash.text != "":
		if l.options.CheckHash != nil {
			if err := l.options.CheckHash(hash.text); err != nil {
				l.problemf(hash.at, hash.path, "%s", err)
				return
			}
		}
		u.PasswordHash = hash.text
	}
}

// members reads the organizations that a user belongs to: names or ids, or mappings with the member's roles.
func (l *loader) members(o *object, userID string) {
	n := o.takeKind("organizations", list)
	if n == nil {
		return
	}
	seen := make(map[string]*node)
	for i, item := range n.items {
		path := index(o.key("organizations"), i)
		var org located
		var roles []string
		if item.kind == mapping {
			m := l.object(item, path)
			org, roles = l.member(m)
		} else if l.expect(item, path, str, "the name of an organization") {
			org = located{text: item.text, at: item, path: path}
		}
		if org.text == "" {
			continue
		}
		id, ok := l.names.organizations[org.text]
		if !ok {
			l.problemf(org.at, org.path, "there is no organization %q", org.text)
			continue
		}
		if l.unique(seen, "membership in", located{text: id, at: org.at, path: org.path}) {
			l.result.Config.Members = append(l.result.Config.Members, models.Membership{OrganizationID: id, UserID: userID, RoleIDs: roles})
		}
	}
}

// member reads one membership.
func (l *loader) member(m *object) (org located, roles []string) {
	defer m.done()
	roles = l.roleIDs(m)
	m.stringMap("metadata", models.MaxMetadataEntries)
	m.ignoreKey("metadata") // memberships have none
	if org = m.located("id"); org.text != "" {
		m.take("name")
		return org, roles
	}
	return m.required("name"), roles
}

// Bounds of a user's groups.
const (
	maxGroups    = 200
	maxGroupName = 128
)

// groups reads the names of the groups that a user is in.
func (l *loader) groups(o *object) []string {
	given, _ := o.strings("groups")
	var out []string
	for _, s := range given {
		if s.text == "" || len(s.text) > maxGroupName {
			l.problemf(s.at, s.path, "expected a name of 1 to %d characters", maxGroupName)
			continue
		}
		out = append(out, s.text)
	}
	if len(out) > maxGroups {
		o.problemf("a user is in at most %d groups", maxGroups)
	}
	return distinct(out)
}
