package models

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
	"strings"
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

	// Second factors: one is needed; it was proved, or not, or too often not; one was enrolled or removed; a code was sent.
	LogMFARequired           LogType = "mfar"
	LogFactorPassed          LogType = "gd_auth_succeed"
	LogFactorFailed          LogType = "gd_auth_failed"
	LogFactorLimit           LogType = "gd_otp_rate_limit_exceed"
	LogRecoveryPassed        LogType = "gd_recovery_succeed"
	LogRecoveryFailed        LogType = "gd_recovery_failed"
	LogRecoveryLimit         LogType = "gd_recovery_rate_limit_exceed"
	LogFactorEnrolled        LogType = "gd_enrollment_complete"
	LogFactorEnrolmentBegins LogType = "gd_start_enroll"
	LogFactorRemoved         LogType = "gd_unenroll"
	LogFactorEmail           LogType = "gd_send_email"
	LogFactorSMS             LogType = "gd_send_sms"
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

// logIDDigits is how many random digits end a log_id.
const logIDDigits = 35

// NewLogID returns a log_id of 55 digits: "900", the time in UTC to the millisecond, and 35 random digits. Ids sort by time, so the log is
// ordered, paged and trimmed by its primary key.
func NewLogID(now time.Time) string {
	var random [32]byte
	rand.Read(random[:]) // crypto/rand.Read never fails
	id := appendLogIDTime(make([]byte, 0, 64), now)
	id = appendDigits(id, random[:16], 18)
	id = appendDigits(id, random[16:], logIDDigits-18)
	return string(id)
}

// LogIDFloor returns the smallest log_id of an instant: every event before it sorts below.
func LogIDFloor(t time.Time) string {
	id := appendLogIDTime(make([]byte, 0, 64), t)
	return string(id) + strings.Repeat("0", logIDDigits)
}

func appendLogIDTime(id []byte, t time.Time) []byte {
	id = append(id, logIDPrefix...)
	id = t.UTC().AppendFormat(id, "20060102150405.000")
	millis := id[len(id)-3:]
	return append(id[:len(id)-4], millis...) // over the dot
}

// appendDigits appends n decimal digits, at most 19, from 16 random bytes. The bytes are so many that no digit is likelier
// than another by more than one in 2^64.
func appendDigits(id, random []byte, n int) []byte {
	limit := uint64(1)
	for range n {
		limit *= 10
	}
	hi, lo := binary.BigEndian.Uint64(random), binary.BigEndian.Uint64(random[8:])
	_, number := bits.Div64(hi%limit, lo, limit)
	end := len(id) + n
	id = append(id, "0000000000000000000"[:n]...)
	for i := end - 1; number > 0; i-- {
		id[i] = '0' + byte(number%10)
		number /= 10
	}
	return id
}

// LogFilter selects log events by exact values. Empty members select everything.
type LogFilter struct {
	Type     LogType
	UserID   string
	ClientID string
}
