package hooks

import (
	"errors"
	"maps"
	"net/url"
	"time"

	"example.com/keepsake/models"
)

// RecordMethod notes that the user has completed an authentication method of the hook's own, which a URL names. The method shows
// in Event.Authentication.Methods from then on, also in later logins of the browser session. Only a hook that continues after the
// browser's return may say so.
func (a AuthenticationAPI) RecordMethod(method string) error {
	if !a.api.continuing {
		return errors.New("The recordMethod function can only be called from the onContinuePostLogin handler.")
	}
	u, err := url.Parse(method)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("The provider_url must be an http or https URL.")
	}
	m := models.AuthMethod{Name: method, Timestamp: a.api.now().UTC().Truncate(time.Millisecond)}
	a.out.Session.Methods = models.AddMethods(a.out.Session.Methods, m)
	if a.event.Authentication == nil {
		a.event.Authentication = &Authentication{}
	}
	a.event.Authentication.Methods = models.AddMethods(a.event.Authentication.Methods, m)
	return nil
}

// MaxUserID is how long the id of SetPrimaryUser may be, in UTF-16 code units (contract 3.3).
const MaxUserID = 128

// What a transaction is denied with whose primary user can't be changed to the one that a hook has named.
const (
	PrimaryUserFixedMessage   = "The primary user can not be changed when a refresh token is exchanged."
	PrimaryUserUnknownMessage = "The primary user does not exist."
)

// SetPrimaryUser lets the transaction go on as another user. Changes of the user's metadata that the same hook makes are
// dropped; those of other hooks are made to that user (Auth0's limitations of account linking).
func (a AuthenticationAPI) SetPrimaryUser(id any) error {
	s, ok := id.(string)
	switch {
	case a.out.PrimaryUser != "":
		return errors.New("The primary user can only be altered once per transaction")
	case !ok || s == "":
		return errors.New("The provided primary_user_id must be a non-empty string")
	case models.UTF16Length(s) > MaxUserID:
		return errors.New("The provided primary_user_id exceeds the maximum length.")
	}
	a.out.PrimaryUser = s
	a.remember()
	a.api.before.restore = true
	return nil
}

// userPatches are the patches of the user's metadata before a hook ran.
type userPatches struct {
	out       *Outcome
	app, user map[string]any
	restore   bool // the hook has changed the user
}

// remember keeps the patches as they are before the hook's first change.
func (f *flow) remember() {
	if f.api.before == nil {
		f.api.before = &userPatches{out: f.out, app: maps.Clone(f.out.AppMetadata), user: maps.Clone(f.out.UserMetadata)}
	}
}

// settle is called when the hook has finished.
func (a *API) settle() {
	if a.before != nil && a.before.restore {
		a.before.out.AppMetadata, a.before.out.UserMetadata = a.before.app, a.before.user
	}
}
