package hooks

import (
	"encoding/json"
	"errors"
	"time"
)

// Remote is what a run of a hook begins with, in a form that survives a round trip through JSON: so that it can take place in
// another process.
type Remote struct {
	Hook       string    `json:"hook"`
	Event      *Event    `json:"event"`
	Outcome    *Outcome  `json:"outcome"`
	Continuing bool      `json:"continuing,omitempty"`
	Now        time.Time `json:"now"`
	// Lookups says which members of Event.Lookup there are.
	Lookups []string `json:"lookups,omitempty"`
}

// Changes are what the run has left there.
type Changes struct {
	Outcome *Outcome     `json:"outcome"`
	Denied  *DeniedError `json:"denied,omitempty"`
	// Aborted is why the run fails whatever the hook did; empty: it does not.
	Aborted string `json:"aborted,omitempty"`
	// The parts of the event that a hook can change.
	RefreshToken   *RefreshToken   `json:"refresh_token,omitempty"`
	Session        *Session        `json:"session,omitempty"`
	Transaction    *Transaction    `json:"transaction,omitempty"`
	Authentication *Authentication `json:"authentication,omitempty"`
}

// Remote returns what the run of a's hook begins with. It shares memory with a: encode it before the hook does anything. The results
// of earlier hooks stay here.
func (a *API) Remote() Remote {
	out := *a.Access.out
	out.Results = nil
	return Remote{
		Hook: a.Access.hook, Event: a.event, Outcome: &out, Continuing: a.continuing, Now: a.Now(), Lookups: a.event.Lookup.names(),
	}
}

// API returns the api object of the run in the other process, where now is the clock. Call takes questions to Answer of the one whose
// Remote this is. What is logged goes nowhere.
func (r Remote) API(now func() time.Time, call func(question string, data []byte) ([]byte, error)) *API {
	a := newAPI(r.Event, r.Outcome, r.Hook)
	q := questions{call}
	a.continuing, a.now = r.Continuing, now
	a.cache = func() cacheStore { return q }
	r.Event.Lookup = q.lookup(r.Lookups)
	return a
}

// Changes returns what a run in another process has left, to be encoded there. The hook has finished.
func (a *API) Changes() Changes {
	a.settle()
	c := Changes{
		Outcome: a.Access.out, Denied: a.denied,
		RefreshToken: a.event.RefreshToken, Session: a.event.Session, Transaction: a.event.Transaction, Authentication: a.event.Authentication,
	}
	if a.aborted != nil {
		c.Aborted = a.aborted.Error()
	}
	return c
}

// Apply makes the changes here that the run has made there.
func (a *API) Apply(c Changes) {
	results := a.Access.out.Results
	*a.Access.out = *c.Outcome
	a.Access.out.Results = results
	a.denied = c.Denied
	if c.Aborted != "" {
		a.aborted = errors.New(c.Aborted)
	}
	e := a.event
	e.RefreshToken, e.Session, e.Transaction, e.Authentication = c.RefreshToken, c.Session, c.Transaction, c.Authentication
}

// encode is for values that are JSON by their types.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
