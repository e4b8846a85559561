package mgmt

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/keepsake/models"
)

func TestBodiesThatAreRefused(t *testing.T) {
	t.Parallel()
	schema := func(what string) string { return failure(400, "Payload validation error: '"+what+"'.", "invalid_body") }
	malformed := func(why string) string {
		return failure(400, "Invalid request payload JSON format: "+why, "invalid_body")
	}
	kind := failure(400, "Unsupported content type: expected application/json.", "invalid_body")
	good := `{"refresh_token_metadata":{"a":"b"}}`
	rows := []scenario{
		{name: "none", body: "", want: malformed("unexpected end of JSON input")},
		{name: "blank", body: "  \n", want: malformed("unexpected end of JSON input")},
		{name: "not JSON", body: "metadata=1", want: malformed("invalid character 'm' looking for beginning of value")},
		{name: "cut off", body: good[:len(good)-1], want: malformed("unexpected end of JSON input")},
		{name: "two values", body: good + good, want: malformed("invalid character '{' after top-level value")},
		{name: "a value and a word", body: good + " x", want: malformed("invalid character 'x' after top-level value")},
		{name: "a trailing comma", body: `{"refresh_token_metadata":{},}`, want: malformed("invalid character '}' looking for beginning of object key string")},
		{name: "broken UTF-8", body: "{\"refresh_token_metadata\":{\"a\":\"\xff\"}}", want: malformed("not valid UTF-8")},
		{name: "half a surrogate pair", body: `{"refresh_token_metadata":{"a":"\ud83d"}}`, want: malformed("unpaired surrogate in a string")},
		{name: "the other half", body: `{"refresh_token_metadata":{"a":"\uDE00"}}`, want: malformed("unpaired surrogate in a string")},
		{name: "too deep", body: `{"refresh_token_metadata":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, want: malformed("nested too deeply")},
		{name: "too deep for the whole parser", body: strings.Repeat(`[`, 30000), want: ""},
		{name: "too large", body: `{"refresh_token_metadata":{}}` + strings.Repeat(" ", maxBody), want: failure(400, "Payload content length greater than maximum allowed: 102400", "invalid_body")},
		{name: "an empty object", body: `{}`, want: schema("Too few properties defined (0), minimum 1")},
		{name: "a list", body: `[` + good + `]`, want: schema("Expected type object but found type array")},
		{name: "null", body: `null`, want: schema("Expected type object but found type null")},
		{name: "a string", body: `"x"`, want: schema("Expected type object but found type string")},
		{name: "a number", body: `1.5`, want: schema("Expected type object but found type number")},
		{name: "an unknown member", body: `{"refresh_token_metadata":{},"metadata":{}}`, want: schema("Additional properties not allowed: metadata")},
		{name: "a member in other letters", body: `{"Refresh_Token_Metadata":{}}`, want: schema("Additional properties not allowed: Refresh_Token_Metadata")},
		{name: "a very long member", body: `{"` + strings.Repeat("x", 5000) + `":1}`, want: schema("Additional properties not allowed: " + strings.Repeat("x", 100) + "…")},
		{name: "a member twice", body: `{"refresh_token_metadata":{},"refresh_token_metadata":{"a":"b"}}`, want: schema("Duplicate property: refresh_token_metadata")},
		{name: "a key twice", body: `{"refresh_token_metadata":{"a":"b","\u0061":"c"}}`, want: schema("Duplicate property: a")},
		{name: "a form", body: good, headers: []string{"Content-Type: application/x-www-form-urlencoded"}, want: kind},
		{name: "text", body: good, headers: []string{"Content-Type: text/plain"}, want: kind},
		{name: "a content type that is none", body: good, headers: []string{"Content-Type: ;"}, want: kind},
	}
	for i := range rows {
		rows[i].method, rows[i].path, rows[i].status = "PATCH", root+"/refresh-tokens/rt_full", 400
		rows[i].contains = []string{`"invalid_body"`}
		rows[i].check = stored(models.Metadata{"deviceName": "Auth0's <iPhone>"})
	}
	run(t, rows)
}

func TestWholeSurrogatePairsPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do("PATCH", root+"/refresh-tokens/rt_full", `{"refresh_token_metadata":{"a":"\ud83D\uDe00 \\ud83d \ufffd"}}`)
	if got := w.store.tokens["rt_full"].Metadata["a"]; rec.Code != 200 || got != "😀 \\ud83d \ufffd" {
		t.Errorf("%d %q", rec.Code, got)
	}
}

func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := httptest.NewRequest("PATCH", root+"/refresh-tokens/rt_full", brokenReader{})
	r.Header.Set("Authorization", "Bearer "+everything())
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if rec.Code != 400 || strings.Contains(rec.Body.String(), "cable") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("cable pulled") }

// FuzzPatchBody: a body is refused and nothing has changed, or it is accepted and the token remembers exactly what
// encoding/json says that the body says.
func FuzzPatchBody(f *testing.F) {
	for _, seed := range []string{
		`{"refresh_token_metadata":{"a":"b"}}`, `{"refresh_token_metadata":null}`, `{"refresh_token_metadata":{"a":"\ud83d"}}`,
		`{"refresh_token_metadata":{"a":1}}`, `{"a":{}}`, `{}`, `[`, `{"refresh_token_metadata":{"a":"b","a":"c"}}`, "\xff", metadata(26, "v"),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		w := newWorld(t)
		before := w.store.tokens["rt_full"].Metadata
		rec := w.do("PATCH", root+"/refresh-tokens/rt_full", string(body))
		after := w.store.tokens["rt_full"].Metadata
		switch rec.Code {
		case 200:
			var sent struct {
				Metadata models.Metadata `json:"refresh_token_metadata"`
			}
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatalf("accepted %q: %v", body, err)
			}
			if !maps.Equal(sent.Metadata, after) || after.Validate() != nil || len(w.store.events) != 1 {
				t.Errorf("%q became %v, with %d events", body, after, len(w.store.events))
			}
		case 400:
			if !maps.Equal(before, after) || w.store.writes != 0 || len(w.store.events) != 0 {
				t.Errorf("refused %q and stored %v", body, after)
			}
		default:
			t.Errorf("%q: %d %s", body, rec.Code, rec.Body)
		}
	})
}
