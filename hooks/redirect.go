package hooks

import (
	"errors"
	"net/url"
	"slices"

	"example.com/keepsake/models"
)

// What an Action can't ask for together, and the size of a form's content (contract 3.3).
var (
	errRedirectAndRender = errors.New("Redirect and render commands cannot be used in the same action.")
	errSecondRender      = errors.New("Only 1 render command per action is allowed.")
	errRedirectURL       = errors.New("The url must be an absolute http or https URL.")
)

// MaxRender is how large the content of a form may be, in bytes of JSON: its id, fields and vars together.
const MaxRender = 24 << 10

var errRenderSize = errors.New("The render command must be at most 24 KiB.")

// suspension returns what the hook has asked for so far, for more to be added.
func (f *flow) suspension() *Suspension {
	if f.out.Suspension == nil {
		f.out.Suspension = &Suspension{}
	}
	return f.out.Suspension
}

// RedirectAPI is api.redirect.
type RedirectAPI struct{ *flow }

// unredirectable are the protocols without a browser to send anywhere (contract 3.3).
var unredirectable = []string{"oauth2-resource-owner", ProtocolRefresh, ProtocolPassword, "oauth2-webauthn"}

// CanRedirect reports whether SendUserTo can work in this transaction.
func (a RedirectAPI) CanRedirect() bool {
	if a.event.Request.Query["prompt"] == "none" {
		return false
	}
	return a.event.Transaction == nil || !slices.Contains(unredirectable, a.event.Transaction.Protocol)
}

// SendUserTo sends the browser to target once the hook has finished, with query added to target's own parameters. The last call
// of a hook counts.
func (a RedirectAPI) SendUserTo(target string, query url.Values) error {
	if s := a.out.Suspension; s != nil && s.Render != nil {
		return errRedirectAndRender
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errRedirectURL
	}
	if len(query) > 0 {
		have := u.Query()
		for name, values := range query {
			have[name] = values
		}
		u.RawQuery = have.Encode()
	}
	a.suspension().Redirect = &Redirect{URL: u.String()}
	return nil
}

// PromptAPI is api.prompt.
type PromptAPI struct{ *flow }

// Render shows the form with this id once the hook has finished: fields are what its fields begin with, vars what its texts may
// name. Both hold JSON values.
func (a PromptAPI) Render(id string, fields, vars map[string]any) error {
	if s := a.out.Suspension; s != nil {
		switch {
		case s.Redirect != nil:
			return errRedirectAndRender
		case s.Render != nil:
			return errSecondRender
		}
	}
	r := &Render{FormID: id, Fields: fields, Vars: vars}
	if size, err := jsonSize(r); err != nil || size > MaxRender {
		return errRenderSize
	}
	a.suspension().Render = r
	return nil
}

// AuthenticationAPI is api.authentication.
type AuthenticationAPI struct{ *flow }

// RequestFactors asks for a further factor once the hook has finished (challengeWith, enrollWith and their Any forms).
func (a AuthenticationAPI) RequestFactors(r models.FactorRequest) {
	s := a.suspension()
	s.Factors = append(s.Factors, r)
}
