package mgmt

import (
	"fmt"

	"example.com/keepsake/models"
)

const executionMissing = "That execution does not exist."

// executionBody is the record of a trigger run as the API shows it (contract 4.6). Its id is the log_id of the event on whose row it
// is kept, and which names it in details.actions.executions.
type executionBody struct {
	ID        string                `json:"id"`
	TriggerID string                `json:"trigger_id"`
	Status    string                `json:"status"`
	Results   []executionResultBody `json:"results"`
	CreatedAt timestamp             `json:"created_at"`
	UpdatedAt timestamp             `json:"updated_at"`
}

type executionResultBody struct {
	ActionName string              `json:"action_name"`
	Error      *executionErrorBody `json:"error"`
	StartedAt  timestamp           `json:"started_at"`
	EndedAt    timestamp           `json:"ended_at"`
}

type executionErrorBody struct {
	ID      string `json:"id"`
	Message string `json:"msg"`
	URL     string `json:"url"`
}

// What an execution came to: all its Actions ran to their end, or one of them failed and those after it did not run.
const (
	executionFinal   = "final"
	executionPartial = "partial"
)

func (a *API) getExecution(c *request) (answer, error) {
	e, err := a.logs.Log(c.ctx(), c.id)
	if err != nil {
		return answer{}, notFound(fmt.Errorf("get an execution: %w", err), executionMissing)
	}
	if e.Execution == nil {
		return answer{}, notFound(fmt.Errorf("get an execution: the event has none: %w", models.ErrNotFound), executionMissing)
	}
	return ok(showExecution(e)), nil
}

func showExecution(e *models.LogEvent) executionBody {
	b := executionBody{
		ID: e.Execution.ID, TriggerID: e.Execution.TriggerID, Status: executionFinal, Results: []executionResultBody{},
		CreatedAt: timestamp(e.Date), UpdatedAt: timestamp(e.Date),
	}
	for i, r := range e.Execution.Results {
		shown := executionResultBody{ActionName: r.ActionName, StartedAt: timestamp(r.StartedAt), EndedAt: timestamp(r.EndedAt)}
		if r.Error != nil {
			shown.Error = &executionErrorBody{ID: r.Error.Class, Message: r.Error.Message}
			b.Status = executionPartial
		}
		if i == 0 {
			b.CreatedAt = shown.StartedAt
		}
		b.UpdatedAt = shown.EndedAt
		b.Results = append(b.Results, shown)
	}
	return b
}
