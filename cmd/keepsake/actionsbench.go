package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

// bench is what a run needs, read.
type bench struct {
	chain        []models.BoundAction
	config       *models.TenantConfig // nil: no tenant
	dir          string               // of the tenant
	user         *models.User
	client       *models.Client
	organization *models.Organization
	changes      []map[string]any // of the event
	timeout      time.Duration
	network      *egress.Policy
	store        workbench.Store
}

// bundle puts the packages of the Actions' dependencies into them.
func (b *bench) bundle(problems *checker) {
	for i := range b.chain {
		a := &b.chain[i].Action
		var err error
		if a.Bundle, err = actions.Build(*a, b.dir); err != nil {
			problems.add("%v", err)
		}
	}
}

// choose picks the user and the client of the tenant.
func (b *bench) choose(user, client string, problems *checker) {
	if b.config == nil {
		if user != "" || client != "" {
			problems.add("--user and --client need a tenant")
		}
		return
	}
	i := slices.IndexFunc(b.config.Users, func(u models.User) bool {
		return user == "" || u.ID == user || strings.EqualFold(u.Email, user) || strings.EqualFold(u.Username, user)
	})
	if i >= 0 {
		b.user = &b.config.Users[i]
	} else if user != "" {
		problems.add("the tenant has no user %q", user)
	}
	i = slices.IndexFunc(b.config.Clients, func(c models.Client) bool {
		if client == "" {
			return slices.Contains(c.GrantTypes, models.GrantRefreshToken)
		}
		return c.ID == client || c.Name == client
	})
	if i >= 0 {
		b.client = &b.config.Clients[i]
	} else if client != "" {
		problems.add("the tenant has no client %q", client)
	}
}

func (b *bench) chooseOrganization(name string, problems *checker) {
	if name == "" {
		return
	}
	if b.config != nil {
		i := slices.IndexFunc(b.config.Organizations, func(o models.Organization) bool { return o.Name == name || o.ID == name })
		if i >= 0 {
			b.organization = &b.config.Organizations[i]
			return
		}
	}
	problems.add("the tenant has no organization %q", name)
}

// addChange takes a change of the event. The secrets in it are the Actions'.
func (b *bench) addChange(change map[string]any, problems *checker) {
	given, named := change["secrets"]
	if named {
		delete(change, "secrets")
		values, ok := given.(map[string]any)
		if !ok {
			problems.add("event.secrets must be an object")
		}
		secrets := make(map[string]string, len(values))
		for name, value := range values {
			if secrets[name], ok = value.(string); !ok {
				problems.add("event.secrets.%s must be a string", name)
			}
		}
		b.addSecrets(secrets)
	}
	b.changes = append(b.changes, change)
}

func (b *bench) addSecrets(more map[string]string) {
	for i := range b.chain {
		secrets := make(map[string]string)
		maps.Copy(secrets, b.chain[i].Action.Secrets)
		maps.Copy(secrets, more)
		b.chain[i].Action.Secrets = secrets
	}
}

// checkChanges finds what is wrong with the changes before an Action runs: a member that does not exist, or that no Action would see.
func (b *bench) checkChanges(moments []workbench.Moment) error {
	problems := &checker{what: "the event"}
	event := workbench.Sample(workbench.Refresh, time.Now())
	for _, change := range b.changes {
		left, err := workbench.Change(event, change)
		if err != nil {
			problems.add("%v", err)
		}
		for _, member := range left {
			problems.add("%s can't be changed: no Action would see it", member)
		}
		if change["refresh_token"] != nil && !slices.Contains(moments, workbench.Refresh) {
			problems.add("event.refresh_token: a first login has none")
		}
	}
	return problems.err()
}

// play runs the chain at one moment, on what the moments before have left.
func (b *bench) play(ctx context.Context, moment workbench.Moment) (*workbench.Report, error) {
	event := workbench.Sample(moment, time.Now())
	o := workbench.Options{Actions: b.chain, Event: event, Client: b.client, Store: &b.store, Network: b.network, Timeout: b.timeout}
	if b.config != nil {
		o.Tenant, o.HasUser = &b.config.Tenant, func(id string) bool { return b.userOf(id) != nil }
		b.dress(event)
	}
	b.store.Restore(event)
	for _, change := range b.changes {
		change = b.store.Pending(change)
		if moment == workbench.Login {
			change = maps.Clone(change)
			delete(change, "refresh_token") // a first login has none
		}
		if _, err := workbench.Change(event, change); err != nil {
			return nil, usageError("the event", "%v", err)
		}
	}
	b.assignRoles(event)
	report, err := workbench.Run(ctx, o)
	var syntax *actions.SyntaxError
	if errors.As(err, &syntax) {
		return nil, usageError("the Action", "%v", syntax)
	}
	if err == nil && b.config != nil && report.PrimaryUser != "" {
		b.user = b.userOf(report.PrimaryUser)
	}
	return report, err
}

