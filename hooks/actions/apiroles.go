package actions

import (
	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// async makes a function that returns a Promise: settled already, as there is nothing to wait for. What fn throws rejects it.
func async(fn function) function {
	return func(x *execution, call goja.FunctionCall) goja.Value {
		promise, resolve, reject := x.rt.NewPromise()
		var v goja.Value
		settle := func() error { return resolve(v) }
		if ex := x.rt.Try(func() { v = fn(x, call) }); ex != nil {
			settle = func() error { return reject(ex.Value()) }
		}
		if err := settle(); err != nil {
			panic(err)
		}
		return x.rt.ToValue(promise)
	}
}

func rolesGetUserEffectiveRoles(x *execution, call goja.FunctionCall) goja.Value {
	p := x.pagingArgument(call.Argument(0))
	var roles []models.Role
	var next string
	x.enter(func() (err error) {
		roles, next, err = x.api.Roles.EffectiveRoles(p)
		return err
	})
	return x.roles(roles, next)
}

func rolesGetUserEffectiveRolesByIDs(x *execution, call goja.FunctionCall) goja.Value {
	return x.filterRoles("ids", call, hooks.RolesAPI.EffectiveRolesByIDs)
}

func rolesGetUserEffectiveRolesByNames(x *execution, call goja.FunctionCall) goja.Value {
	return x.filterRoles("names", call, hooks.RolesAPI.EffectiveRolesByNames)
}

func (x *execution) filterRoles(parameter string, call goja.FunctionCall, filter func(hooks.RolesAPI, []string) ([]models.Role, error)) goja.Value {
	list := x.listArgument(parameter, call.Argument(0))
	var roles []models.Role
	x.enter(func() (err error) {
		roles, err = filter(x.api.Roles, list)
		return err
	})
	return x.roles(roles, "")
}

func (x *execution) roles(roles []models.Role, next string) goja.Value {
	b := x.builder()
	list := make([]any, len(roles))
	for i, r := range roles {
		role := b.object()
		role.text("id", r.ID)
		role.text("name", r.Name)
		role.text("type", "tenant")
		list[i] = role.Object
	}
	o := b.object()
	o.put("roles", b.rt.NewArray(list...))
	o.optionalText("next", next)
	return o.Object
}

func groupsGetUserGroups(x *execution, call goja.FunctionCall) goja.Value {
	p := x.pagingArgument(call.Argument(0))
	var groups []models.Group
	var next, tenant string
	x.enter(func() (err error) {
		tenant = x.event.Tenant.ID
		groups, next, err = x.api.Groups.UserGroups(p)
		return err
	})
	b := x.builder()
	list := make([]any, len(groups))
	for i, g := range groups {
		group := b.object()
		group.text("id", g.ID)
		group.text("name", g.Name)
		group.text("tenant_name", tenant)
		group.text("assignment", "direct")
		list[i] = group.Object
	}
	o := b.object()
	o.put("groups", b.rt.NewArray(list...))
	o.optionalText("next", next)
	return o.Object
}

func groupsHasGroupMembership(x *execution, call goja.FunctionCall) goja.Value {
	identifiers := x.listArgument("groups", call.Argument(0))
	var answers []hooks.GroupMembership
	x.enter(func() (err error) {
		answers, err = x.api.Groups.HasGroupMembership(identifiers)
		return err
	})
	b := x.builder()
	memberships := b.object()
	for _, a := range answers {
		m := b.object()
		m.flag("is_member", len(a.Matches) > 0)
		if len(a.Matches) > 0 {
			matches := make([]any, len(a.Matches))
			for i, g := range a.Matches {
				match := b.object()
				match.text("id", g.ID)
				match.text("name", g.Name)
				match.text("group_type", "tenant")
				matches[i] = match.Object
			}
			m.put("matches", b.rt.NewArray(matches...))
		}
		memberships.child(a.Identifier, m)
	}
	o := b.object()
	o.child("memberships", memberships)
	return o.Object
}
