package oauth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// mfaPath is where the MFA API is, below the issuer; together they are the audience of the tokens with which users manage their factors.
const mfaPath = "mfa/"

// amrMFA is the amr claim of a login with a second factor, as at Auth0 (RFC 8176 2).
var amrMFA = []string{models.AuthMethodMFA}

func hasMFA(methods []models.AuthMethod) bool {
	return slices.ContainsFunc(methods, func(m models.AuthMethod) bool { return m.Name == models.AuthMethodMFA })
}

// errNoFactor ends a login for which a factor is wanted that the user can neither give nor get (contract 3.3).
var errNoFactor = accessDenied("Multifactor authentication is required, but none of the requested factors is available.")

// runChain runs the hooks, or what is left of them, to their end or to where the user has to do something. A request for a factor that
// needs nothing of the user is settled here, and the run goes on. The error is that of Chain.Run, or an *Error.
func (s *Server) runChain(ctx context.Context, chain *hooks.Chain, session *Session, event *hooks.Event, state *hooks.State) (*hooks.Outcome, error) {
	var outcome *hooks.Outcome
	var err error
	switch {
	case state == nil:
		outcome, err = chain.Run(ctx, event)
	case state.Suspension() != nil && len(state.Suspension().Factors) > 0: // there are more to give
		outcome, err = state.Outcome, &hooks.SuspendedError{State: state}
	default:
		outcome, err = chain.Resume(ctx, event, state)
	}
	for err != nil {
		var suspended *hooks.SuspendedError
		if !errors.As(err, &suspended) {
			return outcome, err
		}
		want := suspended.State.Suspension()
		if len(want.Factors) == 0 {
			return outcome, err
		}
		open, oerr := s.openFactors(ctx, session, want.Factors)
		if oerr != nil {
			return &hooks.Outcome{Results: outcome.Results}, oerr
		}
		if want.Factors = open; len(open) > 0 || want.Redirect != nil || want.Render != nil {
			return outcome, err
		}
		outcome, err = chain.Resume(ctx, event, suspended.State)
	}
	return s.lastFactor(ctx, session, event, outcome)
}

// lastFactor suspends a run that has come to its end for the factor that is due after all the hooks (api.multifactor.enable), or that the MFA API
// wants.
func (s *Server) lastFactor(ctx context.Context, session *Session, event *hooks.Event, outcome *hooks.Outcome) (*hooks.Outcome, error) {
	enabled := outcome.TakeMultifactor()
	if enabled == nil && !s.needsFactor(session) || len(session.proved) > 0 {
		return outcome, nil
	}
	st, err := s.standing(ctx, session.User)
	if err != nil {
		return outcome, err
	}
	var request *models.FactorRequest
	switch {
	case enabled != nil:
		if request = enabledRequest(enabled, st); request == nil {
			return &hooks.Outcome{Results: outcome.Results}, errNoFactor
		}
	case st.HasFactor: // the MFA API
		request = anyEnrolled(st)
	default:
		return outcome, nil
	}
	if s.needsFactor(session) {
		request.AllowRemember = false // the MFA API is for whoever gives a factor now
	}
	if request.AllowRemember && request.Mode == models.FactorChallenge && session.remembered != nil {
		if known, err := session.remembered(); err != nil || known {
			return outcome, err
		}
	}
	outcome.Suspension = &hooks.Suspension{Factors: s.withProof(session, st, *request)}
	return outcome, &hooks.SuspendedError{State: hooks.EndedState(event, outcome)}
}

// needsFactor reports whether the tokens are for the MFA API and the login had no second factor. Who could remove factors with a password alone
// would need no factor anywhere.
func (s *Server) needsFactor(session *Session) bool {
	return session.API != nil && session.API.Identifier == s.mfaAudience && !hasMFA(session.AuthMethods)
}

func (s *Server) standing(ctx context.Context, user *models.User) (*models.FactorStanding, error) {
	tenant, err := s.config.Tenant(ctx)
	if err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	return s.factors.Standing(ctx, tenant, user)
}

