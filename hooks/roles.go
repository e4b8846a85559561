package hooks

import (
	"errors"
	"fmt"
	"slices"

	"example.com/keepsake/models"
)

// Limits of api.roles and api.groups (contract 3.3).
const (
	// MaxTake is how many entries one page has at most, and how many when the hook does not say.
	MaxTake     = 100
	maxRoleIDs  = 100
	maxNames    = 50
	maxGroupIDs = 100
)

// Paging is a checkpoint in a listing: at most Take entries (0: MaxTake) behind the cursor From ("": from the beginning).
type Paging struct {
	Take int
	From string
}

// errCursor is the error of a cursor that no listing gave.
var errCursor = errors.New(`The "from" parameter is not a cursor of this list.`)

// pageOf returns one page of a list and the cursor of the next one, "" at the end. A cursor is the id of the last entry.
func pageOf[T any](list []T, p Paging, id func(T) string) (page []T, next string, err error) {
	first := 0
	if p.From != "" {
		i := slices.IndexFunc(list, func(v T) bool { return id(v) == p.From })
		if i < 0 {
			return nil, "", errCursor
		}
		first = i + 1
	}
	if p.Take <= 0 || p.Take > MaxTake {
		p.Take = MaxTake
	}
	page = list[first:min(first+p.Take, len(list))]
	if first+len(page) < len(list) {
		next = id(page[len(page)-1])
	}
	return page, next, nil
}

// checkCount refuses a list that is longer than Auth0 takes.
func checkCount(parameter string, list []string, limit int) error {
	if len(list) > limit {
		return fmt.Errorf("The %q parameter must not contain more than %d items.", parameter, limit)
	}
	return nil
}

// RolesAPI is api.roles: the roles that the user has in this transaction, directly and through the membership in the organization.
type RolesAPI struct{ *flow }

func (a RolesAPI) assigned() []models.Role {
	if a.event.Authorization == nil {
		return nil
	}
	return a.event.Authorization.Assigned
}

// EffectiveRoles returns one page of the user's roles.
func (a RolesAPI) EffectiveRoles(p Paging) (roles []models.Role, next string, err error) {
	return pageOf(a.assigned(), p, func(r models.Role) string { return r.ID })
}

// EffectiveRolesByIDs returns those of the user's roles that have one of the ids.
func (a RolesAPI) EffectiveRolesByIDs(ids []string) ([]models.Role, error) {
	if err := checkCount("ids", ids, maxRoleIDs); err != nil {
		return nil, err
	}
	return a.filter(func(r models.Role) bool { return slices.Contains(ids, r.ID) }), nil
}

// EffectiveRolesByNames returns those of the user's roles that have one of the names.
func (a RolesAPI) EffectiveRolesByNames(names []string) ([]models.Role, error) {
	if err := checkCount("names", names, maxNames); err != nil {
		return nil, err
	}
	return a.filter(func(r models.Role) bool { return slices.Contains(names, r.Name) }), nil
}

func (a RolesAPI) filter(keep func(models.Role) bool) []models.Role {
	var kept []models.Role
	for _, r := range a.assigned() {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}
