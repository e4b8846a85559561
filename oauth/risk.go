package oauth

import (
	"context"
	"fmt"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// lookup is what of an event is found out only when a hook asks for it.
func (s *Server) lookup(session *Session) hooks.Lookup {
	userID := session.User.ID
	return hooks.Lookup{
		Groups: func(ctx context.Context) ([]models.Group, error) { return s.people.Groups(ctx, userID) },
		Risk: func(ctx context.Context) (_ *models.RiskAssessment, err error) {
			if session.risk == nil {
				session.risk, err = s.assess(ctx, session)
			}
			return session.risk, err
		},
		Factors: func(ctx context.Context) ([]models.Factor, error) { return s.enrolled(ctx, session.User) },
	}
}

// assess judges a login by what is kept of the user's earlier ones; an exchange by nothing but the refresh token that was read
// already, so that asking costs it no round trip.
func (s *Server) assess(ctx context.Context, session *Session) (*models.RiskAssessment, error) {
	evidence := models.RiskEvidence{Origin: models.OriginFrom(ctx), At: s.now(), Untrusted: s.untrusted}
	if t := session.RefreshToken; t != nil {
		seen := models.Sighting{At: t.LastExchangedAt, Position: s.locate(t.Device.LastIP)}
		if seen.At.IsZero() {
			seen.At = t.CreatedAt
		}
		evidence.Last, evidence.Devices = &seen, []models.Device{t.Device}
		return evidence.Assess(), nil
	}
	except := ""
	if b := session.Browser; b != nil && b.LastInteractedAt.Equal(b.AuthenticatedAt) {
		except = b.ID // it was made by this very login, and tells nothing of earlier ones
	}
	history, err := s.people.LoginHistory(ctx, session.User.ID, except)
	if err != nil {
		return nil, fmt.Errorf("read login history: %w", err)
	}
	evidence.First = session.User.LoginsCount == 0 || session.User.LoginsCount == 1 && !session.Effects.CountLogin
	evidence.Last, evidence.Devices = history.Last, history.Devices
	return evidence.Assess(), nil
}

// riskDetails is an assessment as the log has it (contract 6.2).
func riskDetails(r *models.RiskAssessment) map[string]any {
	one := func(a models.Assessment) map[string]any {
		m := map[string]any{"code": a.Code, "confidence": a.Confidence}
		if len(a.Details) > 0 {
			m["details"] = a.Details
		}
		return m
	}
	return map[string]any{
		"confidence": r.Confidence, "version": models.RiskVersion,
		"assessments": map[string]any{
			"ImpossibleTravel": one(r.ImpossibleTravel), "NewDevice": one(r.NewDevice), "UntrustedIP": one(r.UntrustedIP),
		},
	}
}

// saw remembers where a user signed in, for the next assessment. Without a position there is nothing to remember; that it can't be
// written does not stop a login.
func (s *Server) saw(ctx context.Context, session *Session) {
	origin := models.OriginFrom(ctx)
	if origin.Geo == nil || !origin.Geo.HasPosition {
		return
	}
	seen := models.Sighting{At: s.now(), Position: origin.Geo}
	if err := s.people.SaveSighting(ctx, session.User.ID, seen); err != nil {
		s.logger.ErrorContext(ctx, "remember where a user signed in", "error", err)
	}
}

// enrolled is event.user.enrolledFactors.
func (s *Server) enrolled(ctx context.Context, user *models.User) ([]models.Factor, error) {
	standing, err := s.standing(ctx, user)
	if err != nil {
		return nil, err
	}
	return standing.Factors(), nil
}
