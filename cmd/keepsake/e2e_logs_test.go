package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/oauth2"

	"example.com/keepsake/models"
)

// TestE2ELogs plays a flow for every type of log record, reads the records over the Management API and holds each to Auth0's
// own schema. Afterwards no secret that was used is in the database.
func TestE2ELogs(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		p := startProcess(t, withE2ETenant(t, o))
		expected := []models.LogType{models.LogResourceCleanup}
		for _, flow := range logFlows {
			t.Run(strings.Join(flow.writes, " "), func(t *testing.T) { flow.play(t, p.in(t)) })
			for _, typ := range flow.writes {
				expected = append(expected, models.LogType(typ))
			}
		}
		playCleanup(t, p)

		records := readLogs(t, p)
		validateRecords(t, records)
		have := map[models.LogType]bool{}
		for _, record := range records {
			have[models.LogType(record["type"].(string))] = true
		}
		slices.Sort(expected)
		if diff := cmp.Diff(slices.Compact(expected), slices.Sorted(maps.Keys(have))); diff != "" {
			t.Errorf("types of records (-want +got):\n%s", diff)
		}
		p.stop()
		checkDatabaseHasNoSecrets(t, p)
	})
}

// logFlows are the transactions and the types of the records that each must write.
var logFlows = []struct {
	writes []string
	play   func(*testing.T, *process)
}{
	{[]string{"s", "seacft", "sertft", "ferrt"}, func(t *testing.T, p *process) {
		f := p.native().login(t, fromUSA, p.e2eAlice(), "organization", "acme")
		p.native().mustRefresh(t, fromUSA, f)
		p.native().exchange(fromUSA, f.RefreshToken).must(t, http.StatusForbidden)
	}},
	{[]string{"f", "actions_execution_failed"}, func(t *testing.T, p *process) {
		callback := p.e2eAlice().open(t, p.native().authorizeURL(oauth2.GenerateVerifier(), "ext-throw", "as asked"))
		if callback.Get("error_description") != "as asked" {
			t.Errorf("the callback got %v", callback)
		}
	}},
	{[]string{"fu"}, func(t *testing.T, p *process) { refuseLogin(t, p.browser(fromUSA, "nobody@example.com", e2ePassword)) }},
	{[]string{"fp"}, func(t *testing.T, p *process) { refuseLogin(t, p.browser(fromUSA, e2eEmail, "not-her-password")) }},
	{[]string{"fsa", "ssa", "slo"}, func(t *testing.T, p *process) {
		a, alice := p.native(), p.e2eAlice()
		silent := a.authorizeURL(oauth2.GenerateVerifier(), "prompt", "none")
		if got := alice.open(t, silent).Get("error"); got != "login_required" {
			t.Errorf("error %q without a session", got)
		}
		a.login(t, fromUSA, alice)
		if got := alice.open(t, silent); got.Get("code") == "" {
			t.Errorf("with a session the callback got %v", got)
		}
		alice.get("v2/logout?client_id="+e2eNative+"&returnTo="+url.QueryEscape("http://127.0.0.1:8787/")).must(t, http.StatusFound)
	}},
	{[]string{"feacft"}, func(t *testing.T, p *process) {
		p.visit(fromUSA).post("oauth/token", pairs("grant_type", "authorization_code", "client_id", e2eNative, "code", "no-such-code",
			"redirect_uri", e2eCallback, "code_verifier", oauth2.GenerateVerifier())).must(t, http.StatusForbidden)
	}},
	{[]string{"fertft", "srrt"}, func(t *testing.T, p *process) {
		a := p.native()
		f := a.login(t, fromUSA, p.e2eAlice())
		a.exchange(fromUSA, f.RefreshToken, "deny", "not today").must(t, http.StatusForbidden)
		a.exchange(fromUSA, f.RefreshToken, "throw", "as asked").must(t, http.StatusForbidden)
		p.visit(fromUSA).post("oauth/revoke", pairs("client_id", e2eNative, "token", f.RefreshToken)).must(t, http.StatusOK)
		a.exchange(fromUSA, f.RefreshToken).must(t, http.StatusForbidden)
		a.exchange(fromUSA, "garbage").must(t, http.StatusForbidden)
	}},
	{[]string{"f", "feacft", "fertft", "fepft", "feccft"}, func(t *testing.T, p *process) {
		// What can't be told apart from a stranger's is logged too, with what little is known.
		v := p.visit(fromUSA)
		v.get("authorize?response_type=code&client_id=nobody&redirect_uri=http%3A%2F%2Fevil.example.com%2F").must(t, http.StatusBadRequest)
		v.get("authorize?response_type=code&client_id="+e2eWeb+"&redirect_uri=http%3A%2F%2Fevil.example.com%2F").must(t, http.StatusBadRequest)
		for _, grantType := range []string{"authorization_code", "refresh_token", "password", "client_credentials"} {
			for _, clientID := range []string{"nobody", e2eWeb} {
				v.post("oauth/token", pairs("grant_type", grantType, "client_id", clientID, "client_secret", "a-wrong-secret-of-a-client",
					"code", "x", "refresh_token", "x", "username", "x", "password", "x")).want(t, http.StatusUnauthorized, oauthError("access_denied", "Unauthorized"))
			}
		}
	}},
	{[]string{"sepft", "fepft"}, func(t *testing.T, p *process) {
		form := pairs("grant_type", "password", "client_id", e2eWeb, "client_secret", e2eWebSecret, "username", e2eEmail,
			"password", e2ePassword, "audience", e2eAPI, "scope", "openid offline_access read:notes")
		r := p.visit(fromUSA).post("oauth/token", form).must(t, http.StatusOK)
		p.Vault.add("a refresh token", r.str("refresh_token"))
		form.Set("password", "not-her-password")
		p.visit(fromUSA).post("oauth/token", form).want(t, http.StatusForbidden, oauthError("invalid_grant", "Wrong email or password."))
	}},
	{[]string{"seccft", "feccft"}, func(t *testing.T, p *process) {
		p.e2eOperator()
		p.visit(fromUSA).post("oauth/token", pairs("grant_type", "client_credentials", "client_id", e2eMachine, "client_secret", e2eMachineSecret,
			"audience", e2eAPI)).want(t, http.StatusForbidden, oauthError("access_denied",
			`Client is not authorized to access "`+e2eAPI+`". You need to create a "client-grant" associated to this API.`))
	}},
	{[]string{"sapi", "srrt"}, func(t *testing.T, p *process) {
		f, operator := p.native().login(t, fromUSA, p.e2eAlice()), p.e2eOperator()
		operator.call(http.MethodPatch, refreshTokenPath(f.id), map[string]any{"refresh_token_metadata": map[string]any{"k": "v"}}).must(t, http.StatusOK)
		operator.call(http.MethodDelete, refreshTokenPath(f.id), nil).must(t, http.StatusAccepted)
	}},
	{[]string{"w"}, func(t *testing.T, p *process) {
		f := p.native().login(t, fromUSA, p.e2eAlice(), "ext-forever", "yes")
		p.native().exchange(fromUSA, f.RefreshToken, "forever", "yes").must(t, http.StatusOK)
	}},
}

