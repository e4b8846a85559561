package actions

import (
	"maps"
	"slices"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"github.com/dop251/goja"
)

// builder makes plain JavaScript objects of Go values (contract section 2). Building all of the event is cheap enough
// (see BenchmarkEvent) that nothing of it is lazy: it behaves as a plain object because it is one. Members that are empty
// in Go are left out where the contract has them optional.
type builder struct{ rt *goja.Runtime }

// object is an object in the making.
type object struct {
	b builder
	*goja.Object
}

func (b builder) object() object { return object{b, b.rt.NewObject()} }

// put sets a member. "__proto__", which may come as a key of a query or of a body, becomes an ordinary member, as with
// JSON.parse.
func (o object) put(name string, v goja.Value) {
	if name == "__proto__" {
		_ = o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		return
	}
	_ = o.Set(name, v)
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

func (o object) optionalTexts(name string, list []string) {
	if len(list) > 0 {
		o.texts(name, list)
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

func (b builder) event(e *hooks.Event, secrets map[string]string) *goja.Object {
	o := b.object()
	if e.Authentication != nil {
		o.child("authentication", b.authentication(e.Authentication))
	}
	if e.Authorization != nil {
		roles := b.object()
		roles.texts("roles", e.Authorization.Roles)
		o.child("authorization", roles)
	}
	o.child("client", b.client(&e.Client))
	o.child("configuration", b.object())
	o.child("connection", b.connection(&e.Connection))
	if e.Organization != nil {
		o.child("organization", b.organization(e.Organization))
	}
	if e.RefreshToken != nil {
		o.child("refresh_token", b.refreshToken(e.RefreshToken))
	}
	o.child("request", b.request(&e.Request))
	if e.ResourceServer != nil {
		server := b.object()
		server.text("identifier", e.ResourceServer.Identifier)
		o.child("resource_server", server)
	}
	o.child("secrets", b.stringMap(secrets))
	if e.Session != nil {
		o.child("session", b.session(e.Session))
	}
	stats := b.object()
	stats.put("logins_count", b.rt.ToValue(e.Stats.LoginsCount))
	o.child("stats", stats)
	tenant := b.object()
	tenant.text("id", e.Tenant.ID)
	o.child("tenant", tenant)
	if e.Transaction != nil {
		o.child("transaction", b.transaction(e.Transaction))
	}
	o.child("user", b.user(&e.User))
	return o.Object
}

func (b builder) authentication(a *hooks.Authentication) object {
	methods := make([]any, len(a.Methods))
	for i, m := range a.Methods {
		method := b.object()
		method.text("name", m.Name)
		method.optionalTime("timestamp", m.Timestamp)
		method.optionalText("type", m.Type)
		methods[i] = method.Object
	}
	o := b.object()
	o.put("methods", b.rt.NewArray(methods...))
	return o
}

func (b builder) client(c *hooks.Client) object {
	o := b.object()
	o.text("client_id", c.ClientID)
	o.text("name", c.Name)
	o.child("metadata", b.stringMap(c.Metadata))
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
