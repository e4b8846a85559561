package store

import (
	"context"
	"strings"

	"example.com/keepsake/models"
)

// briefUserColumns are the columns of users AS u that tokens are made of, in the order of briefUserFields.
const briefUserColumns = `u.id, u.connection, u.email, u.email_verified, u.username, u.phone_number, u.phone_verified, u.name, u.nickname,
	u.given_name, u.family_name, u.picture, u.blocked, u.role_ids, u.created_at, u.updated_at`

// userColumns are all columns of users AS u, in the order of userFields.
const userColumns = briefUserColumns + `, u.password_hash, u.app_metadata, u.user_metadata, u.logins_count, u.last_login, u.last_ip,
	u.last_password_reset`

func briefUserFields(u *models.User) []any {
	return []any{
		(*text)(&u.ID), (*text)(&u.Connection), (*text)(&u.Email), (*flag)(&u.EmailVerified), (*text)(&u.Username),
		(*text)(&u.PhoneNumber), (*flag)(&u.PhoneVerified), (*text)(&u.Name), (*text)(&u.Nickname), (*text)(&u.GivenName),
		(*text)(&u.FamilyName), (*text)(&u.Picture), (*flag)(&u.Blocked), document{&u.RoleIDs}, (*instant)(&u.CreatedAt), (*instant)(&u.UpdatedAt),
	}
}

func userFields(u *models.User) []any {
	return append(briefUserFields(u), (*text)(&u.PasswordHash), document{&u.AppMetadata}, document{&u.UserMetadata}, (*number)(&u.LoginsCount),
		(*instant)(&u.LastLogin), (*text)(&u.LastIP), (*instant)(&u.LastPasswordReset))
}

func userArgs(u *models.User) args {
	return args{
		"id": u.ID, "connection": u.Connection, "email": u.Email, "email_key": loginKey(u.Email), "email_verified": u.EmailVerified,
		"username": u.Username, "username_key": loginKey(u.Username), "phone_number": u.PhoneNumber, "phone_verified": u.PhoneVerified,
		"name": u.Name, "nickname": u.Nickname, "given_name": u.GivenName, "family_name": u.FamilyName, "picture": u.Picture,
		"password_hash": u.PasswordHash, "blocked": u.Blocked, "app_metadata": asJSON(orEmpty(u.AppMetadata)),
		"user_metadata": asJSON(orEmpty(u.UserMetadata)), "role_ids": asJSON(append([]string{}, u.RoleIDs...)),
		"group_names":  asJSON(append([]string{}, u.Groups...)),
		"logins_count": u.LoginsCount, "last_login": u.LastLogin, "last_ip": u.LastIP, "last_password_reset": u.LastPasswordReset,
		"created_at": u.CreatedAt, "updated_at": u.UpdatedAt,
	}
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// loginKey is what an email or a username is found by.
func loginKey(identifier string) string { return strings.ToLower(identifier) }

var (
	selectUser = both(`SELECT ` + userColumns + ` FROM users AS u WHERE id = :id`)

	// An email is the better match: somebody may have taken another person's email as username.
	selectUserByLogin = both(`SELECT ` + userColumns + ` FROM users AS u WHERE connection = :connection
		AND (email_key = :key AND email_key <> '' OR username_key = :key AND username_key <> '')
		ORDER BY CASE WHEN email_key = :key THEN 0 ELSE 1 END LIMIT 1`)

	selectGroups = both(`SELECT group_names FROM users WHERE id = :id`)

	insertUser = both(`INSERT INTO users (id, connection, email, email_key, email_verified, username, username_key, phone_number,
			phone_verified, name, nickname, given_name, family_name, picture, password_hash, blocked, app_metadata, user_metadata,
			role_ids, group_names, logins_count, last_login, last_ip, last_password_reset, created_at, updated_at)
		VALUES (:id, :connection, :email, :email_key, :email_verified, :username, :username_key, :phone_number,
			:phone_verified, :name, :nickname, :given_name, :family_name, :picture, :password_hash, :blocked, :app_metadata, :user_metadata,
			:role_ids, :group_names, :logins_count, :last_login, :last_ip, :last_password_reset, :created_at, :updated_at)`)

	// updateUser leaves alone what only logins change.
	updateUser = both(`UPDATE users SET connection = :connection, email = :email, email_key = :email_key, email_verified = :email_verified,
			username = :username, username_key = :username_key, phone_number = :phone_number, phone_verified = :phone_verified,
			name = :name, nickname = :nickname, given_name = :given_name, family_name = :family_name, picture = :picture,
			password_hash = :password_hash, blocked = :blocked, app_metadata = :app_metadata, user_metadata = :user_metadata,
			role_ids = :role_ids, group_names = :group_names, last_password_reset = :last_password_reset, updated_at = :updated_at WHERE id = :id`)
)

// User returns a user by id, or models.ErrNotFound.
func (s *Store) User(ctx context.Context, id string) (*models.User, error) {
	return s.userBy(ctx, s.r, selectUser, args{"id": id})
}

// UserByLogin returns the user of a connection who signs in under an email or, failing that, a username, both in any case of
// letters; or models.ErrNotFound.
func (s *Store) UserByLogin(ctx context.Context, connection, identifier string) (*models.User, error) {
	return s.userBy(ctx, s.r, selectUserByLogin, args{"connection": connection, "key": loginKey(identifier)})
}

func (s *Store) userBy(ctx context.Context, q querier, query query, a args) (*models.User, error) {
	var u models.User
	if err := q.one(ctx, query, a, userFields(&u)...); err != nil {
		return nil, failed("read user", err)
	}
	return &u, nil
}

// Groups returns the groups that a user is in, in the order of the tenant's document. models.ErrNotFound when there is no such user.
func (s *Store) Groups(ctx context.Context, userID string) ([]models.Group, error) {
	names, err := groupNames(ctx, s.r, userID)
	if err != nil {
		return nil, failed("read groups", err)
	}
	groups := make([]models.Group, len(names))
	for i, name := range names {
		groups[i] = models.NewGroup(name)
	}
	return groups, nil
}

func groupNames(ctx context.Context, q querier, userID string) ([]string, error) {
	var names []string
	err := q.one(ctx, selectGroups, args{"id": userID}, document{&names})
	if len(names) == 0 {
		names = nil // as a document without any has it
	}
	return names, err
}
