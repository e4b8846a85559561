package mgmt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// event returns a log event n seconds after the clock, with an id that says so.
func event(n int, change ...func(*models.LogEvent)) *models.LogEvent {
	at := clock.Add(time.Duration(n) * time.Second)
	e := &models.LogEvent{ID: models.LogIDFloor(at), Date: at, Type: models.LogLogin, ClientID: "cli_app", UserID: "auth0|ann", Origin: models.Origin{IP: "192.0.2.10"}}
	for _, f := range change {
		f(e)
	}
	return e
}

func withEvents(events ...*models.LogEvent) func(*world) {
	return func(w *world) { w.store.events = events }
}

func many(n int) func(*world) {
	events := make([]*models.LogEvent, n)
	for i := range events {
		events[i] = event(i)
	}
	return withEvents(events...)
}

// ids returns the JSON of a list of events when only log_id is selected.
func logIDs(numbers ...int) string {
	var items []string
	for _, n := range numbers {
		items = append(items, fmt.Sprintf(`{"log_id":"%s"}`, event(n).ID))
	}
	return "[" + strings.Join(items, ",") + "]"
}

func TestGetLog(t *testing.T) {
	t.Parallel()
	login := event(0, func(e *models.LogEvent) {
		e.Connection, e.ConnectionID, e.Strategy, e.StrategyType = "users", "con_1", "auth0", "database"
		e.ClientName, e.UserName, e.Scope, e.Audience = "App", "ann@example.com", "openid", "https://api.example.com"
		e.Details = map[string]any{"prompts": []any{}, "stats": map[string]any{"loginsCount": 4}}
		e.Origin.Hostname, e.Origin.UserAgent = "127.0.0.1", "Mozilla/5.0 (iPhone) Mobile/15E148"
		e.Origin.Geo = &models.Geo{CountryCode: "CH", CountryCode3: "CHE", HasPosition: true, Latitude: 47.5}
	})
	bare := event(1, func(e *models.LogEvent) { e.Type = models.LogRefresh })
	want := `{"date":"2026-08-02T08:00:00.123Z","type":"s","description":"","connection":"users","connection_id":"con_1","organization_id":"","organization_name":"",` +
		`"client_id":"cli_app","client_name":"App","ip":"192.0.2.10","hostname":"127.0.0.1","user_id":"auth0|ann","user_name":"ann@example.com",` +
		`"user_agent":"Mozilla/5.0 (iPhone) Mobile/15E148","audience":"https://api.example.com","scope":"openid","strategy":"auth0","strategy_type":"database","isMobile":true,` +
		`"details":{"prompts":[],"stats":{"loginsCount":4}},"location_info":{"country_code":"CH","country_code3":"CHE","latitude":47.5,"longitude":0},` +
		`"tenant_name":"acme-dev","environment_name":"keepsake","$event_schema":{"version":"1.0.0"},"log_id":"` + login.ID + `","_id":"` + login.ID + `"}`
	run(t, []scenario{
		{
			name: "shows everything", prepare: withEvents(login), method: "GET", path: root + "/logs/" + login.ID, status: 200, want: want, schema: "GetLogResponseContent",
			check: func(t *testing.T, _ *world, rec *recorder) { validate(t, "log_s", rec.Body.Bytes()) },
		},
		{
			name: "shows empty strings for what is not there", prepare: withEvents(bare), method: "GET", path: root + "/logs/" + bare.ID, status: 200, schema: "GetLogResponseContent",
			contains: []string{`"connection":""`, `"details":{}`, `"isMobile":false`}, absent: []string{"null", "location_info", "auth0_client"},
			check: func(t *testing.T, _ *world, rec *recorder) { validate(t, "log_sertft", rec.Body.Bytes()) },
		},
		{name: "some fields", prepare: withEvents(login), method: "GET", path: root + "/logs/" + login.ID + "?fields=type,date", status: 200, want: `{"date":"2026-08-02T08:00:00.123Z","type":"s"}`},
		{name: "one that is not there", method: "GET", path: root + "/logs/900", status: 404, want: failure(404, "Log not found.", "")},
	})
}

