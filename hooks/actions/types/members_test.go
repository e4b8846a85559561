package types_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/types"
	"example.com/keepsake/models"
)

// TestEveryMemberIsDefined runs an Action that lists what it sees, on an event in which everything is filled in.
func TestEveryMemberIsDefined(t *testing.T) {
	t.Parallel()
	var event hooks.Event
	fill(reflect.ValueOf(&event).Elem(), 0)
	seen := run(t, &event)
	compare(t, "event", seen.Event, types.Event())
	for part, names := range seen.API {
		m := types.API().Member(part)
		if m == nil {
			t.Errorf("api.%s is not defined", part)
			continue
		}
		for _, name := range names {
			if m.Type.Member(name) == nil {
				t.Errorf("api.%s.%s is not defined", part, name)
			}
		}
	}
	for _, part := range types.API().Names() {
		for _, name := range types.API().Member(part).Type.Names() {
			if !contains(seen.API[part], name) {
				t.Errorf("api.%s.%s is defined and does not exist", part, name)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// sight is what the Action below prints.
type sight struct {
	Event map[string]any
	API   map[string][]string
}

func run(t *testing.T, event *hooks.Event) sight {
	t.Helper()
	hook, err := actions.New(models.BoundAction{Action: models.Action{Name: "look", Code: `
		exports.onExecutePostLogin = async (event, api) => {
			const parts = {};
			for (const part of Object.keys(api)) parts[part] = Object.keys(api[part]);
			console.log(JSON.stringify({ Event: event, API: parts }));
		};`}}, actions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{hook}, MaxLog: 1 << 20}).Run(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	var s sight
	if err := json.Unmarshal([]byte(out.Results[0].Logs), &s); err != nil {
		t.Fatalf("%s: %v", out.Results[0].Logs, err)
	}
	if len(s.Event) < 10 || len(s.API) < 10 {
		t.Fatalf("the Action saw %d members of event and %d of api", len(s.Event), len(s.API))
	}
	return s
}

// compare reports the members of a JSON value that its type does not have.
func compare(t *testing.T, path string, v any, d *types.Type) {
	t.Helper()
	switch x := v.(type) {
	case map[string]any:
		if d.Kinds&types.Unknown != 0 {
			return
		}
		if d.Kinds&types.Object == 0 {
			t.Errorf("%s is an object, which is not how it is defined", path)
		}
		for name, member := range x {
			switch m := d.Member(name); {
			case m != nil:
				compare(t, path+"."+name, member, m.Type)
			case d.Index != nil:
				compare(t, path+"."+name, member, d.Index)
			default:
				t.Errorf("%s.%s is not defined", path, name)
			}
		}
	case []any:
		if d.Kinds&types.Array == 0 && d.Kinds&types.Unknown == 0 {
			t.Errorf("%s is an array, which is not how it is defined", path)
			return
		}
		for _, item := range x {
			if d.Element != nil {
				compare(t, path+"[]", item, d.Element)
			}
		}
	case string:
		scalar(t, path, types.String, d)
	case float64:
		scalar(t, path, types.Number, d)
	case bool:
		scalar(t, path, types.Boolean, d)
	}
}

func scalar(t *testing.T, path string, kind types.Kinds, d *types.Type) {
	t.Helper()
	if d.Kinds&(kind|types.Unknown) == 0 {
		t.Errorf("%s is not of the kind that is defined", path)
	}
}

// fill sets every exported field to something that is not empty.
func fill(v reflect.Value, depth int) {
	if depth > 8 || !v.CanSet() {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(7.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, depth+1)
		fill(value, depth+1)
		v.SetMapIndex(key, value)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf("text"))
		}
	}
}
