package mgmt

import (
	"testing"
	"time"

	"example.com/keepsake/models"
)

func TestGetExecution(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.Date(2026, 8, 2, 8, 0, 0, ms*1e6, time.UTC) }
	ran := func(results ...models.ExecutionResult) *models.LogEvent {
		return event(0, func(e *models.LogEvent) {
			e.Execution = &models.Execution{ID: e.ID, TriggerID: models.TriggerPostLogin, Results: results}
		})
	}
	fine := models.ExecutionResult{ActionID: "act_1", ActionName: "Device", StartedAt: at(1), EndedAt: at(2), Logs: "not shown"}
	failed := models.ExecutionResult{ActionName: "Risk", StartedAt: at(3), EndedAt: at(5), Error: &models.ExecutionError{
		Class: "action_error", Name: "TypeError", Message: "Cannot read properties of undefined", Stack: "not shown",
	}}
	path := root + "/actions/executions/" + event(0).ID
	first := `{"action_name":"Device","error":null,"started_at":"2026-08-02T08:00:00.001Z","ended_at":"2026-08-02T08:00:00.002Z"}`
	run(t, []scenario{
		{
			name: "Actions that ran to their end", prepare: withEvents(ran(fine)), method: "GET", path: path, status: 200,
			want: `{"id":"` + event(0).ID + `","trigger_id":"post-login","status":"final","results":[` + first + `],` +
				`"created_at":"2026-08-02T08:00:00.001Z","updated_at":"2026-08-02T08:00:00.002Z"}`,
		},
		{
			name: "an Action that failed", prepare: withEvents(ran(fine, failed)), method: "GET", path: path, status: 200,
			want: `{"id":"` + event(0).ID + `","trigger_id":"post-login","status":"partial","results":[` + first + `,` +
				`{"action_name":"Risk","error":{"id":"action_error","msg":"Cannot read properties of undefined","url":""},` +
				`"started_at":"2026-08-02T08:00:00.003Z","ended_at":"2026-08-02T08:00:00.005Z"}],` +
				`"created_at":"2026-08-02T08:00:00.001Z","updated_at":"2026-08-02T08:00:00.005Z"}`,
		},
		{name: "an event without Actions", prepare: withEvents(event(0)), method: "GET", path: path, status: 404, want: failure(404, "That execution does not exist.", "")},
		{name: "one that is not there", method: "GET", path: root + "/actions/executions/900", status: 404, want: failure(404, "That execution does not exist.", "")},
	})
}
