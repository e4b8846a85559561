package workbench

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Print writes a report for people.
func (r *Report) Print(w io.Writer) error {
	p := &printer{}
	for _, x := range r.Executions {
		p.execution(x)
	}
	for _, name := range r.Skipped {
		p.linef("%s was skipped", name)
	}
	p.linef("")
	p.result(r)
	p.claims("access token", r.AccessToken)
	p.claims("ID token", r.IDToken)
	p.list("scopes added", r.AddedScopes)
	p.list("scopes removed", r.RemovedScopes)
	p.moment("refresh token expires", r.ExpiresAt)
	p.moment("refresh token expires unless used", r.IdleExpiresAt)
	p.moment("session expires", r.SessionExpiresAt)
	p.moment("session expires unless used", r.SessionIdleExpiresAt)
	if r.SessionCookie != "" {
		p.linef("session cookie: %s", r.SessionCookie)
	}
	p.metadata("refresh token metadata", r.Metadata)
	p.metadata("session metadata", r.SessionMetadata)
	p.claims("app_metadata", r.AppMetadata)
	p.claims("user_metadata", r.UserMetadata)
	p.logs(r.Logs)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type printer struct{ b strings.Builder }

func (p *printer) linef(format string, args ...any) {
	fmt.Fprintf(&p.b, format+"\n", args...)
}

func (p *printer) execution(x Execution) {
	name := x.Action
	if x.File != "" && x.File != x.Action {
		name += " (" + x.File + ")"
	}
	p.linef("%s ran for %s", name, x.Duration.Round(10*time.Microsecond))
	for _, c := range x.Commands {
		p.linef("  api.%s(%s)", c.Name, strings.Join(c.Arguments, ", "))
		if c.Error != "" {
			p.linef("    threw: %s", c.Error)
		}
		if c.Note != "" {
			p.linef("    %s", c.Note)
		}
	}
	if x.Console != "" {
		for line := range strings.SplitSeq(x.Console, "\n") {
			p.linef("  console: %s", line)
		}
	}
	if x.Error != nil {
		p.linef("  %s: %s", x.Error.Name, x.Error.Message)
		for line := range strings.SplitSeq(x.Error.Stack, "\n") {
			if strings.Contains(line, "at ") {
				p.linef("    %s", strings.TrimSpace(line))
			}
		}
	}
}

func (p *printer) result(r *Report) {
	switch r.Result {
	case Succeeded:
		p.linef("The %s succeeds.", r.noun())
		if r.PrimaryUser != "" {
			p.linef("It goes on as %s.", r.PrimaryUser)
		}
	case Denied:
		by := ""
		if r.DeniedBy != "" {
			by = " by " + r.DeniedBy
		}
		p.linef("The %s is denied%s: %s, %q", r.noun(), by, r.Error, r.Reason)
		if r.SessionRevoked {
			p.linef("The session is revoked.")
		}
		if r.Revoked {
			p.linef("The refresh token is revoked.")
		}
	case Failed:
		p.linef("The %s fails: %s, %q", r.noun(), r.Error, r.Reason)
	case Suspended:
		p.linef("The %s waits: %s.", r.noun(), r.Reason)
	}
}

func (r *Report) noun() string { return string(r.Moment) }

func (p *printer) claims(what string, claims map[string]any) {
	if len(claims) == 0 {
		return
	}
	p.linef("%s:", what)
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		text, err := json.Marshal(claims[name])
		if err != nil {
			text = []byte(fmt.Sprint(claims[name]))
		}
		p.linef("  %s: %s", name, text)
	}
}

func (p *printer) list(what string, list []string) {
	if len(list) > 0 {
		p.linef("%s: %s", what, strings.Join(list, " "))
	}
}

func (p *printer) moment(what string, t time.Time) {
	if !t.IsZero() {
		p.linef("%s: %s", what, t.Format(time.RFC3339))
	}
}

func (p *printer) metadata(what string, c MetadataChange) {
	if len(c.Lines) == 0 {
		return
	}
	p.linef("%s:", what)
	for _, l := range c.Lines {
		p.linef("  %s %s: %q", l.Mark, l.Key, l.Value)
	}
}

func (p *printer) logs(records []LogRecord) {
	if len(records) == 0 {
		return
	}
	p.linef("log records:")
	for _, r := range records {
		line := "  " + string(r.Type)
		if r.Description != "" {
			line += " " + r.Description
		}
		p.linef("%s", line)
	}
}
