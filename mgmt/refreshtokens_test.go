package mgmt

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

const fullToken = `{"id":"rt_full","user_id":"auth0|ann","created_at":"2026-08-01T08:00:00.123Z",` +
	`"idle_expires_at":"2026-08-17T08:00:00.123Z","expires_at":"2026-09-01T08:00:00.123Z","last_exchanged_at":"2026-08-02T08:00:00.123Z",` +
	`"device":{"initial_ip":"13.33.86.47","initial_asn":"AS13335","initial_user_agent":"curl/7.64.1","last_ip":"13.33.86.48","last_asn":"AS13336","last_user_agent":"curl/8.0"},` +
	`"client_id":"cli_app","session_id":"sess_1","rotating":true,` +
	`"resource_servers":[{"audience":"https://api.example.com","scopes":"openid offline_access read:notes"}],` +
	`"refresh_token_metadata":%s}`

const plainToken = `{"id":"rt_plain","user_id":"auth0|ann","created_at":"2026-08-02T08:00:00.123Z",` +
	`"idle_expires_at":null,"expires_at":null,"last_exchanged_at":null,` +
	`"device":{"initial_ip":"","initial_asn":"","initial_user_agent":"","last_ip":"","last_asn":"","last_user_agent":""},` +
	`"client_id":"cli_other","session_id":null,"rotating":false,` +
	`"resource_servers":[{"audience":"http://127.0.0.1:8080/userinfo","scopes":"openid offline_access"}],` +
	`"refresh_token_metadata":{}}`

func TestGetRefreshToken(t *testing.T) {
	t.Parallel()
	path := root + "/refresh-tokens/rt_full"
	run(t, []scenario{
		{name: "shows everything", method: "GET", path: path, status: 200, want: fmt.Sprintf(fullToken, `{"deviceName":"Auth0's <iPhone>"}`), schema: "GetRefreshTokenResponseContent"},
		{name: "shows null for what is not set", method: "GET", path: root + "/refresh-tokens/rt_plain", status: 200, want: plainToken, schema: "GetRefreshTokenResponseContent"},
		{name: "with the seed's scope", method: "GET", path: path, headers: []string{"Authorization: Bearer " + token("update:refresh_tokens")}, status: 200, contains: []string{`"id":"rt_full"`}},
		{name: "only some fields", method: "GET", path: path + "?fields=id,refresh_token_metadata,nonsense", status: 200, want: `{"id":"rt_full","refresh_token_metadata":{"deviceName":"Auth0's <iPhone>"}}`},
		{name: "without some fields", method: "GET", path: path + "?fields=device,user_id&include_fields=false", status: 200, contains: []string{`"id":"rt_full"`}, absent: []string{`"device"`, `"user_id"`}},
		{name: "empty fields mean all", method: "GET", path: path + "?fields=&include_fields=false", status: 200, contains: []string{`"user_id"`}},
		{name: "one that is not there", method: "GET", path: root + "/refresh-tokens/rt_none", status: 404, want: failure(404, "The refresh token does not exist.", "")},
		{name: "an escaped id is unescaped once", method: "GET", path: root + "/refresh-tokens/rt%5Ffull", status: 200, contains: []string{`"id":"rt_full"`}},
	})
}

