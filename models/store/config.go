package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gorm.io/gorm"

	"example.com/keepsake/models"
)

// caches are the configuration in memory. Any change of any of it clears them all: it is rare, and a partial rule would
// be wrong one day.
type caches struct {
	tenant          *cache[*models.Tenant]
	clients         *cache[*models.Client]
	resourceServers *cache[*models.ResourceServer]
	clientGrants    *cache[*models.ClientGrant]
	connections     *cache[*models.Connection]
	organizations   *cache[*models.Organization]
	roles           *cache[*models.Role]
	forms           *cache[*models.Form]
	signingKeys     *cache[[]models.SigningKey]
	postLogin       *cache[*models.BoundActions]
	lastPostLogin   *steady[models.BoundActions]
}

// only is the key of a cache that holds one thing.
const only = ""

func newCaches(s *Store) caches {
	return caches{
		tenant:          newCache(s.loadTenant),
		clients:         newCache(s.loadClient),
		resourceServers: newCache(s.loadResourceServer),
		clientGrants:    newCache(s.loadClientGrant),
		connections:     newCache(s.loadConnection),
		organizations:   newCache(s.loadOrganization),
		roles:           newCache(s.loadRole),
		forms:           newCache(s.loadForm),
		signingKeys:     newCache(s.loadSigningKeys),
		postLogin:       newCache(s.loadPostLogin),
		lastPostLogin:   &steady[models.BoundActions]{},
	}
}

// forget clears every cache.
func (s *Store) forget() {
	c := &s.config
	c.tenant.clear()
	c.clients.clear()
	c.resourceServers.clear()
	c.clientGrants.clear()
	c.connections.clear()
	c.organizations.clear()
	c.roles.clear()
	c.forms.clear()
	c.signingKeys.clear()
	c.postLogin.clear()
}

// steady gives the same pointer for the same value, so that others can compare pointers.
type steady[T any] struct {
	mu   sync.Mutex
	last *T
}

func (k *steady[T]) keep(next *T) *T {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last == nil || !reflect.DeepEqual(k.last, next) {
		k.last = next
	}
	return k.last
}

// Tenant returns the tenant's settings; those of a tenant that nobody described are Auth0's defaults.
func (s *Store) Tenant(ctx context.Context) (*models.Tenant, error) {
	t, err := s.config.tenant.get(ctx, only)
	return t, failed("read tenant", err)
}

// Client returns a client by its client_id, or models.ErrNotFound.
func (s *Store) Client(ctx context.Context, id string) (*models.Client, error) {
	c, err := s.config.clients.get(ctx, id)
	return c, failed("read client", err)
}

// ResourceServer returns an API by its identifier, or models.ErrNotFound.
func (s *Store) ResourceServer(ctx context.Context, identifier string) (*models.ResourceServer, error) {
	r, err := s.config.resourceServers.get(ctx, identifier)
	return r, failed("read resource server", err)
}

// ClientGrant returns what a client may have of an API for itself, or models.ErrNotFound.
func (s *Store) ClientGrant(ctx context.Context, clientID, audience string) (*models.ClientGrant, error) {
	g, err := s.config.clientGrants.get(ctx, grantKey(clientID, audience))
	return g, failed("read client grant", err)
}

// Connection returns a connection by its name, or models.ErrNotFound.
func (s *Store) Connection(ctx context.Context, name string) (*models.Connection, error) {
	c, err := s.config.connections.get(ctx, name)
	return c, failed("read connection", err)
}

// Organization returns an organization by its id or, when no id is like that, by its name; or models.ErrNotFound.
func (s *Store) Organization(ctx context.Context, idOrName string) (*models.Organization, error) {
	o, err := s.config.organizations.get(ctx, idOrName)
	return o, failed("read organization", err)
}

// Roles returns the roles with these ids, in their order. Ids of no role are left out.
func (s *Store) Roles(ctx context.Context, ids []string) ([]models.Role, error) {
	roles := make([]models.Role, 0, len(ids))
	for _, id := range ids {
		r, err := s.config.roles.get(ctx, id)
		switch {
		case errors.Is(err, models.ErrNotFound):
		case err != nil:
			return nil, failed("read role", err)
		default:
			roles = append(roles, *r)
		}
	}
	return roles, nil
}

// Form returns a form by its id or, when no id is like that, by its name; or models.ErrNotFound.
func (s *Store) Form(ctx context.Context, idOrName string) (*models.Form, error) {
	f, err := s.config.forms.get(ctx, idOrName)
	return f, failed("read form", err)
}

