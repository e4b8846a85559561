package hooks

import (
	"time"

	"example.com/keepsake/models"
)

// Outcome is what a run of the chain decided, for oauth to carry out. It survives a round trip through JSON: that is how the
// part of a suspended login waits.
type Outcome struct {
	// Metadata and the expiries are for the refresh token. An expiry is zero unless a hook set one; of several the earliest
	// counts (contract 3.6).
	Metadata      models.MetadataDelta `json:"metadata,omitzero"`
	ExpiresAt     time.Time            `json:"expires_at,omitzero"`
	IdleExpiresAt time.Time            `json:"idle_expires_at,omitzero"`
	// AccessTokenClaims and IDTokenClaims are custom claims by name; restricted ones are not in here.
	AccessTokenClaims map[string]any `json:"access_token_claims,omitempty"`
	IDTokenClaims     map[string]any `json:"id_token_claims,omitempty"`
	// AddedScopes and RemovedScopes change the access token's scope. A scope is in one of them at most.
	AddedScopes   []string `json:"added_scopes,omitempty"`
	RemovedScopes []string `json:"removed_scopes,omitempty"`
	// AppMetadata and UserMetadata are shallow patches of the user's; nil deletes a key. They hold even when access was
	// denied, and are empty when a hook failed (contract 3.2).
	AppMetadata     map[string]any       `json:"app_metadata,omitempty"`
	UserMetadata    map[string]any       `json:"user_metadata,omitempty"`
	SessionMetadata models.MetadataDelta `json:"session_metadata,omitzero"`
	// Session is what else is to change of the browser session. Of several expiries the earliest counts, of cookie modes the last.
	Session models.SessionChange `json:"session,omitzero"`
	// PrimaryUser is the id of the user as whom the transaction goes on; empty: as whom it began.
	PrimaryUser string `json:"primary_user,omitempty"`
	// Multifactor is the last call of api.multifactor.enable, due after all the hooks; nil: none.
	Multifactor *Multifactor `json:"multifactor,omitempty"`
	// Suspension is what the hook that ran last wants before the next one; nil: nothing.
	Suspension *Suspension `json:"suspension,omitempty"`
	// Results are the executions, in order, of the hooks that ran.
	Results []models.ExecutionResult `json:"results,omitempty"`
}

// Decision is the part of the outcome that waits with an authorization code.
func (o *Outcome) Decision() models.Decision {
	return models.Decision{
		AccessTokenClaims: o.AccessTokenClaims,
		IDTokenClaims:     o.IDTokenClaims,
		Metadata:          o.Metadata,
		ExpiresAt:         o.ExpiresAt,
		IdleExpiresAt:     o.IdleExpiresAt,
	}
}

// Scopes returns scopes with the added ones appended and the removed ones left out.
func (o *Outcome) Scopes(scopes []string) []string {
	out := make([]string, 0, len(scopes)+len(o.AddedScopes))
	for _, list := range [][]string{scopes, o.AddedScopes} {
		for _, s := range list {
			if !contains(out, s) && !contains(o.RemovedScopes, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// discardTokens forgets everything but the user's metadata and the executions: what a denial leaves.
func (o *Outcome) discardTokens() {
	*o = Outcome{AppMetadata: o.AppMetadata, UserMetadata: o.UserMetadata, Results: o.Results}
}

// discard forgets everything but the executions: what a failure leaves.
func (o *Outcome) discard() { *o = Outcome{Results: o.Results} }
