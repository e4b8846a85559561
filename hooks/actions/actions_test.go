package actions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/script"
	"example.com/keepsake/models"
	"github.com/dlclark/regexp2/v2"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// now is the clock of all tests.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	if actions.IsWorker() {
		if err := actions.ServeWorker(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// An expression that was left behind at its deadline must not keep a processor for long. What the package itself sets is
	// checked by TestRegularExpressionsGiveUp, which reads it first.
	regexpTimeout = regexp2.DefaultMatchTimeout
	regexp2.DefaultMatchTimeout = 300 * time.Millisecond
	os.Exit(m.Run())
}

var regexpTimeout time.Duration

// want is what a run came to, as testdata/*.txtar writes it. What is left out must be empty.
type want struct {
	// Error is the message of the failure; Name and Class are given when they are not Error and action_error.
	Error string `json:"error,omitempty"`
	Name  string `json:"name,omitempty"`
	Class string `json:"class,omitempty"`
	// Denied is the reason of a denial, Revoke whether it revokes.
	Denied *string `json:"denied,omitempty"`
	Revoke bool    `json:"revoke,omitempty"`
	// Code is that of a validation error; RevokeSession and Preserve are of api.session.revoke.
	Code          string `json:"code,omitempty"`
	RevokeSession bool   `json:"revoke_session,omitempty"`
	Preserve      bool   `json:"preserve_refresh_tokens,omitempty"`

	AccessToken   map[string]any       `json:"access_token,omitempty"`
	IDToken       map[string]any       `json:"id_token,omitempty"`
	Metadata      models.MetadataDelta `json:"metadata,omitzero"`
	Session       models.MetadataDelta `json:"session_metadata,omitzero"`
	AppMetadata   map[string]any       `json:"app_metadata,omitempty"`
	UserMetadata  map[string]any       `json:"user_metadata,omitempty"`
	AddedScopes   []string             `json:"added_scopes,omitempty"`
	RemovedScopes []string             `json:"removed_scopes,omitempty"`
	ExpiresAt     time.Time            `json:"expires_at,omitzero"`
	IdleExpiresAt time.Time            `json:"idle_expires_at,omitzero"`
	SessionChange models.SessionChange `json:"session,omitzero"`
	PrimaryUser   string               `json:"primary_user,omitempty"`
	Multifactor   *hooks.Multifactor   `json:"multifactor,omitempty"`
	// Suspended is what the chain waits for.
	Suspended *hooks.Suspension `json:"suspended,omitempty"`
	// Transaction is event.transaction.metadata afterwards.
	Transaction map[string]any `json:"transaction,omitempty"`
	// Logs is the console output of each Action.
	Logs []string `json:"logs,omitempty"`
}

// TestActions runs testdata/*.txtar. Each has
//
//	action.js, action2.ts, …  the Actions of a chain, in this order
//	dependencies.json         the packages of all of them; may be left out
//	node_modules/…            the packages' files
//	secrets.json              secrets of all of them besides API_KEY; may be left out
//	event.json                what is different from baseEvent, in the names of hooks.Event; may be left out
//	risk.json                 the risk assessment of the event, in the names of models.RiskAssessment; may be left out
//	continue.json             what is different when the browser comes back; the chain is resumed if it is there
//	want.json                 see want
func TestActions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < 40 {
		t.Fatalf("found %d files in testdata, error %v", len(files), err)
	}
	for isolation, engine := range newEngines(t, actions.Options{Now: func() time.Time { return now }}) {
		for _, file := range files {
			t.Run(isolation+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				testAction(t, engine, file)
			})
		}
	}
}

