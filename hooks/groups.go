package hooks

import "example.com/keepsake/models"

// GroupsAPI is api.groups: the groups that the tenant says the user is in.
type GroupsAPI struct{ *flow }

func (a GroupsAPI) groups() ([]models.Group, error) {
	return lookup(a.api, "the user's groups", a.event.Lookup.Groups)
}

// UserGroups returns one page of the user's groups.
func (a GroupsAPI) UserGroups(p Paging) (groups []models.Group, next string, err error) {
	all, err := a.groups()
	if err != nil {
		return nil, "", err
	}
	return pageOf(all, p, func(g models.Group) string { return g.ID })
}

// GroupMembership is what HasGroupMembership says of one identifier: the groups by that id or name that the user is in. None: the
// user is no member.
type GroupMembership struct {
	Identifier string
	Matches    []models.Group
}

// HasGroupMembership says of each identifier (a group's id or name), once, whether the user is in that group.
func (a GroupsAPI) HasGroupMembership(identifiers []string) ([]GroupMembership, error) {
	if err := checkCount("groups", identifiers, maxGroupIDs); err != nil {
		return nil, err
	}
	all, err := a.groups()
	if err != nil {
		return nil, err
	}
	var out []GroupMembership
	seen := make(map[string]bool, len(identifiers))
	for _, id := range identifiers {
		if seen[id] {
			continue
		}
		seen[id] = true
		m := GroupMembership{Identifier: id}
		for _, g := range all {
			if g.ID == id || g.Name == id {
				m.Matches = append(m.Matches, g)
			}
		}
		out = append(out, m)
	}
	return out, nil
}
