package workbench

import (
	"time"

	"example.com/keepsake/models"
)

// Result is how a run ended.
type Result string

// The results. Suspended is a login that waits for the user: a redirect, a form or a further factor.
const (
	Succeeded Result = "success"
	Denied    Result = "denied"
	Failed    Result = "failed"
	Suspended Result = "suspended"
)

// Report is all that came of a run.
type Report struct {
	Moment Moment `json:"moment"`
	Result Result `json:"result"`
	// Error and Reason are what the client would read as error and error_description. Of a suspended run, Reason is what it waits for.
	Error    string `json:"error,omitempty"`
	Reason   string `json:"reason,omitempty"`
	DeniedBy string `json:"denied_by,omitempty"`
	// Revoked and SessionRevoked tell that the refresh token of an exchange, or the session, ends with the denial.
	Revoked        bool `json:"revoked,omitempty"`
	SessionRevoked bool `json:"session_revoked,omitempty"`
	// Executions are the Actions that ran, in order; Skipped the names of those that did not.
	Executions []Execution `json:"executions"`
	Skipped    []string    `json:"skipped,omitempty"`

	AccessToken   map[string]any `json:"access_token_claims,omitempty"`
	IDToken       map[string]any `json:"id_token_claims,omitempty"`
	AddedScopes   []string       `json:"added_scopes,omitempty"`
	RemovedScopes []string       `json:"removed_scopes,omitempty"`
	// ExpiresAt and IdleExpiresAt are when the refresh token ends, and the next two when the session does; zero where no Action has changed
	// that. What is more than there may be is cut.
	ExpiresAt            time.Time         `json:"expires_at,omitzero"`
	IdleExpiresAt        time.Time         `json:"idle_expires_at,omitzero"`
	SessionExpiresAt     time.Time         `json:"session_expires_at,omitzero"`
	SessionIdleExpiresAt time.Time         `json:"session_idle_expires_at,omitzero"`
	SessionCookie        models.CookieMode `json:"session_cookie,omitempty"`
	Metadata             MetadataChange    `json:"refresh_token_metadata"`
	SessionMetadata      MetadataChange    `json:"session_metadata"`
	// PrimaryUser is as whom the login goes on; empty: as whom it began.
	PrimaryUser string `json:"primary_user,omitempty"`
	// AppMetadata and UserMetadata are what is written to the user; null deletes.
	AppMetadata  map[string]any `json:"app_metadata,omitempty"`
	UserMetadata map[string]any `json:"user_metadata,omitempty"`
	// Logs are the records that a server would write to the tenant's log.
	Logs []LogRecord `json:"logs"`
}

// Execution is what one Action did.
type Execution struct {
	Action string `json:"action"`
	File   string `json:"file,omitempty"`
	// Duration is in nanoseconds.
	Duration time.Duration          `json:"duration_ns"`
	Commands []Command              `json:"commands"`
	Console  string                 `json:"console,omitempty"`
	Error    *models.ExecutionError `json:"error,omitempty"`
}

// Command is one call of api, and the message of what it threw.
type Command struct {
	Name      string   `json:"name"`
	Arguments []string `json:"arguments"`
	Error     string   `json:"error,omitempty"`
	// Note says what came of a call that did not do what it seems to.
	Note string `json:"note,omitempty"`
}

// MetadataChange is a metadata map before and after a run.
type MetadataChange struct {
	Before models.Metadata `json:"before"`
	After  models.Metadata `json:"after"`
	Lines  []DiffLine      `json:"-"`
}

// IsZero reports whether nothing changed.
func (c MetadataChange) IsZero() bool {
	for _, l := range c.Lines {
		if l.Mark != " " {
			return false
		}
	}
	return true
}

// DiffLine is an entry that stayed (" "), came ("+") or went ("-").
type DiffLine struct{ Mark, Key, Value string }

// LogRecord is a record of the tenant's log, as far as a run can know it.
type LogRecord struct {
	Type        models.LogType `json:"type"`
	Description string         `json:"description,omitempty"`
	Details     map[string]any `json:"details,omitempty"`
}
