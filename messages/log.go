package messages

import (
	"context"
	"log/slog"

	"example.com/keepsake/models"
)

// LogMark begins every line of Log, so that it can be found, and seen for what it is.
const LogMark = "ONE-TIME CODE (written to the log for development)"

// Log writes codes to the server's log. It is the one place of Keepsake that logs a secret: whoever reads the log passes for anybody with an
// email or phone factor.
type Log struct{ logger *slog.Logger }

// NewLog returns a Log.
func NewLog(logger *slog.Logger) Log { return Log{logger} }

// Send writes the message at level info.
func (l Log) Send(ctx context.Context, m models.Message) error {
	l.logger.InfoContext(ctx, LogMark, "code", m.Code, "to", m.To, "by", string(m.Type), "user_id", m.UserID, "expires_in", m.ExpiresIn.String())
	return nil
}
