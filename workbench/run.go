package workbench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/models"
)

// Options are what a run is made of.
type Options struct {
	// Actions are the chain, in order.
	Actions []models.BoundAction
	// Event is what they see. It is changed.
	Event *hooks.Event
	// Tenant and Client say how long sessions and refresh tokens live; nil: as where nothing is set.
	Tenant *models.Tenant
	Client *models.Client
	// HasUser reports whether there is a user with an id, for api.authentication.setPrimaryUser; nil: nobody knows.
	HasUser func(id string) bool
	// Store keeps what a server would have stored, for the runs that follow; nil: nothing is kept.
	Store *Store
	// Network is where the Actions may connect to; nil: nowhere.
	Network *egress.Policy
	// Timeout is for all Actions together; zero means the server's.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tenant == nil {
		o.Tenant = &models.Tenant{}
	}
	if o.Client == nil {
		o.Client = &models.Client{RefreshToken: samplePolicy}
	}
	if o.Store == nil {
		o.Store = &Store{}
	}
	return o
}

// maxLog is how much console output a report has of an Action. A server keeps less.
const maxLog = 64 << 10

// Run compiles the Actions and runs them. Its error is about code that is none (*actions.SyntaxError); what the Actions did,
// failures included, is in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	o = o.withDefaults()
	e := o.Event
	r := &Report{Moment: Login}
	if e.RefreshToken != nil {
		r.Moment = Refresh
	}
	chain := &hooks.Chain{Timeout: o.Timeout, MaxLog: maxLog, Now: o.Now, Cache: o.Store.sharedCache(o.Now)}
	var commands []actions.Command
	for _, a := range o.Actions {
		hook, err := actions.New(a, actions.Options{
			Timeout: o.Timeout, Now: o.Now, Logger: slog.New(slog.DiscardHandler), Network: o.Network,
			Trace: func(c actions.Command) { commands = append(commands, c) },
		})
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", a.Action.Name, err)
		}
		chain.Hooks = append(chain.Hooks, hook)
	}
	before, session := metadataOf(e), models.Metadata{}
	if e.Session != nil {
		session = e.Session.Metadata.Clone()
	}
	out, err := chain.Run(ctx, e)
	r.decide(o, out, err)
	r.executions(out, o.Actions, commands)
	r.AccessToken, r.IDToken = out.AccessTokenClaims, out.IDTokenClaims
	r.AddedScopes, r.RemovedScopes = out.AddedScopes, out.RemovedScopes
	r.Metadata = newChange(before, out.Metadata.Apply(before))
	r.SessionMetadata = newChange(session, out.SessionMetadata.Apply(session))
	r.AppMetadata, r.UserMetadata = out.AppMetadata, out.UserMetadata
	ends := r.expire(o, out)
	r.logs(e, err, ends)
	if r.Result == Succeeded {
		o.Store.keep(e, r, ends, o)
	}
	return r, nil
}

func metadataOf(e *hooks.Event) models.Metadata {
	if e.RefreshToken == nil {
		return models.Metadata{}
	}
	return e.RefreshToken.Metadata.Clone()
}

// decide notes how the run ended: first for the chain, then for the server that has to carry it out. out is left with what it does.
func (r *Report) decide(o Options, out *hooks.Outcome, err error) {
	e := o.Event
	var denied *hooks.DeniedError
	var failed *hooks.FailedError
	var suspended *hooks.SuspendedError
	switch {
	case errors.As(err, &denied):
		r.deny(Denied, denied.OAuthCode(), denied.Reason)
		r.DeniedBy = denied.Hook
		r.SessionRevoked = denied.RevokeSession && e.Session != nil
		r.Revoked = e.RefreshToken != nil && denied.RevokesToken(e.RefreshToken.SessionID)
	case errors.As(err, &failed):
		r.deny(Failed, hooks.CodeAccessDenied, failed.Cause.Message)
	case errors.As(err, &suspended):
		want := suspended.State.Suspension()
		if want.NeedsBrowser() && !inBrowser(e) {
			r.deny(Failed, hooks.CodeInteractionRequired, hooks.InteractionMessage)
			*out = hooks.Outcome{Results: out.Results}
			return
		}
		r.Result, r.Reason = Suspended, describeSuspension(want)
	case err != nil:
		r.deny(Failed, hooks.CodeAccessDenied, err.Error())
	default:
		r.carryOut(o, out)
	}
}

func (r *Report) deny(result Result, code, reason string) {
	r.Result, r.Error, r.Reason = result, code, reason
}

// inBrowser reports whether a browser is there, which can be sent away and shown a form.
func inBrowser(e *hooks.Event) bool {
	return e.RefreshToken == nil && (e.Transaction == nil || e.Transaction.Protocol == hooks.ProtocolCode)
}

// carryOut is what a server does of a run that no Action has stopped.
func (r *Report) carryOut(o Options, out *hooks.Outcome) {
	if m := out.TakeMultifactor(); m != nil {
		r.Result, r.Reason = Suspended, factorReason
		return
	}
	if id := out.PrimaryUser; id != "" && id != o.Event.User.UserID {
		problem := ""
		switch {
		case r.Moment == Refresh:
			problem = hooks.PrimaryUserFixedMessage
		case o.HasUser != nil && !o.HasUser(id):
			problem = hooks.PrimaryUserUnknownMessage
		}
		if problem != "" {
			r.deny(Denied, hooks.CodeAccessDenied, problem)
			*out = hooks.Outcome{Results: out.Results}
			return
		}
		r.PrimaryUser = id
	}
	r.Result = Succeeded
}

