package scenario

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"example.com/keepsake/models"
)

// judge compares what came of a step with what was expected. Every difference is a text of its own.
func (p *player) judge(ctx context.Context, s *Step, r *result) ([]string, error) {
	j := &judge{player: p, ctx: ctx, result: r}
	e := s.Expect
	if e == nil {
		e = &Expect{}
	}
	if h := p.holders[e.As]; e.As != "" && h != nil {
		r.holder = h
	}
	j.answer(e)
	j.claims("access token", r.text("access_token"), e.AccessToken)
	j.claims("ID token", r.text("id_token"), e.IDToken)
	j.token(e)
	j.session(e)
	j.user(e)
	j.logs(e)
	return j.differences, j.err
}

type judge struct {
	*player
	ctx         context.Context
	result      *result
	differences []string
	err         error
}

func (j *judge) differf(format string, args ...any) {
	j.differences = append(j.differences, fmt.Sprintf(format, args...))
}

func (j *judge) equal(what string, want, got any) {
	if !reflect.DeepEqual(want, got) {
		j.differf("%s:\n  - %s\n  + %s", what, text(want), text(got))
	}
}

// text shows a value on one line.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(b))
}

// answer judges the answer itself. An error that nobody expects is a difference.
func (j *judge) answer(e *Expect) {
	r := j.result
	got := r.text("error")
	switch {
	case e.Error == "" && got != "" && e.Status == 0 && e.Message == "":
		j.differf("it failed: %s: %s", got, cmp.Or(r.text("error_description"), r.text("message")))
	case e.Error != "" && e.Error != got:
		j.equal("error", e.Error, got)
	}
	if e.Redirect != "" && !strings.HasPrefix(r.redirect, e.Redirect) {
		j.equal("redirect", e.Redirect, r.redirect)
	}
	if e.Redirect == "" && r.redirect != "" {
		j.differf("an Action has sent the browser to %s", r.redirect)
	}
	if e.Status != 0 {
		j.equal("status", e.Status, r.status)
	}
	if e.ErrorDescription != nil {
		j.equal("error_description", *e.ErrorDescription, r.text("error_description"))
	}
	if e.Message != "" {
		j.equal("message", e.Message, r.text("message"))
	}
	if e.Scope != nil {
		j.equal("scope", words(*e.Scope), words(r.text("scope")))
	}
	if e.RefreshToken != nil {
		j.equal("refresh_token", *e.RefreshToken, r.text("refresh_token") != "")
	}
}

// words are the scopes of a list, in an order of their own.
func words(scope string) []string {
	list := strings.Fields(scope)
	slices.Sort(list)
	return list
}

// claims judges some of a token's claims.
func (j *judge) claims(what, token string, want map[string]any) {
	if len(want) == 0 {
		return
	}
	got := payload(token)
	if got == nil {
		j.differf("%s: there is none", what)
		return
	}
	j.some(what, want, got)
}

// some compares the members that are wanted; null is one that must not be there.
func (j *judge) some(what string, want, got map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, has := got[name]
		switch w := normal(want[name]); {
		case w == nil && has && value != nil:
			j.differf("%s: %s is %s and should not be there", what, name, text(value))
		case w != nil && !has:
			j.differf("%s: %s is missing, it should be %s", what, name, text(w))
		case w != nil:
			j.equal(what+": "+name, w, normal(value))
		}
	}
}

// normal makes numbers of YAML and JSON comparable.
func normal(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	if json.Unmarshal(b, &out) != nil {
		return v
	}
	return out
}

// payload reads the claims of a JWT.
func payload(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims map[string]any
	if json.Unmarshal(b, &claims) != nil {
		return nil
	}
	return claims
}

// token judges the refresh token as it is stored.
func (j *judge) token(e *Expect) {
	if e.Metadata == nil && e.Revoked == nil {
		return
	}
	h := j.result.holder
	if h == nil || h.family == "" {
		j.differf("there is no refresh token")
		return
	}
	t, err := j.server.Store.RefreshToken(j.ctx, h.family)
	gone := errors.Is(err, models.ErrNotFound)
	if err != nil && !gone {
		j.err = fmt.Errorf("read the refresh token: %w", err)
		return
	}
	if e.Revoked != nil {
		j.equal("revoked", *e.Revoked, gone)
	}
	if e.Metadata != nil {
		if gone {
			j.differf("metadata: the refresh token has ended")
			return
		}
		j.metadata("metadata", *e.Metadata, t.Metadata)
	}
}

// metadata shows an entry per line: which one differs is what its reader wants to know.
func (j *judge) metadata(what string, want map[string]string, got models.Metadata) {
	if maps.Equal(want, got) {
		return
	}
	lines := []string{what + ":"}
	keys := slices.Collect(maps.Keys(want))
	for k := range got {
		if _, ok := want[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		w, wanted := want[k]
		g, has := got[k]
		if wanted && has && w == g {
			lines = append(lines, fmt.Sprintf("    %s: %q", k, w))
			continue
		}
		if wanted {
			lines = append(lines, fmt.Sprintf("  - %s: %q", k, w))
		}
		if has {
			lines = append(lines, fmt.Sprintf("  + %s: %q", k, g))
		}
	}
	j.differf("%s", strings.Join(lines, "\n"))
}

func (j *judge) session(e *Expect) {
	if e.SessionMetadata == nil {
		return
	}
	h := j.result.holder
	if h == nil || h.session == "" {
		j.differf("there is no browser session")
		return
	}
	s, err := j.server.Store.Session(j.ctx, h.session)
	if err != nil {
		j.differf("the browser session has ended")
		return
	}
	j.metadata("session_metadata", *e.SessionMetadata, s.Metadata)
}

func (j *judge) user(e *Expect) {
	if e.AppMetadata == nil && e.UserMetadata == nil {
		return
	}
	if j.result.holder == nil {
		j.differf("there is no user: nobody has logged in")
		return
	}
	u, err := j.server.Store.User(j.ctx, j.result.holder.user.ID)
	if err != nil {
		j.err = fmt.Errorf("read the user: %w", err)
		return
	}
	j.some("app_metadata", e.AppMetadata, u.AppMetadata)
	j.some("user_metadata", e.UserMetadata, u.UserMetadata)
}

// logs judges which log records the step has left. Those of the Management API's own client are not the step's.
func (j *judge) logs(e *Expect) {
	if e.Logs == nil {
		return
	}
	events, err := j.events(j.ctx)
	if err != nil {
		j.err = err
		return
	}
	got := []string{}
	for _, event := range events {
		got = append(got, string(event.Type))
	}
	want := slices.Clone(*e.Logs)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		j.equal("logs", want, got)
	}
}

// events are the log records since the step began.
func (p *player) events(ctx context.Context) ([]models.LogEvent, error) {
	list, err := p.server.Store.LogsAfter(ctx, p.lastLog, 100)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return slices.DeleteFunc(list, func(e models.LogEvent) bool { return e.ClientID == p.server.Machine }), nil
}