func TestPatchRefreshToken(t *testing.T) {
	t.Parallel()
	path := root + "/refresh-tokens/rt_full"
	gone := failure(404, "The refresh token does not exist.", "")
	run(t, []scenario{
		{
			name: "replaces the whole map", method: "PATCH", path: path, body: `{"refresh_token_metadata": {"my_metadata": "my new metadata"}}`,
			status: 200, want: fmt.Sprintf(fullToken, `{"my_metadata":"my new metadata"}`), schema: "UpdateRefreshTokenResponseContent", writes: 1,
			check: stored(models.Metadata{"my_metadata": "my new metadata"}),
		},
		{name: "an empty object removes all", method: "PATCH", path: path, body: `{"refresh_token_metadata": {}}`, status: 200, want: fmt.Sprintf(fullToken, `{}`), writes: 1, check: stored(models.Metadata{})},
		{name: "null removes all", method: "PATCH", path: path, body: `{"refresh_token_metadata": null}`, status: 200, want: fmt.Sprintf(fullToken, `{}`), writes: 1, check: stored(models.Metadata{})},
		{name: "the limits are allowed", method: "PATCH", path: path, body: metadata(25, strings.Repeat("é", 255)), status: 200, writes: 1},
		{name: "the limits are allowed however they are written", method: "PATCH", path: path, body: escaped(25, 255), status: 200, writes: 1},
		{name: "without a content type", method: "PATCH", path: path, body: `{"refresh_token_metadata": {}}`, headers: []string{"Content-Type:"}, status: 200, writes: 1},
		{name: "with a charset", method: "PATCH", path: path, body: `{"refresh_token_metadata": {}}`, headers: []string{"Content-Type: application/json; charset=utf-8"}, status: 200, writes: 1},
		{name: "one that is not there", method: "PATCH", path: root + "/refresh-tokens/rt_none", body: `{"refresh_token_metadata": {}}`, status: 404, want: gone},
	})
}

// stored checks what became of rt_full's metadata.
func stored(want models.Metadata) func(*testing.T, *world, *recorder) {
	return func(t *testing.T, w *world, _ *recorder) {
		if diff := cmp.Diff(want, w.store.tokens["rt_full"].Metadata); diff != "" {
			t.Errorf("metadata (-want +got):\n%s", diff)
		}
	}
}

// metadata is a body with n entries of one value.
func metadata(n int, value string) string {
	entries := make([]string, n)
	for i := range entries {
		entries[i] = fmt.Sprintf(`"k%d":%q`, i, value)
	}
	return `{"refresh_token_metadata":{` + strings.Join(entries, ",") + `}}`
}

// escaped is a body with n entries whose keys and values have length characters, each of them an escape.
func escaped(n, length int) string {
	list := make([]string, n)
	for i := range list {
		key := fmt.Sprintf(`\u%04x`, 'a'+i) + strings.Repeat(`\u0061`, length-1)
		list[i] = `"` + key + `":"` + strings.Repeat(`\u0061`, length) + `"`
	}
	return `{"refresh_token_metadata":{` + strings.Join(list, ",") + `}}`
}

func TestMetadataRules(t *testing.T) {
	t.Parallel()
	size := `{"statusCode":400,"error":"Bad Request","message":"Metadata must not exceed 25 entries. Each key and value must be ≤ 255 characters."}`
	invalid := func(message string) string { return failure(400, message, "") }
	charset := invalid("Metadata keys may only include letters, numbers, underscores, or hyphens")
	one := func(entry string) string { return `{"%s":{` + entry + `}}` }
	rows := []struct{ name, body, want string }{
		{"26 entries", strings.ReplaceAll(metadata(26, "v"), "refresh_token_metadata", "%s"), size},
		{"a key of 256 characters", one(`"` + strings.Repeat("k", 256) + `":"v"`), size},
		{"a value of 256 characters", one(`"k":"` + strings.Repeat("v", 256) + `"`), size},
		{"a value of 128 emoji, two units each", one(`"k":"` + strings.Repeat("😀", 128) + `"`), size},
		{"26 entries, one of them a number", one(`"n":1,` + entries(25)), size},
		{"a dot in a key", one(`"a.b":"v"`), charset},
		{"an empty key", one(`"":"v"`), charset},
		{"a key that is not ASCII", one(`"é":"v"`), charset},
		{"a NUL in a key", one(`"a\u0000":"v"`), invalid(`Metadata keys must not contain null bytes (\\x00)`)},
		{"a NUL in a value", one(`"a":"\u0000"`), invalid(`Metadata values must not contain null bytes (\\x00)`)},
		{"a number", one(`"a":1`), invalid("Metadata value must be a string")},
		{"a null value does not delete", one(`"a":null`), invalid("Metadata value must be a string")},
		{"an object", one(`"a":{}`), invalid("Metadata value must be a string")},
		{"a list", one(`"a":["b"]`), invalid("Metadata value must be a string")},
		{"a boolean", one(`"a":true`), invalid("Metadata value must be a string")},
		{"metadata that is a string", `{"%s":"v"}`, failure(400, "Payload validation error: 'Expected type object but found type string' on property %s.", "invalid_body")},
		{"metadata that is a list", `{"%s":[]}`, failure(400, "Payload validation error: 'Expected type object but found type array' on property %s.", "invalid_body")},
	}
	var scenarios []scenario
	for _, row := range rows {
		for path, field := range map[string]string{"/refresh-tokens/rt_full": "refresh_token_metadata", "/sessions/sess_1": "session_metadata"} {
			scenarios = append(scenarios, scenario{
				name: row.name + ", " + field, method: "PATCH", path: root + path,
				body: strings.ReplaceAll(row.body, "%s", field), status: 400, want: strings.ReplaceAll(row.want, "%s", field),
				check: stored(models.Metadata{"deviceName": "Auth0's <iPhone>"}),
			})
		}
	}
	run(t, scenarios)
}

