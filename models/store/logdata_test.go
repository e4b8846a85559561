package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// filled sets every member of the structure that v points to, and of those inside, so that one that is new is not overlooked.
func filled(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(v.Type().Field(i).Name + ` "<ü>"`)
		case reflect.Float64:
			f.SetFloat(1.5e-9)
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Struct:
			filled(f)
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
			filled(f.Elem())
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]any{"k": map[string]any{"list": []string{"a"}}}))
		default:
			panic("a kind that this test does not know: " + f.Kind().String())
		}
	}
}

// What is written by hand is what encoding/json would write, and so what it reads again.
func TestLogData(t *testing.T) {
	t.Parallel()
	var full logData
	filled(reflect.ValueOf(&full).Elem())
	for name, d := range map[string]logData{
		"full": full, "empty": {}, "of the usual kind": {Scope: "openid", Origin: models.Origin{IP: "192.0.2.1", Geo: &models.Geo{CountryCode: "US"}}},
	} {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(d); err != nil {
			t.Fatal(err)
		}
		got, err := d.appendTo(nil)
		if diff := cmp.Diff(strings.TrimSpace(want.String()), string(got)); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	broken := logData{Details: map[string]any{"f": func() {}}}
	if _, err := broken.appendTo(nil); err == nil {
		t.Error("a function was written")
	}
}
