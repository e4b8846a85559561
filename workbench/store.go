package workbench

import (
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// Store is what a server has between the runs of one story: a login, and the exchanges of its refresh token. The zero value is that of a
// server which nobody has used.
type Store struct {
	cache *hooks.Cache
	kept  *kept
}

// kept is what is stored of a login that has succeeded.
type kept struct {
	token          hooks.RefreshToken
	session        *hooks.Session // nil: none
	authentication *hooks.Authentication
	// userID is whose the token is. user is nil when that is not who began the login: then nothing is known but the metadata that was set.
	userID string
	user   *hooks.User
	app    map[string]any
	own    map[string]any
	home   *models.Geo // where the user was last
	now    func() time.Time
}

// sharedCache is what api.cache keeps in all runs.
func (s *Store) sharedCache(now func() time.Time) *hooks.Cache {
	if s.cache == nil {
		s.cache = hooks.NewCache(now)
	}
	return s.cache
}

// keep takes over what a run has left that succeeded.
func (s *Store) keep(e *hooks.Event, r *Report, l lifetimes, o Options) {
	now := o.Now().UTC().Truncate(time.Millisecond)
	origin := models.Origin{IP: e.Request.IP, ASN: e.Request.ASN, UserAgent: e.Request.UserAgent}
	k := &kept{userID: e.User.UserID, app: r.AppMetadata, own: r.UserMetadata, home: e.Request.Geo, authentication: e.Authentication, now: o.Now}
	if r.PrimaryUser != "" {
		k.userID = r.PrimaryUser
	} else {
		user := e.User
		k.user = &user
	}
	if t := e.RefreshToken; t != nil {
		k.token = *t
		k.token.LastExchangedAt, k.token.Device = now, t.Device.Seen(origin)
	} else {
		k.token = newToken(e, origin, now)
	}
	k.token.UserID, k.token.Rotating = k.userID, o.Client.RefreshToken.Rotating
	k.token.ExpiresAt, k.token.IdleExpiresAt, k.token.Metadata = l.token, l.tokenIdle, r.Metadata.After
	if e.Session != nil {
		k.session = sessionAfter(e, k.userID, l.session, origin, now, o.Tenant)
	}
	s.kept = k
}

// newToken is the refresh token that a login's client gets.
func newToken(e *hooks.Event, origin models.Origin, now time.Time) hooks.RefreshToken {
	t := hooks.RefreshToken{
		ID: sampleTokenID, ClientID: e.Client.ClientID, CreatedAt: now, Device: models.NewDevice(origin), Access: hooks.AccessOffline,
	}
	if e.Session != nil {
		t.SessionID = e.Session.ID
	}
	resource := hooks.TokenResourceServer{}
	if e.ResourceServer != nil {
		resource.Audience = e.ResourceServer.Identifier
	}
	if e.Transaction != nil {
		resource.Scopes = strings.Join(e.Transaction.RequestedScopes, " ")
	}
	t.ResourceServers = []hooks.TokenResourceServer{resource}
	return t
}

// sessionAfter is the session of an event after the run. The Actions have changed its metadata and its cookie there.
func sessionAfter(e *hooks.Event, userID string, change models.SessionChange, origin models.Origin, now time.Time, tenant *models.Tenant) *hooks.Session {
	session := *e.Session
	session.UserID = userID
	if inBrowser(e) {
		session.LastInteractedAt, session.UpdatedAt, session.IdleExpiresAt = now, now, now.Add(tenant.IdleSession())
		session.Device = session.Device.Seen(origin)
		if !slices.Contains(session.Clients, e.Client.ClientID) {
			session.Clients = append(slices.Clone(session.Clients), e.Client.ClientID)
		}
	}
	if !change.ExpiresAt.IsZero() {
		session.ExpiresAt = change.ExpiresAt
	}
	if !change.IdleExpiresAt.IsZero() {
		session.IdleExpiresAt = change.IdleExpiresAt
	}
	return &session
}

// Restore puts what is stored into the event of an exchange. Without a login before there is nothing to put.
func (s *Store) Restore(e *hooks.Event) {
	k := s.kept
	if k == nil || e.RefreshToken == nil {
		return
	}
	token := k.token
	token.Metadata = token.Metadata.Clone()
	e.RefreshToken, e.Session = &token, nil
	if k.session != nil {
		session := *k.session
		session.Metadata = session.Metadata.Clone()
		e.Session = &session
	}
	e.Authentication = nil
	if k.authentication != nil {
		e.Authentication = &hooks.Authentication{Methods: slices.Clone(k.authentication.Methods)}
	}
	if k.user != nil {
		e.User = *k.user
	}
	e.User.UserID = k.userID
	e.User.AppMetadata, e.User.UserMetadata = patched(e.User.AppMetadata, k.app), patched(e.User.UserMetadata, k.own)
	e.Lookup.Risk = seenAt(e, k.home, k.now().UTC())
}

// Pending returns what of a change is still to be made to an event after Restore: the login has made the rest before, and the Actions may
// have changed that since.
func (s *Store) Pending(change map[string]any) map[string]any {
	if s.kept == nil {
		return change
	}
	change = maps.Clone(change)
	delete(change, "session")
	for name, keep := range map[string]func(member string) bool{
		"authentication": func(member string) bool { return member != "methods" },
		"user":           func(member string) bool { return member == "enrolledFactors" || member == "multifactor" },
	} {
		members, _ := change[name].(map[string]any)
		members = maps.Clone(members)
		maps.DeleteFunc(members, func(member string, _ any) bool { return !keep(member) })
		if delete(change, name); len(members) > 0 {
			change[name] = members
		}
	}
	return change
}

// patched returns metadata with a shallow patch applied: nil deletes.
func patched(m, patch map[string]any) map[string]any {
	out := make(map[string]any, len(m)+len(patch))
	maps.Copy(out, m)
	for name, v := range patch {
		if v == nil {
			delete(out, name)
		} else {
			out[name] = v
		}
	}
	return out
}
