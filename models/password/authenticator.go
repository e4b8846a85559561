package password

import (
	"context"
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

// Users finds who signs in (models/store).
type Users interface {
	// UserByLogin finds the user of a connection by email or, where the connection has them, username.
	// models.ErrNotFound.
	UserByLogin(ctx context.Context, connection, identifier string) (*models.User, error)
}

// Authenticator checks users' passwords.
type Authenticator struct {
	users  Users
	hasher *Hasher
	decoy  string
}

// NewAuthenticator returns an Authenticator over users.
func NewAuthenticator(users Users, hasher *Hasher) *Authenticator {
	return &Authenticator{users: users, hasher: hasher, decoy: hasher.decoy()}
}

// Authenticate returns the user who signs in to connection under identifier with password. The error is models.ErrWrongUser
// (with no user), models.ErrWrongPassword or models.ErrBlocked (with the user, for the log), or anything else when it
// could not be found out.
//
// Each answer costs one hash, so that time does not tell who exists, and a blocked user learns of it only with the right
// password. The exception are users with an imported hash of another cost, whose verification takes as long as that.
func (a *Authenticator) Authenticate(ctx context.Context, connection, identifier, password string) (*models.User, error) {
	user, err := a.users.UserByLogin(ctx, connection, identifier)
	unknown := errors.Is(err, models.ErrNotFound)
	if err != nil && !unknown {
		return nil, fmt.Errorf("find user to authenticate: %w", err)
	}

	hash := a.decoy
	if !unknown && user.PasswordHash != "" {
		hash = user.PasswordHash
	}
	ok, err := a.hasher.Verify(ctx, hash, password)
	if err != nil {
		return nil, fmt.Errorf("verify password: %w", err)
	}

	switch {
	case unknown:
		return nil, models.ErrWrongUser
	case !ok || user.PasswordHash == "":
		return user, models.ErrWrongPassword
	case user.Blocked:
		return user, models.ErrBlocked
	}
	return user, nil
}
