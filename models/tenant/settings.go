package tenant

import "example.com/keepsake/models"

// defaultTenantID is event.tenant.id of a tenant that does not say its own.
const defaultTenantID = "keepsake"

// maxSessionHours is the longest session: a year.
const maxSessionHours = 365 * 24

// settings is what the section tenant refers to in others.
type settings struct{ directory, audience located }

// settings reads the section tenant.
func (l *loader) settings(doc *object) settings {
	t := &l.result.Config.Tenant
	*t = models.Tenant{
		ID:                       defaultTenantID,
		OAuthErrors:              models.OAuthErrorsAuth0,
		SessionLifetimeHours:     models.DefaultSessionLifetimeHours,
		IdleSessionLifetimeHours: models.DefaultIdleSessionLifetimeHours,
	}
	o := doc.child("tenant")
	if o == nil {
		return settings{}
	}
	l.result.Config.HasTenant = true
	if id := o.string("id"); id != "" {
		t.ID = id
	}
	t.FriendlyName = o.string("friendly_name")
	t.PictureURL = l.webURL(o.located("picture_url"))
	t.SupportEmail = o.string("support_email")
	t.OAuthErrors = models.OAuthErrors(o.oneOf("oauth_errors", string(models.OAuthErrorsAuth0),
		string(models.OAuthErrorsAuth0), string(models.OAuthErrorsRFC6749)))
	l.sessionLifetimes(o, t)
	s := settings{directory: o.located("default_directory"), audience: o.located("default_audience")}
	t.DefaultDirectory = s.directory.text
	o.done()
	return s
}

// sessionLifetimes reads how long sessions last, in hours. An idle lifetime that was not given is never the longer one.
func (l *loader) sessionLifetimes(o *object, t *models.Tenant) {
	const least = 1.0 / 60
	t.SessionLifetimeHours = o.number("session_lifetime", models.DefaultSessionLifetimeHours, least, maxSessionHours)
	def := min(models.DefaultIdleSessionLifetimeHours, t.SessionLifetimeHours)
	t.IdleSessionLifetimeHours = o.number("idle_session_lifetime", def, least, maxSessionHours)
	if t.IdleSessionLifetimeHours > t.SessionLifetimeHours {
		l.problemf(o.take("idle_session_lifetime"), o.key("idle_session_lifetime"),
			"%s hours is longer than session_lifetime, %s hours", format(t.IdleSessionLifetimeHours), format(t.SessionLifetimeHours))
	}
}

// references checks what refers to sections that were read later.
func (l *loader) references(s settings) {
	for _, check := range l.names.later {
		check()
	}
	if s.directory.text != "" && !l.names.connections[s.directory.text] {
		l.problemf(s.directory.at, s.directory.path, "there is no database connection %q", s.directory.text)
	}
	if s.audience.text != "" {
		if api, ok := l.audience(s.audience); ok {
			l.result.Config.Tenant.DefaultAudience = api.Identifier
		}
	}
}
