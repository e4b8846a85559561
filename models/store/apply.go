package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"example.com/keepsake/models"
)

// Apply makes the configuration what c says, in one transaction: it creates what is not there and updates what differs, by id
// or by name, and deletes nothing, except that bindings replace those that there were. A section that is nil changes nothing,
// and applying the same again changes nothing either. Ids that c leaves out are made once and stay.
//
// Things name each other by id or by name: a grant its client, a user its roles, a membership its organization. A
// *models.InvalidError says which of them does not exist; models.ErrConflict that two things claim one id or name.
func (s *Store) Apply(ctx context.Context, c *models.TenantConfig) (*models.ApplySummary, error) {
	var a *applier
	err := s.changeConfig(ctx, func(tx querier) (bool, error) {
		db := s.db.WithContext(ctx)
		db.Statement.ConnPool = tx.pool
		a = &applier{Store: s, ctx: ctx, db: db, tx: tx, now: toMilli(s.now()), counts: make(map[string]*models.SectionSummary)}
		if err := a.apply(c); err != nil {
			return false, err
		}
		return a.changed, nil
	})
	if err != nil {
		return nil, failed("apply tenant", err)
	}
	return a.summary(), nil
}

// The sections, in the order of a document.
const (
	sectionTenant          = "tenant"
	sectionClients         = "clients"
	sectionResourceServers = "resourceServers"
	sectionClientGrants    = "clientGrants"
	sectionDatabases       = "databases"
	sectionOrganizations   = "organizations"
	sectionRoles           = "roles"
	sectionActions         = "actions"
	sectionForms           = "forms"
	sectionTriggers        = "triggers"
	sectionUsers           = "users"
)

var sections = []string{
	sectionTenant, sectionClients, sectionResourceServers, sectionClientGrants, sectionDatabases, sectionOrganizations, sectionRoles,
	sectionActions, sectionForms, sectionTriggers, sectionUsers,
}

// applier is one run of Apply.
type applier struct {
	*Store
	ctx     context.Context
	db      *gorm.DB
	tx      querier
	now     time.Time
	counts  map[string]*models.SectionSummary
	changed bool
}

// apply goes from what is named to what names it.
func (a *applier) apply(c *models.TenantConfig) error {
	steps := []func(*models.TenantConfig) error{
		a.guardDemo, a.applyTenant, a.applyOrganizations, a.applyClients, a.applyResourceServers, a.applyClientGrants, a.applyConnections,
		a.applyRoles, a.applyActions, a.applyForms, a.applyBindings, a.applyUsers, a.applyMemberships, a.applyAuthenticators,
	}
	for _, step := range steps {
		if err := step(c); err != nil {
			return err
		}
	}
	return nil
}

// guardDemo keeps the demo tenant and everybody else's apart: what a document does not have stays in the database, and the demo's
// users and clients, with passwords that everybody knows, must not live on beside a real tenant's.
func (a *applier) guardDemo(c *models.TenantConfig) error {
	have, err := stored[models.Tenant](findRow[tenantRow](a, "id = ?", 1))
	if err != nil {
		return translate(err)
	}
	client, err := findRow[clientRow](a, "id <> ?", "")
	if err != nil {
		return translate(err)
	}
	switch demo := have != nil && have.Demo; {
	case demo && !c.Tenant.Demo:
		return &models.InvalidError{Message: "the database holds the demo tenant, whose passwords everybody knows; use another database for this tenant"}
	case c.Tenant.Demo && !demo && (have != nil || client != nil):
		return &models.InvalidError{Message: "the database holds a tenant of its own; name that tenant, or use another database for the demo tenant"}
	}
	return nil
}

func (a *applier) count(section string) *models.SectionSummary {
	if a.counts[section] == nil {
		a.counts[section] = &models.SectionSummary{Name: section}
	}
	return a.counts[section]
}

func (a *applier) summary() *models.ApplySummary {
	out := &models.ApplySummary{}
	for _, name := range sections {
		if n := a.counts[name]; n != nil {
			out.Sections = append(out.Sections, *n)
		}
	}
	return out
}

// kind is how one kind of thing is applied.
type kind[M any] struct {
	section string
	// label names an item for errors.
	label func(*M) string
	// find returns what there is in place of an item, or nil.
	find func(*M) (*M, error)
	// settle completes an item from what there is (nil when it is new): its id, its times, and what an update keeps.
	settle func(item, have *M)
	// touch marks an item as updated; nil when it does not say when it was.
	touch func(*M)
	// row returns an item's row; data is the item as JSON.
	row func(item *M, data string) (any, error)
}

// applyAll applies the items of a section; nil leaves the section out.
func applyAll[M any](a *applier, k kind[M], items []M) error {
	if items == nil {
		return nil
	}
	n := a.count(k.section)
	for i := range items {
		item := items[i]
		if err := applyOne(a, k, &item, n); err != nil {
			return fmt.Errorf("%s: %s: %w", k.section, k.label(&item), translate(err))
		}
	}
	return nil
}

func applyOne[M any](a *applier, k kind[M], item *M, n *models.SectionSummary) error {
	have, err := k.find(item)
	if err != nil {
		return err
	}
	k.settle(item, have)
	if have != nil {
		same, err := sameJSON(item, have)
		if err != nil {
			return err
		}
		if same {
			n.Unchanged++
			return nil
		}
	}
	if k.touch != nil {
		k.touch(item)
	}
	a.changed = true
	if have == nil {
		n.Created++
	} else {
		n.Updated++
	}
	data, err := encodeJSON(item)
	if err != nil {
		return err
	}
	row, err := k.row(item, data)
	if err != nil || row == nil {
		return err
	}
	if have == nil {
		return a.db.Create(row).Error
	}
	return a.db.Model(row).Select("*").Updates(row).Error
}

// sameJSON compares what would be stored.
func sameJSON(a, b any) (bool, error) {
	left, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	right, err := json.Marshal(b)
	return string(left) == string(right), err
}

// findRow reads the row that a condition selects, nil when there is none.
func findRow[R any](a *applier, where string, values ...any) (*R, error) {
	var rows []R
	err := a.db.Where(where, values...).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// findItem finds what an item of a document means: the row with its id if it has one, else the one with its name.
func findItem[R any](a *applier, id, name string) (*R, error) {
	if id != "" {
		return findRow[R](a, "id = ?", id)
	}
	return findRow[R](a, "name = ?", name)
}

// resolve finds what a reference means: the row with that id or, when there is none, with that name.
func resolve[R any](a *applier, idOrName string) (*R, error) {
	row, err := findRow[R](a, "id = ?", idOrName)
	if row == nil && err == nil {
		row, err = findRow[R](a, "name = ?", idOrName)
	}
	if err != nil {
		return nil, translate(err)
	}
	return row, nil
}

// settleID gives an item the id that it has in the store already, or a new one if it has none.
func settleID[M any](a *applier, prefix string, id func(*M) *string) func(item, have *M) {
	return func(item, have *M) {
		switch {
		case have != nil:
			*id(item) = *id(have)
		case *id(item) == "":
			*id(item) = models.NewID(prefix, a.now)
		}
	}
}

// unknown is the error for a reference to what does not exist.
func unknown(section, item, field, name string) error {
	return &models.InvalidError{Field: field, Message: fmt.Sprintf("%s: %s: there is no %s %q", section, item, field, name)}
}

// newClientID returns a client_id in Auth0's form: 32 letters and digits.
func newClientID() string { return (rand.Text() + rand.Text())[:32] }
