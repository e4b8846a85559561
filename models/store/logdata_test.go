package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

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
			if f.Type() == reflect.TypeFor[time.Time]() {
				f.Set(reflect.ValueOf(time.Date(2026, 8, 1, 10, 0, 0, 120_000_000, time.FixedZone("", 7200))))
				continue
			}
			filled(f)
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
			filled(f.Elem())
		case reflect.Int64:
			f.SetInt(7)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 2, 2))
			filled(f.Index(1))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]any{"k": map[string]any{"list": []string{"a"}}}))
		default:
			panic("a kind that this test does not know: " + f.Kind().String())
		}
	}
}

// wantReflected fails the test unless what was written by hand is what encoding/json would write, and so what it reads again.
func wantReflected(t *testing.T, name string, v any, got []byte, err error) {
	t.Helper()
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(want.String()), string(got)); err != nil || diff != "" {
		t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
	}
}

func TestExecutionIsWrittenAsEncodingJSONWould(t *testing.T) {
	t.Parallel()
	var full models.Execution
	filled(reflect.ValueOf(&full).Elem())
	for name, x := range map[string]models.Execution{"full": full, "empty": {}, "without results": {Results: []models.ExecutionResult{}}} {
		got, err := appendExecution(nil, &x)
		wantReflected(t, name, x, got, err)
	}
}

func TestLogData(t *testing.T) {
	t.Parallel()
	var full logData
	filled(reflect.ValueOf(&full).Elem())
	for name, d := range map[string]logData{
		"full": full, "empty": {}, "of the usual kind": {Scope: "openid", Origin: models.Origin{IP: "192.0.2.1", Geo: &models.Geo{CountryCode: "US"}}},
	} {
		got, err := d.appendTo(nil)
		wantReflected(t, name, d, got, err)
	}
	broken := logData{Details: map[string]any{"f": func() {}}}
	if _, err := broken.appendTo(nil); err == nil {
		t.Error("a function was written")
	}
}
