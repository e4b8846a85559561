package hooks_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
)

// TestOutcomeIsStorable fills every field of an Outcome, whatever there are, and has it go through JSON: what gets lost there is
// lost by a login that waits.
func TestOutcomeIsStorable(t *testing.T) {
	t.Parallel()
	for _, v := range []any{&hooks.Outcome{}, &hooks.State{}} {
		want := reflect.ValueOf(v).Elem()
		if err := fill(want, want.Type().String(), 0); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(want.Interface())
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(want.Type())
		if err := json.Unmarshal(text, got.Interface()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Interface(), got.Elem().Interface()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Type(), diff)
		}
	}
}

// fill gives a value and everything in it something that is not zero.
func fill(v reflect.Value, path string, depth int) error {
	if depth > 8 {
		return nil
	}
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 12, 0, 0, 5_000_000, time.UTC)))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("a <text> \u2028 " + path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1 << 20)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Interface:
		v.Set(reflect.ValueOf(map[string]any{"text": "x", "number": 1.5, "list": []any{true, nil}}))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), path, depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			if err := fill(v.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		if err := fill(value, path+"[key]", depth+1); err != nil {
			return err
		}
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), value)
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				return fmt.Errorf("%s.%s is not exported: it can't be stored", path, field.Name)
			}
			if err := fill(v.Field(i), path+"."+field.Name, depth+1); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("%s is a %s: say here how to fill it, and see that it can be stored", path, v.Kind())
	}
	return nil
}
