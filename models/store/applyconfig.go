package store

import (
	"reflect"
	"slices"

	"example.com/keepsake/models"
)

// applyTenant leaves the settings alone when the document has none, unless nobody has described them yet: then what the document implies
// counts, such as its only database for the default directory. The custom domains are a section of their own.
func (a *applier) applyTenant(c *models.TenantConfig) error {
	next := c.Tenant
	if !c.HasTenant {
		have, err := stored[models.Tenant](findRow[tenantRow](a, "id = ?", 1))
		if err != nil {
			return translate(err)
		}
		switch {
		case have != nil && next.CustomDomains == nil, reflect.ValueOf(next).IsZero():
			return nil
		case have != nil:
			domains := next.CustomDomains
			next = *have
			next.CustomDomains = domains
		}
	}
	return applyAll(a, kind[models.Tenant]{
		section: sectionTenant,
		label:   func(t *models.Tenant) string { return t.ID },
		find: func(*models.Tenant) (*models.Tenant, error) {
			return stored[models.Tenant](findRow[tenantRow](a, "id = ?", 1))
		},
		settle: func(t, have *models.Tenant) {
			if t.CustomDomains == nil && have != nil {
				t.CustomDomains = have.CustomDomains
			}
		},
		row: func(_ *models.Tenant, data string) (any, error) { return &tenantRow{ID: 1, Data: data}, nil },
	}, []models.Tenant{*withDefaults(next)})
}

func (a *applier) applyOrganizations(c *models.TenantConfig) error {
	return applyAll(a, kind[models.Organization]{
		section: sectionOrganizations,
		label:   func(o *models.Organization) string { return o.Name },
		find: func(o *models.Organization) (*models.Organization, error) {
			return stored[models.Organization](findItem[organizationRow](a, o.ID, o.Name))
		},
		settle: settleID(a, models.PrefixOrganization, func(o *models.Organization) *string { return &o.ID }),
		row: func(o *models.Organization, data string) (any, error) {
			return &organizationRow{ID: o.ID, Name: o.Name, Data: data}, nil
		},
	}, c.Organizations)
}

func (a *applier) applyClients(c *models.TenantConfig) error {
	clients := slices.Clone(c.Clients)
	for i := range clients {
		name := clients[i].DefaultOrganization
		if name == "" {
			continue
		}
		organization, err := resolve[organizationRow](a, name)
		if err != nil {
			return err
		}
		if organization == nil {
			return unknown(sectionClients, clients[i].Name, "organization", name)
		}
		clients[i].DefaultOrganization = organization.ID
	}
	return applyAll(a, kind[models.Client]{
		section: sectionClients,
		label:   func(c *models.Client) string { return c.Name },
		find: func(c *models.Client) (*models.Client, error) {
			return stored[models.Client](findItem[clientRow](a, c.ID, c.Name))
		},
		settle: a.settleClient,
		touch:  func(c *models.Client) { c.UpdatedAt = a.now },
		row: func(c *models.Client, data string) (any, error) {
			return &clientRow{ID: c.ID, Name: c.Name, Data: data}, nil
		},
	}, clients)
}

// settleClient keeps a secret that the document does not repeat.
func (a *applier) settleClient(c, have *models.Client) {
	if have == nil {
		if c.ID == "" {
			c.ID = newClientID()
		}
		c.CreatedAt, c.UpdatedAt = a.now, a.now
	} else {
		c.ID, c.CreatedAt, c.UpdatedAt = have.ID, have.CreatedAt, have.UpdatedAt
		if c.SecretHash == nil {
			c.SecretHash = have.SecretHash
		}
	}
	if c.Public() {
		c.SecretHash = nil
	}
}

func (a *applier) applyResourceServers(c *models.TenantConfig) error {
	return applyAll(a, kind[models.ResourceServer]{
		section: sectionResourceServers,
		label:   func(r *models.ResourceServer) string { return r.Identifier },
		find: func(r *models.ResourceServer) (*models.ResourceServer, error) {
			return stored[models.ResourceServer](findRow[resourceServerRow](a, "identifier = ?", r.Identifier))
		},
		settle: settleID(a, "", func(r *models.ResourceServer) *string { return &r.ID }),
		row: func(r *models.ResourceServer, data string) (any, error) {
			return &resourceServerRow{ID: r.ID, Identifier: r.Identifier, Data: data}, nil
		},
	}, c.ResourceServers)
}

