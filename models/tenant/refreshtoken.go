package tenant

import (
	"slices"
	"time"

	"example.com/keepsake/models"
)

// Bounds of a client's refresh_token object (contract 4.7).
const (
	maxTokenLifetime = 157_788_000 * time.Second
	maxLeeway        = maxTokenLifetime
)

// seconds returns a duration of at least a second that is written in seconds.
func (o *object) seconds(name string, def, high time.Duration) time.Duration {
	return time.Duration(o.whole(name, int64(def/time.Second), 1, int64(high/time.Second))) * time.Second
}

// refreshTokenPolicy reads a client's refresh_token object (contract 4.7, section 9 line 17).
func (l *loader) refreshTokenPolicy(o *object) models.RefreshTokenPolicy {
	p := models.RefreshTokenPolicy{Lifetime: models.DefaultTokenLifetime, IdleLifetime: models.DefaultIdleTokenLifetime}
	r := o.child("refresh_token")
	if r == nil {
		return p
	}
	p.Rotating = r.oneOf("rotation_type", "non-rotating", "rotating", "non-rotating") == "rotating"
	p.Expiring = r.oneOf("expiration_type", "non-expiring", "expiring", "non-expiring") == "expiring"
	p.Leeway = time.Duration(r.whole("leeway", 0, 0, int64(maxLeeway/time.Second))) * time.Second
	l.lifetimes(r, &p)
	p.Policies = r.policies()
	r.done()
	if p.Rotating && (!p.Expiring || p.Lifetime == 0 && p.IdleLifetime == 0) {
		r.problemf("rotating refresh tokens must expire: set expiration_type to expiring, and a lifetime")
	}
	return p
}

// policies reads what the client may exchange its refresh tokens for at further APIs. They are for Actions to see.
func (o *object) policies() []models.ResourcePolicy {
	objects, _ := o.children("policies")
	var out []models.ResourcePolicy
	for _, p := range objects {
		policy := models.ResourcePolicy{Audience: p.required("audience").text}
		scopes, _ := p.strings("scope")
		for _, s := range scopes {
			policy.Scope = append(policy.Scope, s.text)
		}
		p.done()
		if policy.Audience != "" {
			out = append(out, policy)
		}
	}
	return out
}

// lifetimes reads both lifetimes. An infinite one beats its number. Whatever was not given gives way to what was.
func (l *loader) lifetimes(r *object, p *models.RefreshTokenPolicy) {
	p.Lifetime = r.seconds("token_lifetime", models.DefaultTokenLifetime, maxTokenLifetime)
	p.IdleLifetime = r.seconds("idle_token_lifetime", models.DefaultIdleTokenLifetime, maxTokenLifetime)
	idleGiven := r.take("idle_token_lifetime") != nil
	lifetimeGiven := r.take("token_lifetime") != nil
	if r.flag("infinite_token_lifetime", false) {
		p.Lifetime = 0
	}
	if r.flag("infinite_idle_token_lifetime", false) {
		p.IdleLifetime = 0
	}
	switch {
	case p.Lifetime == 0 || p.IdleLifetime <= p.Lifetime:
	case !idleGiven:
		p.IdleLifetime = p.Lifetime
	case !lifetimeGiven:
		p.Lifetime = p.IdleLifetime
	default:
		l.problemf(r.take("idle_token_lifetime"), r.key("idle_token_lifetime"), "%s s is longer than token_lifetime, %s s",
			format(p.IdleLifetime.Seconds()), format(p.Lifetime.Seconds()))
	}
}

// rotationOfSPA keeps refresh tokens from a single-page app that does not rotate them: it has no place to hide one
// (contract 4.7).
func (l *loader) rotationOfSPA(o *object, c *models.Client) {
	if !c.Public() || c.RefreshToken.Rotating || !c.Allows(models.GrantRefreshToken) {
		return
	}
	if c.AppType != appSPA {
		l.warnf(o.at, o.path, "refresh tokens of a public client should rotate (RFC 9700 2.2.2): whoever copies one that does not can use it unnoticed")
		return
	}
	c.GrantTypes = slices.DeleteFunc(c.GrantTypes, func(g string) bool { return g == models.GrantRefreshToken })
	l.warnf(o.at, o.path, "a single-page app gets refresh tokens only if they rotate: the grant type refresh_token is left out")
}
