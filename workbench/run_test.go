package workbench_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

// run runs Actions whose handlers have these bodies.
func run(t *testing.T, event *hooks.Event, bodies ...string) *workbench.Report {
	t.Helper()
	var chain []models.BoundAction
	for i, body := range bodies {
		name := "action" + string(rune('1'+i))
		chain = append(chain, models.BoundAction{Action: models.Action{
			ID: name, Name: name, File: name + ".js", Code: "exports.onExecutePostLogin = async (event, api) => {\n" + body + "\n};",
		}})
	}
	r, err := workbench.Run(t.Context(), workbench.Options{Actions: chain, Event: event, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReports(t *testing.T) {
	t.Parallel()
	withMetadata := func() *hooks.Event {
		e := workbench.Sample(workbench.Refresh, now)
		e.RefreshToken.Metadata = models.Metadata{"country": "US", "seen": "1"}
		return e
	}
	login := func() *hooks.Event { return workbench.Sample(workbench.Login, now) }
	for _, tt := range []struct {
		name   string
		event  func() *hooks.Event
		bodies []string
		want   workbench.Report
		text   []string
	}{
		{"a login that sets things", login, []string{
			`api.refreshToken.setMetadata("a", "b"); api.accessToken.setCustomClaim("https://x/plan", { n: 1 }); api.user.setAppMetadata("k", null); console.log("hello");`,
		}, workbench.Report{
			Moment: workbench.Login, Result: workbench.Succeeded,
			Executions: []workbench.Execution{{Action: "action1", File: "action1.js", Console: "hello", Commands: []workbench.Command{
				{Name: "refreshToken.setMetadata", Arguments: []string{"'a'", "'b'"}},
				{Name: "accessToken.setCustomClaim", Arguments: []string{"'https://x/plan'", "{ n: 1 }"}},
				{Name: "user.setAppMetadata", Arguments: []string{"'k'", "null"}},
			}}},
			AccessToken: map[string]any{"https://x/plan": map[string]any{"n": int64(1)}},
			AppMetadata: map[string]any{"k": nil},
			Metadata:    workbench.MetadataChange{Before: models.Metadata{}, After: models.Metadata{"a": "b"}, Lines: []workbench.DiffLine{{"+", "a", "b"}}},
			Logs:        []workbench.LogRecord{{Type: models.LogLogin}, {Type: models.LogCodeExchange}},
		}, []string{"api.refreshToken.setMetadata('a', 'b')", "console: hello", "The login succeeds.", `+ a: "b"`, `https://x/plan: {"n":1}`, "k: null"}},
		{"a refresh that changes metadata", withMetadata, []string{
			`api.refreshToken.setMetadata("country", "DE"); api.refreshToken.deleteMetadata("seen");`,
		}, workbench.Report{
			Moment: workbench.Refresh, Result: workbench.Succeeded,
			Executions: []workbench.Execution{{Action: "action1", File: "action1.js", Commands: []workbench.Command{
				{Name: "refreshToken.setMetadata", Arguments: []string{"'country'", "'DE'"}}, {Name: "refreshToken.deleteMetadata", Arguments: []string{"'seen'"}},
			}}},
			Metadata: workbench.MetadataChange{
				Before: models.Metadata{"country": "US", "seen": "1"}, After: models.Metadata{"country": "DE"},
				Lines: []workbench.DiffLine{{"-", "country", "US"}, {"+", "country", "DE"}, {"-", "seen", "1"}},
			},
			Logs: []workbench.LogRecord{{Type: models.LogRefresh}},
		}, []string{"The refresh succeeds.", `- country: "US"`, `+ country: "DE"`, "sertft"}},
		{"a revocation skips later Actions", withMetadata, []string{`api.refreshToken.revoke("moved");`, `api.access.deny("never");`}, workbench.Report{
			Moment: workbench.Refresh, Result: workbench.Denied, Error: "access_denied", Reason: "moved", DeniedBy: "action1", Revoked: true,
			Executions: []workbench.Execution{{Action: "action1", File: "action1.js", Commands: []workbench.Command{{Name: "refreshToken.revoke", Arguments: []string{"'moved'"}}}}},
			Skipped:    []string{"action2"},
			Metadata: workbench.MetadataChange{
				Before: models.Metadata{"country": "US", "seen": "1"}, After: models.Metadata{"country": "US", "seen": "1"},
				Lines: []workbench.DiffLine{{" ", "country", "US"}, {" ", "seen", "1"}},
			},
			Logs: []workbench.LogRecord{
				{Type: models.LogRefreshTokenRevoked, Details: map[string]any{"credential_id": "rt_0000000000000001"}},
				{Type: models.LogFailedRefresh, Description: "moved"},
			},
		}, []string{"action2 was skipped", `The refresh is denied by action1: access_denied, "moved"`, "The refresh token is revoked."}},
		{"a failure", login, []string{`api.refreshToken.setMetadata("a", 1);`}, workbench.Report{
			Moment: workbench.Login, Result: workbench.Failed, Error: "access_denied", Reason: "Failed to set refresh token metadata: Invalid metadata: Metadata value must be a string",
			Executions: []workbench.Execution{{Action: "action1", File: "action1.js", Commands: []workbench.Command{
				{Name: "refreshToken.setMetadata", Arguments: []string{"'a'", "1"}, Error: "Failed to set refresh token metadata: Invalid metadata: Metadata value must be a string"},
			}, Error: &models.ExecutionError{
				Class: hooks.ClassActionError, Name: "Error", Message: "Failed to set refresh token metadata: Invalid metadata: Metadata value must be a string",
			}}},
			Logs: []workbench.LogRecord{
				{Type: models.LogFailedLogin, Description: "Failed to set refresh token metadata: Invalid metadata: Metadata value must be a string"},
				{Type: models.LogActionFailed, Description: "Failed to set refresh token metadata: Invalid metadata: Metadata value must be a string", Details: map[string]any{"action_name": "action1", "error_class": "action_error"}},
			},
		}, []string{"threw: Failed to set", "at action1.js:2:29"}},
		{"a claim that is ignored", login, []string{`api.accessToken.setCustomClaim("org_id", "x");`}, workbench.Report{
			Moment: workbench.Login, Result: workbench.Succeeded,
			Executions: []workbench.Execution{{Action: "action1", File: "action1.js", Commands: []workbench.Command{
				{Name: "accessToken.setCustomClaim", Arguments: []string{"'org_id'", "'x'"}, Note: `the claim "org_id" is ignored: its name or its namespace is restricted`},
			}}},
			Logs: []workbench.LogRecord{{Type: models.LogLogin}, {Type: models.LogCodeExchange}},
		}, []string{`the claim "org_id" is ignored`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := run(t, tt.event(), tt.bodies...)
			if diff := cmp.Diff(&tt.want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(models.ExecutionError{}, "Stack")); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			var text strings.Builder
			if err := got.Print(&text); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.text {
				if !strings.Contains(text.String(), want) {
					t.Errorf("%q is not in\n%s", want, text.String())
				}
			}
		})
	}
}
