package hooks

import (
	"context"
	"errors"

	"example.com/keepsake/models"
)

// Suspension says that a hook wants something of the user before the login goes on (contract 3.2): it is carried out once the
// hook has finished, and the hooks after it wait. Factors come first, then Redirect or Render, of which there is one at most.
type Suspension struct {
	// HookID is the id of the Action, or the name of a hook in Go.
	HookID   string                 `json:"hook_id"`
	Redirect *Redirect              `json:"redirect,omitempty"`
	Render   *Render                `json:"render,omitempty"`
	Factors  []models.FactorRequest `json:"factors,omitempty"`
}

// NeedsBrowser reports whether only a browser can carry it out, be it after a factor.
func (s *Suspension) NeedsBrowser() bool {
	return len(s.Factors) == 0 || s.Redirect != nil || s.Render != nil
}

// Redirect sends the browser to another site (api.redirect.sendUserTo). The site sends it back to /continue.
type Redirect struct {
	// URL is complete but for the state parameter, which only whoever keeps the suspended login can add.
	URL string `json:"url"`
}

// Render shows a form (api.prompt.render).
type Render struct {
	FormID string         `json:"form_id"`
	Fields map[string]any `json:"fields,omitempty"`
	Vars   map[string]any `json:"vars,omitempty"`
}

// Continuer is a Hook that wants to be called when the login goes on after it has sent the browser away or shown a form.
type Continuer interface {
	Hook
	// ContinuePostLogin is PostLogin's other half. event.Request is that of the browser's return, event.Prompt the form's
	// answer. ErrNotHandled says that there is nothing to do; then no execution is recorded.
	ContinuePostLogin(ctx context.Context, event *Event, api *API) error
}

// ErrNotHandled is what a Continuer returns that has nothing to do.
var ErrNotHandled = errors.New("the hook does not handle this")

// SuspendedError is the error of a run that was suspended. Whoever can't carry out the suspension treats it as any other error:
// then the transaction ends with interaction_required.
type SuspendedError struct{ State *State }

// CodeInteractionRequired and InteractionMessage are the error of a transaction that ends so (contract 3.5).
const (
	CodeInteractionRequired = "interaction_required"
	InteractionMessage      = "External interaction required"
)

// Error says so.
func (e *SuspendedError) Error() string { return "a hook suspended the transaction" }

// State is a run between two of its parts: what was decided and seen so far, and where to go on. It survives a round trip
// through JSON. It holds claims, so it is stored sealed.
type State struct {
	Outcome *Outcome `json:"outcome"`
	// Done are the keys of the hooks that have run, in order. The last one suspended the run, unless Ended.
	Done []string `json:"done"`
	// Ended is true for a run that only waits for what is due after the last hook. Resume runs nothing any more.
	Ended bool `json:"ended,omitempty"`
	// TransactionMetadata is event.transaction.metadata.
	TransactionMetadata map[string]any `json:"transaction_metadata,omitempty"`
}

// Suspension is what the run waits for; nil for one that ended.
func (s *State) Suspension() *Suspension { return s.Outcome.Suspension }

// EndedState is the state of a run that has come to its end and waits nevertheless: for a further factor that is asked for after
// all the hooks (api.multifactor.enable).
func EndedState(event *Event, out *Outcome) *State {
	return &State{Outcome: out, Ended: true, TransactionMetadata: storableMetadata(event)}
}

// restore brings back what the hooks after the suspension see of those before it. The event is new otherwise.
func (s *State) restore(event *Event) {
	if s.TransactionMetadata != nil {
		if event.Transaction == nil {
			event.Transaction = &Transaction{}
		}
		event.Transaction.Metadata = s.TransactionMetadata
	}
	if event.Session != nil && !s.Outcome.SessionMetadata.IsZero() {
		event.Session.Metadata = s.Outcome.SessionMetadata.Apply(event.Session.Metadata)
	}
	if cookie := s.Outcome.Session.Cookie; event.Session != nil && cookie != "" {
		event.Session.CookieMode = cookie
	}
	if methods := s.Outcome.Session.Methods; event.Authentication != nil && len(methods) > 0 {
		event.Authentication.Methods = models.AddMethods(event.Authentication.Methods, methods...)
	}
	if event.RefreshToken != nil && !s.Outcome.Metadata.IsZero() {
		event.RefreshToken.Metadata = s.Outcome.Metadata.Apply(event.RefreshToken.Metadata)
	}
}

// keyOf is how a hook is found again: by its id, whatever its version; a hook in Go by its name.
func keyOf(info Info) string {
	if info.ID != "" {
		return info.ID
	}
	return info.Name
}