// userOf returns the tenant's user with an id, or nil.
func (b *bench) userOf(id string) *models.User {
	return first(b.config.Users, func(u *models.User) bool { return u.ID == id })
}

// first returns the first element that is wanted, or nil.
func first[T any](list []T, wanted func(*T) bool) *T {
	for i := range list {
		if wanted(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

// dress puts what the tenant says into an event.
func (b *bench) dress(event *hooks.Event) {
	event.Tenant.ID = b.config.Tenant.ID
	began := event.Session.CreatedAt
	event.Session.ExpiresAt, event.Session.IdleExpiresAt = began.Add(b.config.Tenant.SessionEnd()), began.Add(b.config.Tenant.IdleSession())
	if c := b.client; c != nil {
		event.Client = hooks.Client{ClientID: c.ID, Name: c.Name, Metadata: maps.Clone(c.Metadata), Policies: c.RefreshToken.Policies}
		if t := event.RefreshToken; t != nil {
			t.ClientID, t.Rotating = c.ID, c.RefreshToken.Rotating
			t.ExpiresAt, t.IdleExpiresAt, _ = c.RefreshToken.Ends(time.Time{}, models.Decision{}, t.CreatedAt)
		}
		event.Session.Clients = []string{c.ID}
	}
	if o := b.organization; o != nil {
		event.Organization = &hooks.Organization{ID: o.ID, Name: o.Name, DisplayName: o.DisplayName, Metadata: maps.Clone(o.Metadata)}
	}
	if u := b.user; u != nil {
		b.dressUser(event, u)
	}
}

func (b *bench) dressUser(event *hooks.Event, u *models.User) {
	_, id, _ := strings.Cut(u.ID, "|")
	created, updated := event.User.CreatedAt, event.User.UpdatedAt
	event.User = hooks.User{
		UserID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Username: u.Username, PhoneNumber: u.PhoneNumber,
		PhoneVerified: u.PhoneVerified, Name: u.Name, Nickname: u.Nickname, GivenName: u.GivenName, FamilyName: u.FamilyName,
		Picture: u.Picture, CreatedAt: created, UpdatedAt: updated, AppMetadata: u.AppMetadata, UserMetadata: u.UserMetadata,
		Identities: []hooks.Identity{{Connection: u.Connection, Provider: models.StrategyDatabase, UserID: id}},
	}
	event.Session.UserID = u.ID
	if event.RefreshToken != nil {
		event.RefreshToken.UserID = u.ID
	}
	event.Connection.Name = u.Connection
	if c := first(b.config.Connections, func(c *models.Connection) bool { return c.Name == u.Connection }); c != nil {
		event.Connection = hooks.Connection{ID: c.ID, Name: c.Name, Strategy: c.Strategy, Metadata: maps.Clone(c.Metadata)}
	}
	event.Authorization.Roles = []string{}
	for _, id := range u.RolesWith(b.membership(u)) {
		if r := first(b.config.Roles, func(r *models.Role) bool { return r.ID == id }); r != nil {
			event.Authorization.Roles = append(event.Authorization.Roles, r.Name)
		}
	}
	event.Lookup.Groups = func(context.Context) ([]models.Group, error) {
		groups := make([]models.Group, len(u.Groups))
		for i, name := range u.Groups {
			groups[i] = models.NewGroup(name)
		}
		return groups, nil
	}
	event.Lookup.Factors = func(context.Context) ([]models.Factor, error) {
		have := slices.DeleteFunc(slices.Clone(b.config.Authenticators), func(a models.Authenticator) bool { return a.UserID != u.ID })
		return models.NewFactorStanding(&b.config.Tenant, u, have, b.config.Tenant.FactorEnabled).Factors(), nil
	}
}

// membership is the user's in the organization that is logged in to; nil: there is none.
func (b *bench) membership(u *models.User) *models.Membership {
	if b.organization == nil {
		return nil
	}
	return first(b.config.Members, func(m *models.Membership) bool { return m.UserID == u.ID && m.OrganizationID == b.organization.ID })
}

// assignRoles makes the roles of api.roles those that event.authorization names. One that the tenant does not have is made up.
func (b *bench) assignRoles(event *hooks.Event) {
	a := event.Authorization
	if a == nil {
		return
	}
	a.Assigned = nil
	for _, name := range a.Roles {
		role := models.Role{ID: models.PrefixRole + name, Name: name}
		if b.config != nil {
			if r := first(b.config.Roles, func(r *models.Role) bool { return r.Name == name }); r != nil {
				role = *r
			}
		}
		a.Assigned = append(a.Assigned, role)
	}
}