func testAction(t *testing.T, engine *actions.Engine, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	event, chain := baseEvent(), &hooks.Chain{MaxLog: 4096, Now: func() time.Time { return now }}
	var expected any
	var returned []byte
	for _, f := range archive.Files {
		switch {
		case strings.HasPrefix(f.Name, "node_modules/") || f.Name == "dependencies.json" || f.Name == "secrets.json":
			continue // buildHook reads them
		case script.IsSource(f.Name):
			chain.Hooks = append(chain.Hooks, buildHook(t, engine, archive, f))
		case f.Name == "event.json":
			decode(t, f.Data, event)
		case f.Name == "risk.json":
			risk := new(models.RiskAssessment)
			decode(t, f.Data, risk)
			event.Lookup.Risk = func(context.Context) (*models.RiskAssessment, error) { return risk, nil }
		case f.Name == "continue.json":
			returned = f.Data
		case f.Name == "want.json":
			decode(t, f.Data, &expected)
		default:
			t.Fatalf("unknown file %s", f.Name)
		}
	}
	out, err := chain.Run(t.Context(), event)
	if returned != nil {
		event, out, err = resume(t, chain, err, returned)
	}
	if diff := cmp.Diff(still(t, expected), still(t, resultOf(t, event, out, err))); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// isolations are the ways to run Actions.
var isolations = map[string]actions.Isolation{"none": actions.IsolationNone, "auto": actions.IsolationAuto, "process": actions.IsolationProcess}

// newEngines returns one engine for each way to run Actions, by name. They end with the test.
func newEngines(t testing.TB, o actions.Options) map[string]*actions.Engine {
	t.Helper()
	engines := make(map[string]*actions.Engine)
	for name, isolation := range isolations {
		engines[name] = newEngine(t, isolation, o)
	}
	return engines
}

func newEngine(t testing.TB, isolation actions.Isolation, o actions.Options) *actions.Engine {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if o.Isolation = isolation; o.Worker == nil {
		o.Worker = []string{self}
	}
	e := actions.NewEngine(o)
	t.Cleanup(e.Close)
	return e
}

// resume goes on with a chain that was suspended with err, as a server does: from what it has stored, on another event.
func resume(t *testing.T, chain *hooks.Chain, err error, changes []byte) (*hooks.Event, *hooks.Outcome, error) {
	t.Helper()
	var suspended *hooks.SuspendedError
	if !errors.As(err, &suspended) {
		t.Fatalf("the chain was not suspended: %v", err)
	}
	text, err := json.Marshal(suspended.State)
	if err != nil {
		t.Fatal(err)
	}
	state, event := new(hooks.State), baseEvent()
	decode(t, text, state)
	decode(t, changes, event)
	out, err := chain.Resume(t.Context(), event, state)
	return event, out, err
}

// buildHook makes a hook of one file of an archive, with the packages that the archive has.
func buildHook(t *testing.T, engine *actions.Engine, archive *txtar.Archive, file txtar.File) hooks.Hook {
	t.Helper()
	action := models.Action{ID: "act_1", Name: "the action", File: file.Name, Code: string(file.Data), Secrets: map[string]string{"API_KEY": "s3cret"}}
	dir := t.TempDir()
	for _, f := range archive.Files {
		switch {
		case f.Name == "dependencies.json":
			decode(t, f.Data, &action.Dependencies)
		case f.Name == "secrets.json":
			decode(t, f.Data, &action.Secrets)
		case strings.HasPrefix(f.Name, "node_modules/"):
			writeFile(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
		}
	}
	var err error
	if action.Bundle, err = actions.Build(action, dir); err != nil {
		t.Fatal(err)
	}
	h, err := actions.NewOn(engine, models.BoundAction{BindingID: "binding", DisplayName: "the action", Action: action})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func newHook(t testing.TB, code string) hooks.Hook {
	t.Helper()
	return newHookWith(t, code, actions.Options{})
}

func newHookWith(t testing.TB, code string, opts actions.Options) hooks.Hook {
	t.Helper()
	opts.Now = func() time.Time { return now }
	return newHookOn(t, actions.NewEngine(opts), code)
}

func newHookOn(t testing.TB, engine *actions.Engine, code string) hooks.Hook {
	t.Helper()
	h, err := actions.NewOn(engine, models.BoundAction{
		BindingID: "binding", DisplayName: "the action",
		Action: models.Action{ID: "act_1", Name: "the action", File: "action.js", Code: code, Secrets: map[string]string{"API_KEY": "s3cret"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func resultOf(t *testing.T, event *hooks.Event, out *hooks.Outcome, err error) want {
	t.Helper()
	w := want{
		AccessToken: out.AccessTokenClaims, IDToken: out.IDTokenClaims, Metadata: out.Metadata, Session: out.SessionMetadata,
		AppMetadata: out.AppMetadata, UserMetadata: out.UserMetadata, AddedScopes: out.AddedScopes, RemovedScopes: out.RemovedScopes,
		ExpiresAt: out.ExpiresAt, IdleExpiresAt: out.IdleExpiresAt,
		SessionChange: out.Session, PrimaryUser: out.PrimaryUser, Multifactor: out.Multifactor,
	}
	if event.Transaction != nil {
		w.Transaction = event.Transaction.Metadata
	}
	for _, r := range out.Results {
		if r.Logs != "" {
			w.Logs = append(w.Logs, r.Logs)
		}
	}
	var denied *hooks.DeniedError
	var failed *hooks.FailedError
	var suspended *hooks.SuspendedError
	switch {
	case errors.As(err, &suspended):
		w.Suspended = out.Suspension
	case errors.As(err, &denied):
		w.Denied, w.Revoke, w.Code = &denied.Reason, denied.Revoke, denied.Code
		w.RevokeSession, w.Preserve = denied.RevokeSession, denied.PreserveRefreshTokens
	case errors.As(err, &failed):
		w.Error = failed.Cause.Message
		if failed.Cause.Name != "Error" {
			w.Name = failed.Cause.Name
		}
		if failed.Cause.Class != hooks.ClassActionError {
			w.Class = failed.Cause.Class
		}
	case err != nil:
		t.Fatal(err)
	}
	return w
}

func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// still is v as JSON, without the milliseconds behind now: the clock of a worker process goes on.
func still(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	decode(t, momentsLater.ReplaceAll(text, []byte("T12:00:00Z")), &out)
	return out
}

var momentsLater = regexp.MustCompile(`T12:00:00\.\d+Z`)

func asJSON(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	decode(t, text, &out)
	return out
}
