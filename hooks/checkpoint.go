package hooks

import (
	"maps"
	"slices"

	"example.com/keepsake/models"
)

// Checkpoint is what a run of a hook can change, as it was before: what the hook did through its API can be taken back as
// long as nothing outside has seen it. Taking one copies a few kilobytes and allocates nothing unless earlier hooks have decided
// something. The zero value is ready to be used.
type Checkpoint struct {
	event          Event
	refreshToken   RefreshToken
	session        Session
	transaction    Transaction
	authentication Authentication
	outcome        Outcome
	denied         *DeniedError
}

// Checkpoint puts into c how things stand. Call it before the hook has done anything.
func (a *API) Checkpoint(c *Checkpoint) {
	event, out := a.Access.event, a.Access.out
	c.event, c.outcome, c.denied = *event, out.clone(), a.denied
	copyTo(&c.refreshToken, event.RefreshToken)
	copyTo(&c.session, event.Session)
	copyTo(&c.transaction, event.Transaction)
	copyTo(&c.authentication, event.Authentication)
}

// Rollback takes everything back to how it was at c. Console output that Log got stays. c can't be used again.
func (a *API) Rollback(c *Checkpoint) {
	event := a.Access.event
	*event, *a.Access.out, a.denied = c.event, c.outcome, c.denied
	copyFrom(event.RefreshToken, &c.refreshToken)
	copyFrom(event.Session, &c.session)
	copyFrom(event.Transaction, &c.transaction)
	copyFrom(event.Authentication, &c.authentication)
	// What is private to one run of a hook begins anew.
	a.RefreshToken.buffer, a.Session.buffer = metadataBuffer{}, metadataBuffer{}
	a.writes, a.before, a.aborted, a.outside, a.SAMLResponse = 0, nil, nil, nil, SAMLResponseAPI{}
	*c = Checkpoint{}
}

// OnOutside has f called before the run first waits for something outside of itself, or changes it: from then on nothing must be
// rolled back.
func (a *API) OnOutside(f func()) { a.outside = f }

func (a *API) leave() {
	if a.outside != nil {
		a.outside()
		a.outside = nil
	}
}

func copyTo[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func copyFrom[T any](to, from *T) {
	if to != nil {
		*to = *from
	}
}

// clone returns a copy that a hook can change without changing o.
func (o *Outcome) clone() Outcome {
	c := *o
	c.Metadata, c.SessionMetadata = cloneDelta(o.Metadata), cloneDelta(o.SessionMetadata)
	c.AccessTokenClaims, c.IDTokenClaims = maps.Clone(o.AccessTokenClaims), maps.Clone(o.IDTokenClaims)
	c.AppMetadata, c.UserMetadata = maps.Clone(o.AppMetadata), maps.Clone(o.UserMetadata)
	c.AddedScopes, c.RemovedScopes = slices.Clone(o.AddedScopes), slices.Clone(o.RemovedScopes)
	c.Session.Methods = slices.Clone(o.Session.Methods)
	c.Results = slices.Clip(o.Results)
	if o.Suspension != nil {
		s := *o.Suspension
		s.Factors = slices.Clone(s.Factors)
		c.Suspension = &s
	}
	return c
}

func cloneDelta(d models.MetadataDelta) models.MetadataDelta {
	return models.MetadataDelta{Evict: d.Evict, Delete: slices.Clone(d.Delete), Set: maps.Clone(d.Set)}
}
