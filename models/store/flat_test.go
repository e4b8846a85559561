package store

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// decodeBoth decodes a stored text by document and by encoding/json alone.
func decodeBoth[T any](t *testing.T, stored string) {
	t.Helper()
	var got, want T
	gotErr := document{&got}.decode(stored)
	wantErr := json.Unmarshal([]byte(stored), &want)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("%s: %v, want %v", stored, gotErr, wantErr)
	}
	if diff := cmp.Diff(want, got); gotErr == nil && diff != "" {
		t.Errorf("%s (-want +got):\n%s", stored, diff)
	}
}

// What is taken apart here is what encoding/json makes of it.
func FuzzDocument(f *testing.F) {
	for _, stored := range []string{
		`{}`, ` { } `, `[]`, `[ ]`, `null`, `{"a": "b", "c": "d"}`, `{"a":"b"}`, `{"a":"\u00fc\"\\"}`, `{"a":"ü"}`, `{"a":1}`, `{"a":"b",}`, `{"a":"b"}x`,
		`["a","b"]`, `["a", "b" , "c"]`, `["a",]`, `["a"`, `{"a"}`, `["a" "b"]`, "{\"a\":\"\n\"}", "\t{\n}", `"a"`, `[[]]`,
		`[{"name": "pwd", "timestamp": "2026-08-01T10:00:00.12Z"}, {"name":"mfa","timestamp":"2026-08-01T12:00:00+02:00","type":"otp"}]`,
		`[{"Name":"pwd"}]`, `[{"timestamp":"yesterday"}]`, `[{}]`, `[{"name":"a","other":"b"}]`, `[{"timestamp":"2026-08-01T10:00:00,5Z"}]`, "{}\x00", "[]\x00", `{"a":"b"} `,
	} {
		f.Add(stored)
	}
	f.Fuzz(func(t *testing.T, stored string) {
		if stored == "" || !json.Valid([]byte(stored)) && stored[0] != '{' && stored[0] != '[' {
			return
		}
		if fit := storable(stored); fit != stored {
			return // is never stored
		}
		decodeBoth[models.Metadata](t, stored)
		decodeBoth[[]string](t, stored)
		decodeBoth[map[string]any](t, stored)
		decodeBoth[[]models.AuthMethod](t, stored)
	})
}