// refuseLogin enters what a browser has on the login page, which must show the page again.
func refuseLogin(t *testing.T, b *browser) {
	t.Helper()
	page := b.get(b.p.native().authorizeURL(oauth2.GenerateVerifier()))
	page = b.submit(t, b.get(page.location))
	if page.location != "" || !strings.Contains(page.text, "Wrong email or password.") {
		t.Errorf("after the login was refused: %d, to %q: %s", page.status, page.location, page.text)
	}
}

// playCleanup signs one user in more often than a user may have refresh tokens with a client: the oldest go.
func playCleanup(t *testing.T, p *process) {
	a, alice := p.native(), p.e2eAlice()
	oldest := a.login(t, fromUSA, alice)
	for range models.MaxRefreshTokens {
		a.login(t, fromUSA, alice)
	}
	a.exchange(fromUSA, oldest.RefreshToken).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
	operator := p.e2eOperator()
	record := newestRecord(t, operator, "resource_cleanup")
	details, _ := record["details"].(map[string]any)
	want := map[string]any{"resource": "refresh_tokens", "start": 201.0, "removedCount": 1.0, "endCount": 200.0}
	if diff := cmp.Diff(want, details); diff != "" {
		t.Errorf("details of resource_cleanup (-want +got):\n%s", diff)
	}
	if record["user_id"] != e2eUser || record["client_id"] != e2eNative {
		t.Errorf("resource_cleanup is about %v and %v", record["user_id"], record["client_id"])
	}
}

// readLogs reads all records by checkpoints, as a log exporter does, and one of each type by its id.
func readLogs(t *testing.T, p *process) []map[string]any {
	t.Helper()
	operator := p.e2eOperator()
	var records []map[string]any
	byType := map[string]map[string]any{}
	next := p.url("api/v2/logs?take=100")
	for {
		r := operator.get(next).must(t, http.StatusOK)
		var page []map[string]any
		if err := json.Unmarshal([]byte(r.text), &page); err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, record := range page {
			records = append(records, record)
			byType[record["type"].(string)] = record
		}
		link, rel, _ := strings.Cut(r.header.Get("Link"), ">; ")
		if rel != `rel="next"` {
			t.Fatalf("the Link header is %q", r.header.Get("Link"))
		}
		next = strings.TrimPrefix(link, "<")
	}
	for typ, record := range byType {
		one := operator.get("api/v2/logs/"+record["log_id"].(string)).must(t, http.StatusOK)
		if diff := cmp.Diff(record, one.body); diff != "" {
			t.Errorf("the %s record by its id (-listed +got):\n%s", typ, diff)
		}
	}
	return records
}

// validateRecords holds records to Auth0's schemas. There is none for resource_cleanup, whose details playCleanup looks at.
func validateRecords(t *testing.T, records []map[string]any) {
	t.Helper()
	file, err := os.Open("testdata/e2e/logs.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	document, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("logs.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schemas, wrong := map[string]*jsonschema.Schema{}, map[string]bool{}
	for _, record := range records {
		typ, _ := record["type"].(string)
		if typ == string(models.LogResourceCleanup) || wrong[typ] {
			continue
		}
		if schemas[typ] == nil {
			if schemas[typ], err = compiler.Compile("logs.schema.json#/$defs/" + typ); err != nil {
				t.Fatal(err)
			}
		}
		if err := schemas[typ].Validate(any(record)); err != nil {
			wrong[typ] = true // one of a type is enough to read
			text, _ := json.Marshal(record)
			t.Errorf("a %s record is not as Auth0's schema has it: %v\n%s", typ, err, text)
		}
	}
}
