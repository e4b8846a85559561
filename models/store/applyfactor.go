package store

import (
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

var (
	findAuthenticator = both(`SELECT id FROM authenticators WHERE user_id = :user_id AND type = :type AND address = :address`)
	selectSealedKey   = both(`SELECT sealed_key FROM authenticators WHERE id = :id`)
	// replaceKey begins anew: no code of the new key was taken.
	replaceKey = both(`UPDATE authenticators SET sealed_key = :sealed_key, last_step = 0 WHERE id = :id`)
)

// applyAuthenticators counts with the users: a document writes them there. A recovery code that is there stays: the document's was perhaps used, and
// must not come back. So does every factor that people have enrolled themselves, except that a TOTP key in the document
// replaces the user's. The browsers that gave a code of the former key then have to give one of the new.
func (a *applier) applyAuthenticators(c *models.TenantConfig) error {
	for i := range c.Authenticators {
		if err := a.applyAuthenticator(&c.Authenticators[i]); err != nil {
			return translate(fmt.Errorf("second factor of %s: %w", c.Authenticators[i].UserID, err))
		}
	}
	return nil
}

func (a *applier) applyAuthenticator(n *models.Authenticator) error {
	var id string
	err := a.tx.one(a.ctx, findAuthenticator, args{"user_id": n.UserID, "type": string(n.Type), "address": n.Address}, &id)
	switch {
	case errors.Is(translate(err), models.ErrNotFound):
		next := *n
		if next.ID == "" {
			next.ID = models.NewAuthenticatorID(n.Type, a.now)
		}
		next.CreatedAt = a.now
		return a.insertAuthenticator(a.ctx, a.tx, &next)
	case err != nil || n.Type != models.FactorOTP:
		return err
	}
	var sealed []byte
	if err := a.tx.one(a.ctx, selectSealedKey, args{"id": id}, &sealed); err != nil {
		return err
	}
	if key, err := a.keyring.Open(authenticatorLabel(id), sealed); err == nil && string(key) == n.Key {
		return nil
	}
	if _, err := a.tx.exec(a.ctx, replaceKey, args{"id": id, "sealed_key": a.keyring.Seal(authenticatorLabel(id), []byte(n.Key))}); err != nil {
		return err
	}
	_, err = a.tx.exec(a.ctx, forgetBrowsers, args{"user_id": n.UserID})
	return err
}