// SigningKeys returns all signing keys, newest first, retired ones included; none is no error.
func (s *Store) SigningKeys(ctx context.Context) ([]models.SigningKey, error) {
	keys, err := s.config.signingKeys.get(ctx, only)
	return keys, failed("read signing keys", err)
}

// PostLoginActions returns the deployed Actions that are bound to post-login, in order; none is no error. It is the same
// pointer until a binding or a bound Action changes.
func (s *Store) PostLoginActions(ctx context.Context) (*models.BoundActions, error) {
	b, err := s.config.postLogin.get(ctx, only)
	return b, failed("read post-login actions", err)
}

// take reads the row that a condition selects. gorm.ErrRecordNotFound when there is none.
func take[R any](db *gorm.DB, where string, values ...any) (*R, error) {
	row := new(R)
	err := db.Where(where, values...).Take(row).Error
	return row, err
}

// reading returns gorm on the connections that read.
func (s *Store) reading(ctx context.Context) *gorm.DB {
	db := s.db.WithContext(ctx)
	db.Statement.ConnPool = s.r.pool
	return db
}

func (s *Store) loadTenant(ctx context.Context, _ string) (*models.Tenant, error) {
	row, err := take[tenantRow](s.reading(ctx), "id = ?", 1)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return withDefaults(models.Tenant{}), nil
	}
	if err != nil {
		return nil, translate(err)
	}
	t, err := decode[models.Tenant](row.Data)
	if err != nil {
		return nil, err
	}
	return withDefaults(*t), nil
}

func (s *Store) loadClient(ctx context.Context, id string) (*models.Client, error) {
	row, err := take[clientRow](s.reading(ctx), "id = ?", storable(id))
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.Client](row.Data)
}

func (s *Store) loadResourceServer(ctx context.Context, identifier string) (*models.ResourceServer, error) {
	row, err := take[resourceServerRow](s.reading(ctx), "identifier = ?", storable(identifier))
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.ResourceServer](row.Data)
}

// grantKey is the cache's key of a client grant.
func grantKey(clientID, audience string) string { return clientID + "\x00" + audience }

func (s *Store) loadClientGrant(ctx context.Context, key string) (*models.ClientGrant, error) {
	clientID, audience, _ := strings.Cut(key, "\x00")
	row, err := take[clientGrantRow](s.reading(ctx), "client_id = ? AND audience = ?", storable(clientID), storable(audience))
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.ClientGrant](row.Data)
}

func (s *Store) loadConnection(ctx context.Context, name string) (*models.Connection, error) {
	row, err := take[connectionRow](s.reading(ctx), "name = ?", storable(name))
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.Connection](row.Data)
}

func (s *Store) loadOrganization(ctx context.Context, idOrName string) (*models.Organization, error) {
	row, err := take[organizationRow](s.reading(ctx), "id = ?", storable(idOrName))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		row, err = take[organizationRow](s.reading(ctx), "name = ?", storable(idOrName))
	}
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.Organization](row.Data)
}

func (s *Store) loadRole(ctx context.Context, id string) (*models.Role, error) {
	row, err := take[roleRow](s.reading(ctx), "id = ?", storable(id))
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.Role](row.Data)
}

func (s *Store) loadForm(ctx context.Context, idOrName string) (*models.Form, error) {
	row, err := take[formRow](s.reading(ctx), "id = ?", storable(idOrName))
	if errors.Is(err, gorm.ErrRecordNotFound) {
		row, err = take[formRow](s.reading(ctx), "name = ?", storable(idOrName))
	}
	if err != nil {
		return nil, translate(err)
	}
	return decode[models.Form](row.Data)
}

// loadPostLogin reads bindings and Actions in one statement, so that it never sees half of a change.
func (s *Store) loadPostLogin(ctx context.Context, _ string) (*models.BoundActions, error) {
	var rows []struct {
		// gorm passes over what is embedded under a name that is not exported.
		Action      actionRow `gorm:"embedded"`
		BindingID   string
		DisplayName string
	}
	err := s.reading(ctx).Table("action_bindings AS b").
		Select("b.id AS binding_id, b.display_name, a.id, a.name, a.data, a.secrets").
		Joins("JOIN actions AS a ON a.id = b.action_id").
		Where("b.trigger_id = ?", models.TriggerPostLogin).Order("b.position").Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	bound := &models.BoundActions{}
	for i := range rows {
		a, err := s.action(&rows[i].Action)
		if err != nil {
			return nil, fmt.Errorf("binding %s: %w", rows[i].BindingID, err)
		}
		if a.Deployed {
			bound.Actions = append(bound.Actions, models.BoundAction{BindingID: rows[i].BindingID, DisplayName: rows[i].DisplayName, Action: *a})
		}
	}
	return s.config.lastPostLogin.keep(bound), nil
}