// enabledRequest is what api.multifactor.enable comes to: a challenge of what the user has, else an enrolment; nil when neither is
// to be had. A recovery code stands in for any challenge; the user's own email address does when there is nothing to enrol.
func enabledRequest(m *hooks.Multifactor, st *models.FactorStanding) *models.FactorRequest {
	wants := func(t models.FactorType) bool {
		return m.Provider != hooks.ProviderGoogleAuthenticator || t == models.FactorOTP
	}
	have := slices.DeleteFunc(st.Types(), func(t models.FactorType) bool { return t == models.FactorRecoveryCode || !wants(t) })
	missing := slices.DeleteFunc(slices.Clone(st.Enrollable), func(t models.FactorType) bool { return !wants(t) })
	r := &models.FactorRequest{Any: true, AllowRemember: m.AllowRememberBrowser}
	switch {
	case len(have) > 0 && (st.HasFactor || len(missing) == 0):
		r.Mode = models.FactorChallenge
		if st.OfType(models.FactorRecoveryCode) != nil {
			have = append(have, models.FactorRecoveryCode)
		}
		r.Factors = factorsOf(have)
	case len(missing) > 0:
		r.Mode, r.Factors = models.FactorEnroll, factorsOf(missing)
	default:
		return nil
	}
	return r
}

// anyEnrolled asks for any factor that the user has.
func anyEnrolled(st *models.FactorStanding) *models.FactorRequest {
	return &models.FactorRequest{Mode: models.FactorChallenge, Any: true, Factors: factorsOf(st.Types())}
}

func factorsOf(types []models.FactorType) []models.Factor {
	out := make([]models.Factor, len(types))
	for i, t := range types {
		out[i] = models.Factor{Type: string(t)}
	}
	return out
}

// openFactors returns those of a hook's requests for which the user has to do something, each with the factors that are left of it. errNoFactor
// when none is left of one.
func (s *Server) openFactors(ctx context.Context, session *Session, requests []models.FactorRequest) ([]models.FactorRequest, error) {
	st, err := s.standing(ctx, session.User)
	if err != nil {
		return nil, err
	}
	var open []models.FactorRequest
	for _, r := range requests {
		if session.gave(r.Factors) {
			continue
		}
		left := r
		left.Factors = slices.DeleteFunc(slices.Clone(r.Factors), func(f models.Factor) bool {
			t := models.FactorType(f.Type)
			if r.Mode == models.FactorEnroll {
				return !st.CanEnrol(t)
			}
			return st.OfType(t) == nil
		})
		if len(left.Factors) == 0 {
			return nil, errNoFactor
		}
		if len(open) > 0 && open[len(open)-1].Mode == models.FactorChallenge {
			open = append(open, left) // proved by then
			continue
		}
		open = append(open, s.withProof(session, st, left)...)
	}
	return open, nil
}

// gave reports whether one of the factors was given in this transaction.
func (s *Session) gave(factors []models.Factor) bool {
	return slices.ContainsFunc(factors, func(f models.Factor) bool {
		return slices.ContainsFunc(s.proved, func(m models.AuthMethod) bool { return m.Name == models.AuthMethodMFA && m.Type == f.Type })
	})
}

// withProof puts a challenge before the enrolment of a further factor: a password alone must not add one beside the owner's.
func (s *Server) withProof(session *Session, st *models.FactorStanding, r models.FactorRequest) []models.FactorRequest {
	if r.Mode == models.FactorEnroll && st.HasFactor && !hasMFA(session.proved) && len(st.Enrolled) > 0 {
		return []models.FactorRequest{*anyEnrolled(st), r}
	}
	return []models.FactorRequest{r}
}

// factorRequiredLog is the mfar event (contract 6.2).
func (s *Server) factorRequiredLog(ctx context.Context, session *Session, requests []models.FactorRequest) *models.LogEvent {
	e := s.newLog(ctx, session, models.LogMFARequired, models.NewLogID(s.now()))
	e.Description = errMFARequired.Description
	types := make([]string, len(requests[0].Factors))
	for i, f := range requests[0].Factors {
		types[i] = f.Type
	}
	// The schema wants what an assessment of the risk said. None was made: an Action asked.
	e.Details = map[string]any{
		"confidence": "neutral", "version": "1", "grant_type": session.GrantType, "mode": string(requests[0].Mode), "factors": types,
	}
	if session.SessionID != "" {
		e.Details["session_id"] = session.SessionID
	}
	return e
}