func TestLogsByOffset(t *testing.T) {
	t.Parallel()
	get := func(query string) string { return root + "/logs?fields=log_id&" + query }
	bad := func(message, property string) string {
		return failure(400, "Query validation error: '"+message+"' on property "+property+".", "invalid_query_string")
	}
	beyond := failure(400, "You can only page through the first 1000 records. Use the 'from' and 'take' parameters to read all of them.", "invalid_paging")
	rows := []scenario{
		{name: "newest first", path: get(""), prepare: many(3), status: 200, want: logIDs(2, 1, 0)},
		{name: "oldest first", path: get("sort=date:1"), prepare: many(3), status: 200, want: logIDs(0, 1, 2)},
		{name: "newest first when asked", path: get("sort=date%3A-1"), prepare: many(3), status: 200, want: logIDs(2, 1, 0)},
		{name: "the second page", path: get("page=1&per_page=2"), prepare: many(3), status: 200, want: logIDs(0)},
		{name: "a page behind the end", path: get("page=9&per_page=2"), prepare: many(3), status: 200, want: `[]`, schema: "ListLogResponseContent"},
		{name: "with totals", path: get("page=1&per_page=2&include_totals=true"), prepare: many(3), status: 200, want: `{"length":1,"limit":2,"logs":` + logIDs(0) + `,"start":2,"total":3}`, schema: "ListLogResponseContent"},
		{name: "the last page that an offset reaches is cut", path: get("page=11&per_page=90&include_totals=true"), prepare: many(1100), status: 200, contains: []string{`"length":10,`, `"start":990,`, `"total":1100}`}},
		{name: "nothing beyond a thousand", path: get("page=10&per_page=100"), prepare: many(3), status: 400, want: beyond},
		{name: "an absurd page", path: get("page=2147483648"), status: 400, want: beyond},
		{name: "a negative page", path: get("page=-1"), status: 400, want: bad("Value -1 is less than minimum 0", "page")},
		{name: "a page larger than a hundred", path: get("per_page=101"), status: 400, want: bad("Value 101 is greater than maximum 100", "per_page")},
		{name: "another sort", path: get("sort=type:1"), status: 400, want: bad("Logs can be sorted by date:1 and date:-1 only", "sort")},
		{name: "a query", path: get("q=type:f+AND+user_id:%22auth0%7Cbob%22"), prepare: withEvents(event(0), event(1, failed), event(2, failed, bob)), status: 200, want: logIDs(2)},
		{name: "a search", path: get("search=client_id:cli_other"), prepare: withEvents(event(0), event(1, func(e *models.LogEvent) { e.ClientID = "cli_other" })), status: 200, want: logIDs(1)},
		{name: "a query and a search both hold", path: get("q=type:f&search=user_id:auth0%7Cbob"), prepare: withEvents(event(0, failed), event(1, bob), event(2, failed, bob)), status: 200, want: logIDs(2)},
		{name: "a query that can't be answered", path: get("q=ip:192.0.2.10"), prepare: many(3), status: 400, contains: []string{"The condition ip:192.0.2.10 is not supported", "type, user_id and client_id"}},
	}
	for i := range rows {
		rows[i].method = "GET"
	}
	run(t, rows)
}

func failed(e *models.LogEvent) { e.Type = models.LogFailedLogin }
func bob(e *models.LogEvent)    { e.UserID = "auth0|bob" }

func TestLogsByCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	many(5)(w)
	get := func(url string) ([]string, string) {
		t.Helper()
		rec := w.do("GET", url, "")
		if rec.Code != 200 {
			t.Fatalf("%s: %d %s", url, rec.Code, rec.Body)
		}
		validate(t, "ListLogResponseContent", rec.Body.Bytes())
		var page []struct {
			ID string `json:"log_id"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		link := rec.Header().Get("Link")
		next, found := strings.CutSuffix(strings.TrimPrefix(link, "<"+issuer), `>; rel="next"`)
		if !found {
			t.Fatalf("Link: %s", link)
		}
		return ids, "/" + next
	}
	var all []string
	url := root + "/logs?take=2&sort=ignored&page=-1&q=also+ignored"
	for range 3 {
		ids, next := get(url)
		all, url = append(all, ids...), next
	}
	var want []string
	for i := range 5 {
		want = append(want, event(i).ID)
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	ids, next := get(url)
	if len(ids) != 0 || next != url {
		t.Errorf("at the end: %v, then %s instead of %s", ids, next, url)
	}
	w.store.events = append(w.store.events, event(5))
	if ids, _ = get(url); len(ids) != 1 {
		t.Errorf("what came later: %v", ids)
	}
	if ids, _ = get(root + "/logs?from=" + models.LogIDFloor(clock.Add(2500*time.Millisecond))); len(ids) != 3 {
		t.Errorf("after an id that is gone: %v", ids)
	}
}

func TestLogsCheckpointParameters(t *testing.T) {
	t.Parallel()
	run(t, []scenario{
		{name: "from that is no id", method: "GET", path: root + "/logs?from=abc", status: 400, contains: []string{"on property from"}},
		{name: "take 0", method: "GET", path: root + "/logs?take=0", status: 400, contains: []string{"Value 0 is less than minimum 1"}},
		{name: "take 101", method: "GET", path: root + "/logs?from=900&take=101", status: 400, contains: []string{"Value 101 is greater than maximum 100"}},
		{name: "of an empty log", method: "GET", path: root + "/logs?take=5", status: 200, want: `[]`, check: func(t *testing.T, _ *world, rec *recorder) {
			if got := rec.Header().Get("Link"); got != `<http://127.0.0.1:8080/api/v2/logs?take=5>; rel="next"` {
				t.Errorf("Link: %s", got)
			}
		}},
	})
}
