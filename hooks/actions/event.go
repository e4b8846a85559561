package actions

import (
	"maps"
	"slices"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// builder makes plain JavaScript objects of Go values (contract section 2). The large ones, event among them, make their
// members on demand (lazily). Members that are empty in Go are left out where the contract has them optional.
type builder struct {
	rt *goja.Runtime
	// api answers what is looked up only when an Action asks for it. Whoever uses it is on Go's side (enter).
	api *hooks.API
}

func (x *execution) builder() builder { return builder{rt: x.rt, api: x.api} }

// object is an object in the making.
type object struct {
	b builder
	*goja.Object
}

func (b builder) object() object { return object{b, b.rt.NewObject()} }

// put makes a member, as an object literal does: a setter that an Action has put on Object.prototype is not called, which would run
// JavaScript on Go's side, and "__proto__", which may come as a key of a query or of a body, is an ordinary member.
func (o object) put(name string, v goja.Value) {
	_ = o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

func (o object) child(name string, v object)      { o.put(name, v.Object) }
func (o object) text(name, s string)              { o.put(name, o.b.rt.ToValue(s)) }
func (o object) flag(name string, f bool)         { o.put(name, o.b.rt.ToValue(f)) }
func (o object) number(name string, f float64)    { o.put(name, o.b.rt.ToValue(f)) }
func (o object) texts(name string, list []string) { o.put(name, o.b.texts(list)) }

func (o object) optionalText(name, s string) {
	if s != "" {
		o.text(name, s)
	}
}

// optionalTime sets a time as Date.prototype.toISOString writes it.
func (o object) optionalTime(name string, t time.Time) {
	if !t.IsZero() {
		o.text(name, isoTime(t))
	}
}

func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (b builder) texts(list []string) goja.Value {
	items := make([]any, len(list))
	for i, s := range list {
		items[i] = b.rt.ToValue(s)
	}
	return b.rt.NewArray(items...)
}

// stringMap makes an object of strings. Go's maps have no order; the keys are sorted so that every run sees the same.
func (b builder) stringMap(m map[string]string) object {
	o := b.object()
	for _, k := range slices.Sorted(maps.Keys(m)) {
		o.text(k, m[k])
	}
	return o
}

func (b builder) anyMap(m map[string]any) object {
	o := b.object()
	for _, k := range slices.Sorted(maps.Keys(m)) {
		o.put(k, b.value(m[k]))
	}
	return o
}

// value makes a JavaScript value of what encoding/json or net/url produces.
func (b builder) value(v any) goja.Value {
	switch v := v.(type) {
	case nil:
		return goja.Null()
	case map[string]any:
		return b.anyMap(v).Object
	case map[string]string:
		return b.stringMap(v).Object
	case []string:
		return b.texts(v)
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = b.value(v[i])
		}
		return b.rt.NewArray(items...)
	case string, bool, float64, int, int64:
		return b.rt.ToValue(v)
	case interface{ Float64() (float64, error) }: // json.Number
		f, _ := v.Float64()
		return b.rt.ToValue(f)
	case time.Time:
		return b.rt.ToValue(isoTime(v))
	}
	return goja.Undefined() // nothing else is JSON; a Go value is never exposed by reflection
}

// eventMember is one member of event: whether it is there, and how it is made. value is called on Go's side (enter).
type eventMember struct {
	name  string
	has   func(e *hooks.Event) bool
	value func(b builder, x *execution) goja.Value
}

func always(*hooks.Event) bool { return true }

// eventMembers are the members of event, in the order in which an Action enumerates them.
var eventMembers = []eventMember{
	{memberAuthentication, func(e *hooks.Event) bool { return e.Authentication != nil },
		func(_ builder, x *execution) goja.Value { return lazily(x, authenticationFields, x.event) }},
	{"authorization", func(e *hooks.Event) bool { return e.Authorization != nil },
		func(b builder, x *execution) goja.Value {
			o := b.object()
			o.texts("roles", x.event.Authorization.Roles)
			return o.Object
		}},
	{"client", always, func(b builder, x *execution) goja.Value { return b.client(&x.event.Client).Object }},
	{"configuration", always, func(b builder, _ *execution) goja.Value { return b.object().Object }},
	{"connection", always, func(b builder, x *execution) goja.Value { return b.connection(&x.event.Connection).Object }},
	{"custom_domain", func(e *hooks.Event) bool { return e.CustomDomain != nil },
		func(b builder, x *execution) goja.Value { return b.customDomain(x.event.CustomDomain).Object }},
	{"organization", func(e *hooks.Event) bool { return e.Organization != nil },
		func(b builder, x *execution) goja.Value { return b.organization(x.event.Organization).Object }},
	{"prompt", func(e *hooks.Event) bool { return e.Prompt != nil },
		func(b builder, x *execution) goja.Value {
			o := b.object()
			o.text("id", x.event.Prompt.ID)
			o.child("fields", b.anyMap(x.event.Prompt.Fields))
			o.child("vars", b.anyMap(x.event.Prompt.Vars))
			return o.Object
		}},
	{memberRefreshToken, func(e *hooks.Event) bool { return e.RefreshToken != nil },
		func(_ builder, x *execution) goja.Value { return lazily(x, refreshTokenFields, x.event.RefreshToken) }},
	{memberRequest, always, func(_ builder, x *execution) goja.Value { return lazily(x, requestFields, &x.event.Request) }},
	{"resource_server", func(e *hooks.Event) bool { return e.ResourceServer != nil },
		func(b builder, x *execution) goja.Value {
			o := b.object()
			o.text("identifier", x.event.ResourceServer.Identifier)
			return o.Object
		}},
	{"secrets", always, func(b builder, x *execution) goja.Value { return b.stringMap(x.secrets).Object }},
	{memberSession, func(e *hooks.Event) bool { return e.Session != nil },
		func(_ builder, x *execution) goja.Value { return lazily(x, sessionFields, x.event.Session) }},
	{"security_context", func(e *hooks.Event) bool { return e.SecurityContext != nil },
		func(b builder, x *execution) goja.Value {
			o := b.object()
			o.optionalText("ja3", x.event.SecurityContext.JA3)
			o.optionalText("ja4", x.event.SecurityContext.JA4)
			return o.Object
		}},
	{"stats", always, func(b builder, x *execution) goja.Value {
		o := b.object()
		o.put("logins_count", b.rt.ToValue(x.event.Stats.LoginsCount))
		return o.Object
	}},
	{"tenant", always, func(b builder, x *execution) goja.Value {
		o := b.object()
		o.text("id", x.event.Tenant.ID)
		return o.Object
	}},
	{memberTransaction, func(e *hooks.Event) bool { return e.Transaction != nil },
		func(_ builder, x *execution) goja.Value { return lazily(x, transactionFields, x.event.Transaction) }},
	{"user", always, func(_ builder, x *execution) goja.Value { return lazily(x, userFields, &x.event.User) }},
}

// newEvent makes event. Its members are made when they are asked for: an Action reads two or three of them, and making all
// costs more than running it.
func (x *execution) newEvent() *goja.Object {
	names := make([]string, 0, len(eventMembers))
	for _, m := range eventMembers {
		if m.has(x.event) {
			names = append(names, m.name)
		}
	}
	return x.rt.NewDynamicObject(&lazyObject{names: names, make: x.eventMember})
}

func (x *execution) eventMember(name string) (v goja.Value) {
	i := slices.IndexFunc(eventMembers, func(m eventMember) bool { return m.name == name })
	x.enter(func() error {
		v = eventMembers[i].value(x.builder(), x)
		return nil
	})
	if name == memberRequest && x.program.names["value"] {
		x.armValue()
	}
	return v
}

func (b builder) client(c *hooks.Client) object {
	o := b.object()
	o.text("client_id", c.ClientID)
	o.text("name", c.Name)
	o.child("metadata", b.stringMap(c.Metadata))
	if len(c.Policies) > 0 {
		policies := make([]any, len(c.Policies))
		for i, p := range c.Policies {
			policy := b.object()
			policy.text("audience", p.Audience)
			policy.texts("scope", p.Scope)
			policies[i] = policy.Object
		}
		token := b.object()
		token.put("policies", b.rt.NewArray(policies...))
		o.child("refresh_token", token)
	}
	return o
}

func (b builder) customDomain(d *models.CustomDomain) object {
	o := b.object()
	o.text("domain", d.Domain)
	o.child("domain_metadata", b.stringMap(d.Metadata))
	return o
}

func (b builder) connection(c *hooks.Connection) object {
	o := b.object()
	o.text("id", c.ID)
	o.text("name", c.Name)
	o.text("strategy", c.Strategy)
	if c.Metadata != nil {
		o.child("metadata", b.stringMap(c.Metadata))
	}
	return o
}

func (b builder) organization(org *hooks.Organization) object {
	o := b.object()
	o.text("id", org.ID)
	o.text("name", org.Name)
	o.text("display_name", org.DisplayName)
	o.child("metadata", b.stringMap(org.Metadata))
	return o
}

func (b builder) device(d *models.Device) object {
	o := b.object()
	o.optionalText("initial_ip", d.InitialIP)
	o.optionalText("initial_asn", d.InitialASN)
	o.optionalText("initial_user_agent", d.InitialUserAgent)
	o.optionalText("last_ip", d.LastIP)
	o.optionalText("last_asn", d.LastASN)
	o.optionalText("last_user_agent", d.LastUserAgent)
	return o
}