func entries(n int) string {
	s := metadata(n, "v")
	return s[strings.Index(s, ":{")+2 : len(s)-2]
}

func TestListRefreshTokens(t *testing.T) {
	t.Parallel()
	path := root + "/refresh-tokens"
	cursor := failure(400, "The checkpoint ID provided in the 'from' parameter has expired or is invalid, please remove the checkpoint ID and try again", "")
	number := func(message string) string {
		return failure(400, "Query validation error: '"+message+"' on property take.", "invalid_query_string")
	}
	ann := "?user_id=auth0%7Cann"
	run(t, []scenario{
		{name: "all of a user's, by id", method: "GET", path: path + ann, status: 200, want: `{"refresh_tokens":[` + fmt.Sprintf(fullToken, `{"deviceName":"Auth0's <iPhone>"}`) + `,` + plainToken + `]}`, schema: "GetRefreshTokensPaginatedResponseContent"},
		{name: "of one client", method: "GET", path: path + ann + "&client_id=cli_other", status: 200, want: `{"refresh_tokens":[` + plainToken + `]}`},
		{name: "none", method: "GET", path: path + "?user_id=auth0%7Cbob&client_id=cli_other", status: 200, want: `{"refresh_tokens":[]}`, schema: "GetRefreshTokensPaginatedResponseContent"},
		{name: "only ids", method: "GET", path: path + ann + "&fields=id", status: 200, want: `{"refresh_tokens":[{"id":"rt_full"},{"id":"rt_plain"}]}`},
		{name: "without a user", method: "GET", path: path, status: 400, want: failure(400, "Missing required 'user_id' parameter.", "")},
		{name: "with a client only", method: "GET", path: path + "?client_id=cli_app", status: 400, want: failure(400, "Missing required 'user_id' parameter.", "")},
		{name: "with an empty client, which would be all", method: "GET", path: path + ann + "&client_id=", status: 400, contains: []string{"on property client_id"}},
		{name: "of nobody", method: "GET", path: path + "?user_id=auth0%7Cnobody", status: 404, want: failure(404, "User not found", "")},
		{name: "of no client", method: "GET", path: path + ann + "&client_id=cli_none", status: 404, want: failure(404, "The client does not exist.", "")},
		{name: "take 0", method: "GET", path: path + ann + "&take=0", status: 400, want: number("Value 0 is less than minimum 1")},
		{name: "take 101", method: "GET", path: path + ann + "&take=101", status: 400, want: number("Value 101 is greater than maximum 100")},
		{name: "take many", method: "GET", path: path + ann + "&take=many", status: 400, want: number("Expected type integer but found type string")},
		{name: "a from that is garbage", method: "GET", path: path + ann + "&from=rt_full", status: 400, want: cursor},
		{name: "an empty from", method: "GET", path: path + ann + "&from=", status: 400, want: cursor},
	})
}

