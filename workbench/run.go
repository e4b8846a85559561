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
	// Network is where the Actions may connect to; nil: nowhere.
	Network *egress.Policy
	// Timeout is for all Actions together; zero means the server's.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// maxLog is how much console output a report has of an Action. A server keeps less.
const maxLog = 64 << 10

// Run compiles the Actions and runs them. Its error is about code that is none (*actions.SyntaxError); what the Actions did,
// failures included, is in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Report{Moment: Login}
	if o.Event.RefreshToken != nil {
		r.Moment = Refresh
	}
	chain := &hooks.Chain{Timeout: o.Timeout, MaxLog: maxLog, Now: o.Now}
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
	before := metadataOf(o.Event)
	session := models.Metadata{}
	if o.Event.Session != nil {
		session = o.Event.Session.Metadata.Clone()
	}
	out, err := chain.Run(ctx, o.Event)
	r.decide(err)
	r.executions(out, o.Actions, commands)
	r.AccessToken, r.IDToken = out.AccessTokenClaims, out.IDTokenClaims
	r.AddedScopes, r.RemovedScopes = out.AddedScopes, out.RemovedScopes
	r.ExpiresAt, r.IdleExpiresAt = out.ExpiresAt, out.IdleExpiresAt
	r.Metadata = newChange(before, out.Metadata.Apply(before))
	r.SessionMetadata = newChange(session, out.SessionMetadata.Apply(session))
	r.AppMetadata, r.UserMetadata = out.AppMetadata, out.UserMetadata
	r.logs(o.Event, err)
	return r, nil
}

func metadataOf(e *hooks.Event) models.Metadata {
	if e.RefreshToken == nil {
		return models.Metadata{}
	}
	return e.RefreshToken.Metadata.Clone()
}

// decide notes how the chain ended.
func (r *Report) decide(err error) {
	var denied *hooks.DeniedError
	var failed *hooks.FailedError
	var suspended *hooks.SuspendedError
	switch {
	case err == nil:
		r.Result = Succeeded
	case errors.As(err, &denied):
		r.Result, r.Reason, r.DeniedBy, r.Revoked = Denied, denied.Reason, denied.Hook, denied.Revoke
	case errors.As(err, &failed):
		r.Result, r.Reason = Failed, failed.Cause.Message
	case errors.As(err, &suspended):
		r.Result = Suspended
		if s := suspended.State.Suspension(); s != nil {
			r.Reason = describeSuspension(s)
		}
	default:
		r.Result, r.Reason = Failed, err.Error()
	}
}

func describeSuspension(s *hooks.Suspension) string {
	switch {
	case len(s.Factors) > 0:
		return "a further factor is asked for"
	case s.Redirect != nil:
		return "the user is sent to " + s.Redirect.URL
	case s.Render != nil:
		return "the form " + s.Render.FormID + " is shown"
	}
	return ""
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
func (r *Report) logs(e *hooks.Event, err error) {
	if r.Result == Suspended {
		return // the login is not over
	}
	good, bad := models.LogLogin, models.LogFailedLogin
	switch {
	case r.Moment == Refresh:
		good, bad = models.LogRefresh, models.LogFailedRefresh
	case e.Transaction != nil && e.Transaction.Protocol == hooks.ProtocolPassword:
		good, bad = models.LogPasswordExchange, models.LogFailedPasswordExchange
	}
	if r.Result == Succeeded {
		r.Logs = []LogRecord{{Type: good}}
		if good == models.LogLogin {
			r.Logs = append(r.Logs, LogRecord{Type: models.LogCodeExchange}) // once the client has exchanged its code
		}
		return
	}
	if r.Revoked && e.RefreshToken != nil {
		r.Logs = append(r.Logs, LogRecord{Type: models.LogRefreshTokenRevoked, Details: map[string]any{"credential_id": e.RefreshToken.ID}})
	}
	r.Logs = append(r.Logs, LogRecord{Type: bad, Description: r.Reason})
	var failed *hooks.FailedError
	if errors.As(err, &failed) {
		r.Logs = append(r.Logs, LogRecord{Type: models.LogActionFailed, Description: failed.Cause.Message, Details: map[string]any{
			"action_name": failed.Info.Name, "error_class": failed.Cause.Class,
		}})
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
