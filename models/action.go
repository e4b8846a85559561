package models

import "time"

// Limits of Actions (contract 3.9).
const (
	MaxActionCode        = 100 << 10
	MaxActionSecretName  = 128
	MaxActionSecretValue = 4096
	MaxBoundActions      = 20
)

// TriggerPostLogin is the one trigger that there is.
const TriggerPostLogin = "post-login"

// Action is a piece of an author's JavaScript.
type Action struct {
	ID           string
	Name         string
	Code         string
	File         string // where the code came from, for error messages; may be empty
	Runtime      string
	Dependencies []Dependency
	// Bundle is the code together with the packages of Dependencies, made when the Action was loaded. Nil when it has none.
	Bundle *ActionBundle `json:",omitempty"`
	// Secrets are the values behind event.secrets. They are kept sealed.
	Secrets   map[string]string
	Triggers  []ActionTrigger
	Deployed  bool
	Version   int64 // grows with every change of what runs
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Dependency is an npm package that an Action requires.
type Dependency struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ActionBundle is an Action's code and the packages that it requires, in one script: what runs where there is no node_modules.
type ActionBundle struct {
	Code string
	Map  string // source map, version 3
}

// ActionTrigger is a trigger that an Action supports.
type ActionTrigger struct {
	ID      string `json:"id"`
	Version string `json:"version"`
}

// BoundAction is a deployed Action at its place in a trigger's chain.
type BoundAction struct {
	BindingID   string
	DisplayName string
	Action      Action
}

// MaxExecutionLog is how many characters of console output one Action execution keeps by default (contract 3.9).
const MaxExecutionLog = 256

// Execution is the record of one trigger run: what its Actions did and said. Its id is the log_id of the transaction's
// log event, on whose row it is kept, so that it costs no write and no index of its own.
type Execution struct {
	ID        string            `json:"id"`
	TriggerID string            `json:"trigger_id"`
	Results   []ExecutionResult `json:"results"`
}

// ExecutionResult is one Action's part of an Execution.
type ExecutionResult struct {
	ActionID   string          `json:"action_id,omitempty"`
	ActionName string          `json:"action_name"`
	BindingID  string          `json:"binding_id,omitempty"`
	Version    int64           `json:"version,omitempty"`
	StartedAt  time.Time       `json:"started_at"`
	EndedAt    time.Time       `json:"ended_at"`
	Error      *ExecutionError `json:"error,omitempty"`
	// Logs is the console output, cut to the configured length.
	Logs string `json:"logs,omitempty"`
}

// ExecutionError is how an Action failed. Class is an error_class of the log schema: action_error, action_timeout,
// platform_error or rate_limited.
type ExecutionError struct {
	Class   string `json:"class"`
	Name    string `json:"name"`
	Message string `json:"message"`
	Stack   string `json:"stack,omitempty"`
}

// BoundActions is the chain of a trigger. Whoever keeps something made from it compares the pointer: a change of the
// bindings or of an Action makes a new one.
type BoundActions struct{ Actions []BoundAction }