func TestUserRefreshTokens(t *testing.T) {
	t.Parallel()
	path := root + "/users/auth0%7Cann/refresh-tokens"
	run(t, []scenario{
		{name: "are under tokens", method: "GET", path: path + "?fields=id", status: 200, want: `{"tokens":[{"id":"rt_full"},{"id":"rt_plain"}]}`},
		{name: "have the shape", method: "GET", path: path, status: 200, schema: "ListRefreshTokensPaginatedResponseContent", contains: []string{plainToken}, absent: []string{"rt_bob", `"total"`}},
		{name: "with a total of all pages", method: "GET", path: path + "?include_totals=true&take=1&fields=id", status: 200, contains: []string{`"total":2`, `"next":"`, `[{"id":"rt_full"}]`}},
		{name: "none, with a total", method: "GET", path: path + "?include_totals=true", prepare: func(w *world) { clear(w.store.tokens) }, status: 200, want: `{"tokens":[],"total":0}`},
		{name: "of nobody", method: "GET", path: root + "/users/auth0%7Cnobody/refresh-tokens", status: 404, want: failure(404, "User not found", "")},
	})
}

func TestPagesCoverEverythingOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clear(w.store.tokens)
	for i := range 120 {
		id := fmt.Sprintf("rt_%03d", i)
		w.store.tokens[id] = &models.RefreshToken{ID: id, UserID: "auth0|ann", CreatedAt: clock}
	}
	for _, listing := range []struct{ path, key string }{
		{root + "/refresh-tokens?user_id=auth0%7Cann&fields=id", "refresh_tokens"},
		{root + "/users/auth0%7Cann/refresh-tokens?fields=id", "tokens"},
	} {
		var sizes []int
		next, last := "", ""
		for {
			path := listing.path
			if next != "" {
				path += "&from=" + url.QueryEscape(next)
			}
			rec := w.do("GET", path, "")
			if rec.Code != 200 {
				t.Fatalf("%d %s", rec.Code, rec.Body)
			}
			page := decode(t, rec)
			items := page[listing.key].([]any)
			for _, item := range items {
				id := item.(map[string]any)["id"].(string)
				if id <= last {
					t.Fatalf("%s after %s", id, last)
				}
				last = id
			}
			sizes = append(sizes, len(items))
			more := false
			if next, more = page["next"].(string); !more {
				break
			}
		}
		if diff := cmp.Diff([]int{50, 50, 20}, sizes); diff != "" {
			t.Errorf("%s: pages (-want +got):\n%s", listing.key, diff)
		}
	}
}

func TestCursorExpiresAndBelongsToItsListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := root + "/refresh-tokens?user_id=auth0%7Cann&take=1"
	next := decode(t, w.do("GET", path, ""))["next"].(string)
	from := "&from=" + url.QueryEscape(next)
	if rec := w.do("GET", path+from, ""); rec.Code != 200 || !strings.Contains(rec.Body.String(), "rt_plain") || strings.Contains(rec.Body.String(), "rt_full") {
		t.Errorf("the second page: %d %s", rec.Code, rec.Body)
	}
	for _, other := range []string{
		root + "/refresh-tokens?user_id=auth0%7Cbob" + from,
		path + "&client_id=cli_app" + from,
		root + "/users/auth0%7Cann/refresh-tokens?take=1" + from,
		path + from + "A",
	} {
		if rec := w.do("GET", other, ""); rec.Code != 400 {
			t.Errorf("%s: %d %s", other, rec.Code, rec.Body)
		}
	}
	w.now = clock.Add(24*time.Hour - time.Second)
	if rec := w.do("GET", path+from, ""); rec.Code != 200 {
		t.Errorf("just before a day is over: %d", rec.Code)
	}
	w.now = clock.Add(24 * time.Hour)
	if rec := w.do("GET", path+from, ""); rec.Code != 400 {
		t.Errorf("after a day: %d", rec.Code)
	}
}