func (a *applier) applyClientGrants(c *models.TenantConfig) error {
	grants := slices.Clone(c.ClientGrants)
	for i := range grants {
		if err := a.resolveGrant(&grants[i]); err != nil {
			return err
		}
	}
	return applyAll(a, kind[models.ClientGrant]{
		section: sectionClientGrants,
		label:   grantLabel,
		find: func(g *models.ClientGrant) (*models.ClientGrant, error) {
			return stored[models.ClientGrant](findRow[clientGrantRow](a, "client_id = ? AND audience = ?", g.ClientID, g.Audience))
		},
		settle: settleID(a, models.PrefixClientGrant, func(g *models.ClientGrant) *string { return &g.ID }),
		row: func(g *models.ClientGrant, data string) (any, error) {
			return &clientGrantRow{ID: g.ID, ClientID: g.ClientID, Audience: g.Audience, Data: data}, nil
		},
	}, grants)
}

func grantLabel(g *models.ClientGrant) string { return g.ClientID + " for " + g.Audience }

func (a *applier) resolveGrant(g *models.ClientGrant) error {
	client, err := resolve[clientRow](a, g.ClientID)
	if err != nil {
		return err
	}
	if client == nil {
		return unknown(sectionClientGrants, grantLabel(g), "client", g.ClientID)
	}
	g.ClientID = client.ID
	api, err := findRow[resourceServerRow](a, "identifier = ?", g.Audience)
	if err != nil {
		return translate(err)
	}
	if api == nil {
		return unknown(sectionClientGrants, grantLabel(g), "resource server", g.Audience)
	}
	return nil
}

// applyConnections keeps a name in enabled_clients that no client has: without it the list might become empty, which would
// enable the connection for all.
func (a *applier) applyConnections(c *models.TenantConfig) error {
	connections := slices.Clone(c.Connections)
	for i := range connections {
		enabled := slices.Clone(connections[i].EnabledClients)
		for j, name := range enabled {
			client, err := resolve[clientRow](a, name)
			if err != nil {
				return err
			}
			if client != nil {
				enabled[j] = client.ID
			}
		}
		connections[i].EnabledClients = enabled
	}
	return applyAll(a, kind[models.Connection]{
		section: sectionDatabases,
		label:   func(c *models.Connection) string { return c.Name },
		find: func(c *models.Connection) (*models.Connection, error) {
			return stored[models.Connection](findItem[connectionRow](a, c.ID, c.Name))
		},
		settle: settleID(a, models.PrefixConnection, func(c *models.Connection) *string { return &c.ID }),
		row: func(c *models.Connection, data string) (any, error) {
			return &connectionRow{ID: c.ID, Name: c.Name, Data: data}, nil
		},
	}, connections)
}

func (a *applier) applyRoles(c *models.TenantConfig) error {
	return applyAll(a, kind[models.Role]{
		section: sectionRoles,
		label:   func(r *models.Role) string { return r.Name },
		find: func(r *models.Role) (*models.Role, error) {
			return stored[models.Role](findItem[roleRow](a, r.ID, r.Name))
		},
		settle: settleID(a, models.PrefixRole, func(r *models.Role) *string { return &r.ID }),
		row: func(r *models.Role, data string) (any, error) {
			return &roleRow{ID: r.ID, Name: r.Name, Data: data}, nil
		},
	}, c.Roles)
}

func (a *applier) applyForms(c *models.TenantConfig) error {
	return applyAll(a, kind[models.Form]{
		section: sectionForms,
		label:   func(f *models.Form) string { return f.Name },
		find: func(f *models.Form) (*models.Form, error) {
			return stored[models.Form](findItem[formRow](a, f.ID, f.Name))
		},
		settle: settleID(a, models.PrefixForm, func(f *models.Form) *string { return &f.ID }),
		row: func(f *models.Form, data string) (any, error) {
			return &formRow{ID: f.ID, Name: f.Name, Data: data}, nil
		},
	}, c.Forms)
}
