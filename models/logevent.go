package models

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"time"
)

// LogType is a log event's code (contract 6.2).
type LogType string

// The codes that Keepsake writes.
const (
	LogLogin                  LogType = "s"
	LogFailedLogin            LogType = "f"
	LogWrongPassword          LogType = "fp"
	LogWrongUser              LogType = "fu"
	LogSilentAuth             LogType = "ssa"
	LogFailedSilentAuth       LogType = "fsa"
	LogCodeExchange           LogType = "seacft"
	LogFailedCodeExchange     LogType = "feacft"
	LogRefresh                LogType = "sertft"
	LogFailedRefresh          LogType = "fertft"
	LogRefreshTokenReused     LogType = "ferrt"
	LogRefreshTokenRevoked    LogType = "srrt"
	LogPasswordExchange       LogType = "sepft"
	LogFailedPasswordExchange LogType = "fepft"
	LogClientCredentials      LogType = "seccft"
	LogFailedClientCredential LogType = "feccft"
	LogManagementAPI          LogType = "sapi"
	LogLogout                 LogType = "slo"
	LogWarning                LogType = "w"
	LogActionFailed           LogType = "actions_execution_failed"
	LogResourceCleanup        LogType = "resource_cleanup"
)

// LogEvent is one record of the tenant's log (contract 6.1). Empty strings are members that the event does not have.
type LogEvent struct {
	ID               string // log_id; NewLogID
	Date             time.Time
	Type             LogType
	Description      string
	ConnectionID     string
	Connection       string
	OrganizationID   string
	OrganizationName string
	ClientID         string
	ClientName       string
	UserID           string
	UserName         string
	Audience         string
	Scope            string // space-separated
	Strategy         string
	StrategyType     string
	Origin           Origin
	// Auth0Client is the decoded Auth0-Client header of an SDK; nil without.
	Auth0Client map[string]any
	Details     map[string]any
	// Executions is the record of the post-login run that belongs to the event; nil without.
	Execution *Execution
}

// logIDPrefix begins every log_id, as Auth0's do.
const logIDPrefix = "900"

var logIDRandom = new(big.Int).Exp(big.NewInt(10), big.NewInt(35), nil)

// NewLogID returns a log_id of 55 digits: "900", the time in UTC to the millisecond, and 35 random digits. Ids sort by time, so the log is
// ordered, paged and trimmed by its primary key.
func NewLogID(now time.Time) string {
	n, err := rand.Int(rand.Reader, logIDRandom)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%s%035d", logIDTime(now), n)
}

// LogIDFloor returns the smallest log_id of an instant: every event before it sorts below.
func LogIDFloor(t time.Time) string { return fmt.Sprintf("%s%035d", logIDTime(t), 0) }

func logIDTime(t time.Time) string {
	t = t.UTC()
	return logIDPrefix + t.Format("20060102150405") + fmt.Sprintf("%03d", t.Nanosecond()/int(time.Millisecond))
}

// LogFilter selects log events by exact values. Empty members select everything.
type LogFilter struct {
	Type     LogType
	UserID   string
	ClientID string
}
