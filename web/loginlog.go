package web

import (
	"context"
	"errors"
	"log/slog"

	"example.com/keepsake/models"
)

// logRefusal writes the log event of a login that was refused: fu for an unknown user, fp for a wrong password, f for a
// blocked one (contract 6.2). The event names what was entered as the user's name, as Auth0's does: it is how an attack
// on many accounts is seen. A log that can't be written does not change the answer.
func (p *Pages) logRefusal(ctx context.Context, s *step, conn *models.Connection, identifier string, user *models.User, cause error) {
	now := p.now().UTC()
	e := &models.LogEvent{
		ID:           models.NewLogID(now),
		Date:         now,
		Type:         models.LogWrongPassword,
		Description:  wrongCredentials,
		ConnectionID: conn.ID,
		Connection:   conn.Name,
		ClientID:     s.client.ID,
		ClientName:   s.client.Name,
		UserName:     identifier,
		Audience:     s.tx.Params.Get("audience"),
		Strategy:     conn.Strategy,
		StrategyType: "database",
		Origin:       models.OriginFrom(ctx),
		Details:      map[string]any{"error": map[string]any{"message": wrongCredentials}},
	}
	switch {
	case errors.Is(cause, models.ErrWrongUser):
		e.Type = models.LogWrongUser
	case errors.Is(cause, models.ErrBlocked):
		e.Type, e.Description = models.LogFailedLogin, models.ErrBlocked.Error()
		e.Details = map[string]any{"error": map[string]any{"message": models.ErrBlocked.Error(), "oauthError": "unauthorized"}}
	}
	if user != nil {
		e.UserID, e.UserName = user.ID, user.DisplayName()
	}
	if s.org != nil {
		e.OrganizationID, e.OrganizationName = s.org.ID, s.org.Name
	}
	if err := p.logs.WriteLogs(ctx, e); err != nil {
		p.logger.ErrorContext(ctx, "log of a refused login not written", slog.String("type", string(e.Type)), slog.Any("error", err))
	}
}
