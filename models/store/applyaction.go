package store

import (
	"fmt"
	"maps"
	"slices"

	"example.com/keepsake/models"
)

func (a *applier) applyActions(c *models.TenantConfig) error {
	return applyAll(a, kind[models.Action]{
		section: sectionActions,
		label:   func(x *models.Action) string { return x.Name },
		find: func(x *models.Action) (*models.Action, error) {
			row, err := findItem[actionRow](a, x.ID, x.Name)
			if row == nil || err != nil {
				return nil, err
			}
			return a.action(row)
		},
		settle: a.settleAction,
		touch:  func(x *models.Action) { x.UpdatedAt = a.now },
		row:    func(x *models.Action, _ string) (any, error) { return a.newActionRow(*x) },
	}, c.Actions)
}

// settleAction makes a new version of an Action when something changes that decides what runs.
func (a *applier) settleAction(x, have *models.Action) {
	if have == nil {
		settleID(a, models.PrefixAction, func(x *models.Action) *string { return &x.ID })(x, nil)
		x.Version, x.CreatedAt, x.UpdatedAt = 1, a.now, a.now
		return
	}
	x.ID, x.Version, x.CreatedAt, x.UpdatedAt = have.ID, have.Version, have.CreatedAt, have.UpdatedAt
	if x.Code != have.Code || x.Deployed != have.Deployed || !slices.Equal(x.Dependencies, have.Dependencies) || !maps.Equal(x.Secrets, have.Secrets) ||
		!sameBundle(x.Bundle, have.Bundle) {
		x.Version++
	}
}

func sameBundle(a, b *models.ActionBundle) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// applyBindings replaces the bindings of post-login if the document has any, or an empty list of them. An Action that stays
// bound keeps the id of its binding.
func (a *applier) applyBindings(c *models.TenantConfig) error {
	if c.PostLogin == nil {
		return nil
	}
	if len(c.PostLogin) > models.MaxBoundActions {
		return &models.InvalidError{Field: sectionTriggers, Message: fmt.Sprintf(
			"%s: %d Actions are bound to %s, at most %d can be", sectionTriggers, len(c.PostLogin), models.TriggerPostLogin, models.MaxBoundActions)}
	}
	var have []bindingRow
	if err := a.db.Where("trigger_id = ?", models.TriggerPostLogin).Order("position").Find(&have).Error; err != nil {
		return translate(err)
	}
	want, err := a.bindings(c.PostLogin, have)
	if err != nil {
		return err
	}
	n := a.count(sectionTriggers)
	for i := range want {
		switch {
		case slices.Contains(have, want[i]):
			n.Unchanged++
		case slices.ContainsFunc(have, func(b bindingRow) bool { return b.ID == want[i].ID }):
			n.Updated++
		default:
			n.Created++
		}
	}
	if slices.Equal(have, want) {
		return nil
	}
	a.changed = true
	if err := a.db.Where("trigger_id = ?", models.TriggerPostLogin).Delete(&bindingRow{}).Error; err != nil {
		return translate(err)
	}
	if len(want) == 0 {
		return nil
	}
	return translate(a.db.Create(&want).Error)
}

// bindings returns the rows that the document asks for.
func (a *applier) bindings(list []models.Binding, have []bindingRow) ([]bindingRow, error) {
	rows := make([]bindingRow, 0, len(list))
	free := slices.Clone(have)
	for i, b := range list {
		action, err := resolve[actionRow](a, b.ActionName)
		if err != nil {
			return nil, err
		}
		if action == nil {
			return nil, unknown(sectionTriggers, models.TriggerPostLogin, "action", b.ActionName)
		}
		row := bindingRow{TriggerID: models.TriggerPostLogin, Position: i, ActionID: action.ID, DisplayName: b.DisplayName}
		if row.DisplayName == "" {
			row.DisplayName = action.Name
		}
		if at := slices.IndexFunc(free, func(f bindingRow) bool { return f.ActionID == action.ID }); at >= 0 {
			row.ID = free[at].ID
			free = slices.Delete(free, at, at+1)
		} else {
			row.ID = models.NewID(prefixBinding, a.now)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// prefixBinding begins the ids of bindings.
const prefixBinding = "bnd_"
