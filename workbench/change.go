package workbench

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/types"
)

// Change makes the changes of a JSON value of Auth0's shape to an event: {"request":{"geoip":{"countryCode":"DE"}}}. What it does not
// name stays; null takes a member away. The error names every member that does not exist or is of another kind. Members that
// Actions know and that no event of Keepsake's has (event.transaction.linking_id), or that are not the event's (event.secrets),
// are left out and returned.
func Change(e *hooks.Event, changes map[string]any) (left []string, err error) {
	c := &changer{event: e}
	c.object(reflect.ValueOf(e).Elem(), changes, "event")
	if len(c.problems) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(c.problems, "\n"))
	}
	return c.left, nil
}

// ParseSet reads "request.geoip.countryCode=DE" as the change that it stands for. A value that is JSON is that value ("true", "4",
// "[]", "null", "\"4\""); any other is a string.
func ParseSet(s string) (map[string]any, error) {
	path, text, found := strings.Cut(s, "=")
	path = strings.TrimPrefix(path, "event.")
	if !found || path == "" || slices.Contains(strings.Split(path, "."), "") {
		return nil, fmt.Errorf("%q is not of the form member.member=value", s)
	}
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		value = text
	}
	names := strings.Split(path, ".")
	for i := len(names) - 1; i >= 0; i-- {
		value = map[string]any{names[i]: value}
	}
	return value.(map[string]any), nil
}

type changer struct {
	event    *hooks.Event
	problems []string
	left     []string
}

func (c *changer) problemf(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// plain is how the names of JavaScript and Go are compared: client_id is ClientID.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// renamed are members that have another name in Go.
var renamed = map[string]string{"geoip": "geo", "domainmetadata": "metadata"}

func (c *changer) object(v reflect.Value, changes map[string]any, path string) {
	for _, name := range slices.Sorted(maps.Keys(changes)) { // in an order, so that members which go together can be compared
		at, value := path+"."+name, changes[name]
		field, ok := fieldOf(v, name)
		switch {
		case !isKnown(at):
			c.problemf("there is no %s", at)
			continue
		case at == "event.session.cookie":
			c.cookie(v, value, at)
		case at == "event.client.refresh_token":
			c.policies(v, value, at)
		case at == "event.authentication.riskAssessment":
			c.risk(value, at)
		case at == "event.user.enrolledFactors":
			c.factors(value, at)
		case at == "event.user.multifactor":
			_, both := changes["enrolledFactors"]
			c.providers(value, at, both)
		case at == "event.configuration" && isEmpty(value): // as Actions see it
		case value == nil && !ok && at != "event.secrets": // it is not there
		case ok:
			c.set(field, value, at)
		default:
			c.left = append(c.left, at)
		}
		if has := v.FieldByName("HasPosition"); has.IsValid() && (name == "latitude" || name == "longitude") {
			has.SetBool(value != nil)
		}
	}
}

// fieldOf finds the field of a struct that a member is.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	want := plain(name)
	if other, ok := renamed[want]; ok {
		want = other
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.IsExported() && strings.ToLower(f.Name) == want && f.Tag.Get("json") != "-" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// isKnown reports whether Actions have a member.
func isKnown(path string) bool {
	t := types.Event()
	for _, name := range strings.Split(path, ".")[1:] {
		name, _, inList := strings.Cut(name, "[")
		m := t.Member(name)
		switch {
		case m != nil:
			t = m.Type
		case t != nil && t.Index != nil:
			t = t.Index
		default:
			return false
		}
		if inList && t.Element != nil {
			t = t.Element
		}
	}
	return true
}

func (c *changer) cookie(session reflect.Value, value any, path string) {
	m, ok := value.(map[string]any)
	if !ok && value != nil {
		c.problemf("%s must be an object", path)
	}
	c.known(m, path)
	c.set(session.FieldByName("CookieMode"), m["mode"], path+".mode")
}

// known reports the members of an object that Actions do not have.
func (c *changer) known(m map[string]any, path string) {
	for name := range m {
		if !isKnown(path + "." + name) {
			c.problemf("there is no %s.%s", path, name)
		}
	}
}

func isEmpty(value any) bool {
	m, ok := value.(map[string]any)
	return ok && len(m) == 0
}

// policies takes what an event shows of a client's refresh_token.
func (c *changer) policies(client reflect.Value, value any, path string) {
	switch m, ok := value.(map[string]any); {
	case value == nil:
		c.set(client.FieldByName("Policies"), nil, path)
	case ok:
		c.object(client, m, path)
	default:
		c.problemf("%s must be an object", path)
	}
}

// set sets a Go value to a JSON value, or reports that it can't.
func (c *changer) set(v reflect.Value, value any, path string) {
	if value == nil {
		v.SetZero()
		return
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		c.time(v, value, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		c.set(v.Elem(), value, path)
	case reflect.Struct:
		if m, ok := value.(map[string]any); ok {
			c.object(v, m, path)
			return
		}
		c.problemf("%s must be an object", path)
	case reflect.Map:
		c.entries(v, value, path)
	case reflect.Slice:
		c.items(v, value, path)
	case reflect.Interface:
		v.Set(reflect.ValueOf(value))
	default:
		c.scalar(v, value, path)
	}
}

func (c *changer) time(v reflect.Value, value any, path string) {
	s, _ := value.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		c.problemf("%s must be a time such as 2030-01-02T15:04:05.000Z", path)
		return
	}
	v.Set(reflect.ValueOf(t.UTC()))
}

func (c *changer) entries(v reflect.Value, value any, path string) {
	m, ok := value.(map[string]any)
	if !ok {
		c.problemf("%s must be an object", path)
		return
	}
	next := reflect.MakeMap(v.Type()) // the old one may be shared
	for _, k := range v.MapKeys() {
		next.SetMapIndex(k, v.MapIndex(k))
	}
	for name, entry := range m {
		key := reflect.ValueOf(name).Convert(v.Type().Key())
		if entry == nil {
			next.SetMapIndex(key, reflect.Value{})
			continue
		}
		item := reflect.New(v.Type().Elem()).Elem()
		c.set(item, entry, path+"."+name)
		next.SetMapIndex(key, item)
	}
	v.Set(next)
}

func (c *changer) items(v reflect.Value, value any, path string) {
	list, ok := value.([]any)
	if !ok {
		c.problemf("%s must be an array", path)
		return
	}
	next := reflect.MakeSlice(v.Type(), len(list), len(list))
	for i, entry := range list {
		at := path + "[" + strconv.Itoa(i) + "]"
		if m, ok := entry.(map[string]any); ok && next.Index(i).Kind() == reflect.String { // session.clients: [{client_id}]
			c.known(m, at)
			entry = m["client_id"]
		}
		c.set(next.Index(i), entry, at)
	}
	v.Set(next)
}

func (c *changer) scalar(v reflect.Value, value any, path string) {
	switch x := value.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(x)
			return
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(x)
			return
		}
	case float64:
		switch {
		case v.CanFloat():
			v.SetFloat(x)
			return
		case v.CanInt() && x == float64(int64(x)):
			v.SetInt(int64(x))
			return
		}
	}
	c.problemf("%s must be %s", path, kindName(v.Kind()))
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	}
	return "a number"
}