// factorReason is what a run waits for that wants a further factor.
const factorReason = "a further factor is asked for"

func describeSuspension(s *hooks.Suspension) string {
	switch {
	case len(s.Factors) > 0:
		return factorReason
	case s.Redirect != nil:
		return "the user is sent to " + s.Redirect.URL
	case s.Render != nil:
		return "the form " + s.Render.FormID + " is shown"
	}
	return ""
}

// lifetimes are when the refresh token and the session end after a run.
type lifetimes struct {
	token, tokenIdle time.Time
	session          models.SessionChange
	// tokenClamped and sessionClamped tell that an Action asked for more.
	tokenClamped, sessionClamped bool
}

// expire notes when the token and the session end, where the Actions have set that.
func (r *Report) expire(o Options, out *hooks.Outcome) lifetimes {
	e, now := o.Event, o.Now().UTC()
	var l lifetimes
	var have time.Time
	if e.RefreshToken != nil {
		have = e.RefreshToken.ExpiresAt
	}
	l.token, l.tokenIdle, l.tokenClamped = o.Client.RefreshToken.Ends(have, out.Decision(), now)
	if !out.ExpiresAt.IsZero() {
		r.ExpiresAt = l.token
	}
	if !out.IdleExpiresAt.IsZero() {
		r.IdleExpiresAt = l.tokenIdle
	}
	if e.Session == nil {
		return l
	}
	idle := e.Session.IdleExpiresAt
	if inBrowser(e) { // its request begins the idle time again
		idle = now.Add(o.Tenant.IdleSession())
	}
	l.session, l.sessionClamped = out.Session.Shorten(e.Session.ExpiresAt, idle)
	r.SessionExpiresAt, r.SessionIdleExpiresAt, r.SessionCookie = l.session.ExpiresAt, l.session.IdleExpiresAt, l.session.Cookie
	return l
}

// executions notes what each Action did.
func (r *Report) executions(out *hooks.Outcome, bound []models.BoundAction, commands []actions.Command) {
	for i, result := range out.Results {
		x := Execution{Action: result.ActionName, Duration: result.EndedAt.Sub(result.StartedAt), Console: result.Logs, Error: result.Error}
		if i < len(bound) {
			x.File = bound[i].Action.File
		}
		for _, c := range commands {
			if c.Action == result.ActionName {
				x.Commands = append(x.Commands, newCommand(c))
			}
		}
		r.Executions = append(r.Executions, x)
	}
	for _, b := range bound[min(len(out.Results), len(bound)):] {
		r.Skipped = append(r.Skipped, b.Action.Name)
	}
}

func newCommand(c actions.Command) Command {
	out := Command{Name: c.Name, Arguments: c.Arguments, Error: c.Error}
	if out.Arguments == nil {
		out.Arguments = []string{}
	}
	if strings.HasSuffix(c.Name, ".setCustomClaim") && c.Error == "" && len(c.Arguments) > 0 {
		if err := hooks.ClaimName(strings.Trim(c.Arguments[0], `'`)); err != nil {
			out.Note = err.Error()
		}
	}
	return out
}

// logs notes the log events that a server would write (contract 6.2): one for the transaction, and one for what else happened.
func (r *Report) logs(e *hooks.Event, err error, l lifetimes) {
	if r.Result == Suspended {
		if r.Reason == factorReason {
			r.log(models.LogMFARequired, models.MFARequiredMessage)
		}
		return // the login is not over
	}
	good, bad := models.LogLogin, models.LogFailedLogin
	switch {
	case r.Moment == Refresh:
		good, bad = models.LogRefresh, models.LogFailedRefresh
	case !inBrowser(e):
		good, bad = models.LogPasswordExchange, models.LogFailedPasswordExchange
	}
	if r.Result == Succeeded {
		r.log(good, "")
		if good == models.LogLogin {
			r.warn(l.sessionClamped, models.SessionClampedMessage)
			r.log(models.LogCodeExchange, "") // once the client has exchanged its code
		}
		r.warn(l.tokenClamped, models.TokenClampedMessage)
		r.warn(l.sessionClamped && good != models.LogLogin, models.SessionClampedMessage)
		return
	}
	if r.Revoked {
		r.Logs = append(r.Logs, LogRecord{Type: models.LogRefreshTokenRevoked, Details: map[string]any{"credential_id": e.RefreshToken.ID}})
	}
	r.log(bad, r.Reason)
	var failed *hooks.FailedError
	if errors.As(err, &failed) {
		r.Logs = append(r.Logs, LogRecord{Type: models.LogActionFailed, Description: failed.Cause.Message, Details: map[string]any{
			"action_name": failed.Info.Name, "error_class": failed.Cause.Class,
		}})
	}
}

func (r *Report) log(t models.LogType, description string) {
	r.Logs = append(r.Logs, LogRecord{Type: t, Description: description})
}

func (r *Report) warn(clamped bool, description string) {
	if clamped {
		r.log(models.LogWarning, description)
	}
}

// newChange compares two states of a metadata map.
func newChange(before, after models.Metadata) MetadataChange {
	c := MetadataChange{Before: before, After: after}
	keys := slices.Sorted(maps.Keys(before))
	for k := range after {
		if _, had := before[k]; !had {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		old, had := before[k]
		now, has := after[k]
		switch {
		case had && has && old == now:
			c.Lines = append(c.Lines, DiffLine{" ", k, now})
		default:
			if had {
				c.Lines = append(c.Lines, DiffLine{"-", k, old})
			}
			if has {
				c.Lines = append(c.Lines, DiffLine{"+", k, now})
			}
		}
	}
	return c
}
