package mgmt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestLogQueries(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, q, search string
		want            models.LogFilter
	}{
		{name: "nothing selects everything", q: "  "},
		{name: "a type", q: "type:s", want: models.LogFilter{Type: "s"}},
		{name: "quotes", q: `type:"sapi"`, want: models.LogFilter{Type: "sapi"}},
		{name: "all three", q: `type:f AND user_id:auth0|ann  AND client_id:"c d"`, want: models.LogFilter{Type: "f", UserID: "auth0|ann", ClientID: "c d"}},
		{name: "a value with a colon and an AND inside", q: `user_id:"waad|a:b AND c"`, want: models.LogFilter{UserID: "waad|a:b AND c"}},
		{name: "an escaped quote", q: `user_id:"a\"b\\c"`, want: models.LogFilter{UserID: `a"b\c`}},
		{name: "the same twice", q: "type:s AND type:s", want: models.LogFilter{Type: "s"}},
		{name: "search joins by a space", search: "type:s user_id:u", want: models.LogFilter{Type: "s", UserID: "u"}},
		{name: "search joins by AND", search: "type:s AND user_id:u", want: models.LogFilter{Type: "s", UserID: "u"}},
		{name: "both", q: "type:s", search: "user_id:u", want: models.LogFilter{Type: "s", UserID: "u"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseLogQueries(row.q, row.search)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("filter (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnsupportedLogQueries(t *testing.T) {
	t.Parallel()
	both := []string{
		"login", "type", "type:", ":s", `type:""`, `type:"s`, `type:"s"x`, "type:s*", "type:s?", "type:[a TO b]", "(type:s)", "type:(s", "NOT type:s", "-type:s",
		"type:s OR type:f", "type:s AND", "AND type:s", "type:s AND AND type:s", "type:s AND type:f", "user_id:a AND user_id:b", "client_id:a AND client_id:b",
		"date:2026", "type : s", "type:s AND NOT user_id:u", "type:s ANDuser_id:u",
	}
	for _, text := range both {
		for _, parameter := range []string{"q", "search"} {
			q, search := text, ""
			if parameter == "search" {
				q, search = "", text
			}
			_, err := parseLogQueries(q, search)
			if err == nil || !strings.Contains(err.Error(), "on property "+parameter) {
				t.Errorf("%s=%s: %v", parameter, text, err)
			}
		}
	}
	if _, err := parseLogQueries("type:s user_id:u", ""); err == nil {
		t.Error("q joins by a space, which means OR there")
	}
	if _, err := parseLogQueries("type:s", "type:f"); err == nil {
		t.Error("q and search contradict each other")
	}
}

// Whatever is accepted selects something: a query that is not blank never turns into one that selects everything.
func FuzzLogQuery(f *testing.F) {
	for _, seed := range []string{"type:s", `user_id:"a\"b" AND type:f`, "type:s OR x:y", `client_id:"`, "::", "AND"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, q := range [][2]string{{text, ""}, {"", text}} {
			filter, err := parseLogQueries(q[0], q[1])
			if err == nil && strings.TrimSpace(text) != "" && filter == (models.LogFilter{}) {
				t.Errorf("%q selects everything", text)
			}
		}
	})
}
