package store

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"

	"example.com/keepsake/models"
)

// prefixUser begins the ids of users in a database connection.
const prefixUser = "auth0|"

func (a *applier) applyUsers(c *models.TenantConfig) error {
	users := slices.Clone(c.Users)
	for i := range users {
		ids, err := a.roleIDs(sectionUsers, users[i].DisplayName(), users[i].RoleIDs)
		if err != nil {
			return err
		}
		users[i].RoleIDs = ids
	}
	return applyAll(a, kind[models.User]{
		section: sectionUsers,
		label:   func(u *models.User) string { return u.DisplayName() },
		find:    a.findUser,
		settle:  a.settleUser,
		touch:   func(u *models.User) { u.UpdatedAt = a.now },
		row:     func(u *models.User, _ string) (any, error) { return nil, a.saveUser(u) },
	}, users)
}

// findUser finds a user by id if the document gives one, else by what they sign in with.
func (a *applier) findUser(u *models.User) (*models.User, error) {
	q, values := selectUser, args{"id": u.ID}
	if u.ID == "" {
		identifier := u.Email
		if identifier == "" {
			identifier = u.Username
		}
		q, values = selectUserByLogin, args{"connection": u.Connection, "key": loginKey(identifier)}
	}
	have, err := a.userBy(a.ctx, a.tx, q, values)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		have.Groups, err = groupNames(a.ctx, a.tx, have.ID)
	}
	return have, err
}

// settleUser keeps what logins have written, the password unless there is another, and those keys of the metadata that
// the document does not have: Actions may have set them.
func (a *applier) settleUser(u, have *models.User) {
	if have == nil {
		if u.ID == "" {
			random := models.NewIDBytes(a.now)
			u.ID = prefixUser + hex.EncodeToString(random[4:])
		}
		u.CreatedAt, u.UpdatedAt = a.now, a.now
		return
	}
	u.ID, u.CreatedAt, u.UpdatedAt = have.ID, have.CreatedAt, have.UpdatedAt
	u.LoginsCount, u.LastLogin, u.LastIP = have.LoginsCount, have.LastLogin, have.LastIP
	if u.PasswordHash == "" {
		u.PasswordHash = have.PasswordHash
	}
	if u.LastPasswordReset.IsZero() {
		u.LastPasswordReset = have.LastPasswordReset
	}
	u.AppMetadata = applyPatch(have.AppMetadata, u.AppMetadata)
	u.UserMetadata = applyPatch(have.UserMetadata, u.UserMetadata)
}

func (a *applier) saveUser(u *models.User) error {
	n, err := a.tx.exec(a.ctx, updateUser, userArgs(u))
	if err == nil && n == 0 {
		_, err = a.tx.exec(a.ctx, insertUser, userArgs(u))
	}
	return err
}

// applyMemberships counts with the users: a document writes them there. It has all of a user's organizations, so whoever is in it leaves those
// that it does not name.
func (a *applier) applyMemberships(c *models.TenantConfig) error {
	named := make(map[string][]string) // by user id
	for i := range c.Users {
		user, err := a.findUser(&c.Users[i])
		if err != nil {
			return translate(err)
		}
		if user != nil {
			named[user.ID] = nil
		}
	}
	if err := a.joinOrganizations(c, named); err != nil {
		return err
	}
	for user, organizations := range named {
		if err := a.leaveOtherOrganizations(user, organizations); err != nil {
			return translate(err)
		}
	}
	return nil
}

// leaveOtherOrganizations ends a user's memberships but those in organizations.
func (a *applier) leaveOtherOrganizations(user string, organizations []string) error {
	var left []string
	err := a.tx.all(a.ctx, selectMemberships, args{"user_id": user}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		if err == nil && !slices.Contains(organizations, id) {
			left = append(left, id)
		}
		return err
	})
	for _, id := range left {
		if err != nil {
			break
		}
		_, err = a.tx.exec(a.ctx, deleteMembership, args{"organization_id": id, "user_id": user})
	}
	return err
}

// joinOrganizations creates and updates the memberships of a document, and adds each to what is named.
func (a *applier) joinOrganizations(c *models.TenantConfig, named map[string][]string) error {
	for _, m := range c.Members {
		organization, err := resolve[organizationRow](a, m.OrganizationID)
		if err != nil {
			return err
		}
		if organization == nil {
			return unknown(sectionUsers, m.UserID, "organization", m.OrganizationID)
		}
		user, err := a.member(c, m.UserID)
		if err != nil {
			return err
		}
		ids, err := a.roleIDs(sectionUsers, m.UserID, m.RoleIDs)
		if err != nil {
			return err
		}
		next := models.Membership{OrganizationID: organization.ID, UserID: user, RoleIDs: ids}
		if _, ok := named[user]; ok {
			named[user] = append(named[user], organization.ID)
		}
		have, err := membership(a.ctx, a.tx, next.OrganizationID, next.UserID)
		switch err = translate(err); {
		case err == nil && slices.Equal(have.RoleIDs, next.RoleIDs):
			continue
		case err != nil && !errors.Is(err, models.ErrNotFound):
			return err
		}
		values := args{"organization_id": next.OrganizationID, "user_id": next.UserID, "role_ids": asJSON(next.RoleIDs)}
		if _, err := a.tx.exec(a.ctx, upsertMembership, values); err != nil {
			return translate(err)
		}
	}
	return nil
}

// member returns the id of a membership's user, who may be named by id or, for a user of the document without one, by
// email or username.
func (a *applier) member(c *models.TenantConfig, name string) (string, error) {
	user, err := a.findUser(&models.User{ID: name})
	if err != nil {
		return "", err
	}
	for i := 0; user == nil && i < len(c.Users); i++ {
		if u := c.Users[i]; u.ID == "" && (u.Email == name || u.Username == name) {
			if user, err = a.findUser(&u); err != nil {
				return "", err
			}
		}
	}
	if user == nil {
		return "", unknown(sectionUsers, name, "user", name)
	}
	return user.ID, nil
}

// roleIDs returns the ids of roles that are named by id or name.
func (a *applier) roleIDs(section, item string, names []string) ([]string, error) {
	ids := make([]string, 0, len(names))
	for _, name := range names {
		role, err := resolve[roleRow](a, name)
		if err != nil {
			return nil, err
		}
		if role == nil {
			return nil, unknown(section, item, "role", name)
		}
		ids = append(ids, role.ID)
	}
	return ids, nil
}
