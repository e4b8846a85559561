package models

import (
	"encoding/json"
	"net/url"
	"time"
)

// Waiting is what a suspended login waits for.
type Waiting string

// What a login can wait for: the browser's return from another site, an answer to a form, a further factor.
const (
	WaitingRedirect Waiting = "redirect"
	WaitingForm     Waiting = "form"
	WaitingFactor   Waiting = "factor"
)

// SuspendedLogin is a login between two parts of its post-login hooks. It is all that is needed to go on, so any replica can.
// It holds claims, and is stored sealed, as one JSON document, in its login transaction.
type SuspendedLogin struct {
	// TransactionID is event.transaction.id, the same in all parts of the login.
	TransactionID string `json:"transaction_id"`
	// UserID and SessionID are who signed in, and the session that must still be the browser's when it comes back.
	UserID    string `json:"user_id"`
	SessionID string `json:"session_id"`
	// Hooks is the hooks' state, in the form that package hooks gives it.
	Hooks   json.RawMessage `json:"hooks"`
	Waiting Waiting         `json:"waiting"`
	// Form is the form to show and, once there is one, its answer. Nil unless Waiting is WaitingForm.
	Form *FormPrompt `json:"form,omitempty"`
	// Returned is the POST with which the browser came back from another site; nil until then, and for a GET.
	Returned *Returned `json:"returned,omitempty"`
	// Factors are the requests for further factors that are still open, in order.
	Factors []FactorRequest `json:"factors,omitempty"`
	// Methods are the authentication methods that were completed while the login waited.
	Methods []AuthMethod `json:"methods,omitempty"`
	// At is when the login was suspended.
	At time.Time `json:"at"`
}

// FormPrompt is a form that an Action shows in the middle of a login (contract 3.3, prompt.render).
type FormPrompt struct {
	FormID string         `json:"form_id"`
	Fields map[string]any `json:"fields,omitempty"`
	Vars   map[string]any `json:"vars,omitempty"`
	// Step is the page of the form that is shown now, from 0. Answer is what was entered so far, by field id. Answered is set once
	// the last page was sent.
	Step     int            `json:"step,omitempty"`
	Answered bool           `json:"answered,omitempty"`
	Answer   map[string]any `json:"answer,omitempty"`
}

// Returned is what a browser brought back to /continue.
type Returned struct {
	Query url.Values `json:"query,omitempty"`
	Body  url.Values `json:"body,omitempty"`
}

// FactorMode says what an Action asks for: a challenge of a factor that the user has, or the enrolment of a new one.
type FactorMode string

// The two modes.
const (
	FactorChallenge FactorMode = "challenge"
	FactorEnroll    FactorMode = "enroll"
)

// FactorRequest is one call of api.authentication.challengeWith, enrollWith or their Any forms (contract 3.3).
type FactorRequest struct {
	Mode FactorMode `json:"mode"`
	// Any is true when the user chooses one of Factors. Otherwise the first is the one to use and the rest are the alternatives
	// of options.additionalFactors.
	Any     bool     `json:"any,omitempty"`
	Factors []Factor `json:"factors"`
	// AllowRemember lets the user have the browser remembered, so that it is not asked again for a while
	// (api.multifactor.enable).
	AllowRemember bool `json:"allow_remember,omitempty"`
}

// Factor is a kind of factor, such as "otp", with the options that the Action gave.
type Factor struct {
	Type    string         `json:"type"`
	Options map[string]any `json:"options,omitempty"`
}
