package hooks

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"example.com/keepsake/models"
)

// MaxRender is how large the content of a form may be, in bytes of JSON: its fields and vars together (contract 3.3).
const MaxRender = 24 << 10

// What an Action can't ask for.
var (
	errRedirectAndRender = errors.New("Redirect and render commands cannot be used in the same action.")
	errSecondRender      = errors.New("Only 1 render command per action is allowed.")
	errRenderSize        = errors.New("The total size of the prompt options exceeds the limit of " + strconv.Itoa(MaxRender) + " bytes.")
	errRenderID          = errors.New("The prompt id must be a non-empty string.")
	errRedirectURL       = errors.New("The url must be an absolute http or https URL.")
)

// suspension returns what the hook has asked for so far, for more to be added.
func (f *flow) suspension() *Suspension {
	if f.out.Suspension == nil {
		f.out.Suspension = &Suspension{}
	}
	return f.out.Suspension
}

// abort fails the run with err when the hook has finished, also when the hook catches it: some mistakes end an Action at Auth0
// whatever it does.
func (f *flow) abort(err error) error {
	if f.api.aborted == nil {
		f.api.aborted = err
	}
	return err
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

// Parameter is one parameter of a query string.
type Parameter struct{ Name, Value string }

// SendUserTo sends the browser to target once the hook has finished, with the parameters in the place of target's own of their
// names, or behind the others. The last call of a hook counts.
func (a RedirectAPI) SendUserTo(target string, query ...Parameter) error {
	if s := a.out.Suspension; s != nil && s.Render != nil {
		return a.abort(errRedirectAndRender)
	}
	u, err := url.Parse(strings.TrimSpace(target))
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errRedirectURL
	}
	for _, p := range query {
		setParameter(u, p.Name, p.Value)
	}
	a.suspension().Redirect = &Redirect{URL: u.String()}
	return nil
}

// setParameter leaves the rest of the query string as it is written: somebody may have signed it.
func setParameter(u *url.URL, name, value string) {
	kept := make([]string, 0, 8)
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		written, _, _ := strings.Cut(part, "=")
		if decoded, err := url.QueryUnescape(written); part != "" && (err != nil || decoded != name) {
			kept = append(kept, part)
		}
	}
	u.RawQuery = strings.Join(append(kept, url.QueryEscape(name)+"="+url.QueryEscape(value)), "&")
}

// WithState returns where the browser goes: the redirect's URL with the state parameter with which it will come back.
func (r *Redirect) WithState(state string) (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", errRedirectURL
	}
	setParameter(u, "state", state)
	return u.String(), nil
}

// PromptAPI is api.prompt.
type PromptAPI struct{ *flow }

// Render shows the form with this id once the hook has finished: fields are what its fields begin with, vars what its texts may
// name. Both hold JSON values.
func (a PromptAPI) Render(id string, fields, vars map[string]any) error {
	if s := a.out.Suspension; s != nil {
		switch {
		case s.Redirect != nil:
			return a.abort(errRedirectAndRender)
		case s.Render != nil:
			return a.abort(errSecondRender)
		}
	}
	if id == "" {
		return errRenderID
	}
	r := &Render{FormID: id, Fields: fields, Vars: vars}
	if size, err := jsonSize(renderOptions{fields, vars}); err != nil || size > MaxRender {
		return errRenderSize
	}
	a.suspension().Render = r
	return nil
}

// renderOptions is what counts for MaxRender.
type renderOptions struct {
	Fields map[string]any `json:"fields,omitempty"`
	Vars   map[string]any `json:"vars,omitempty"`
}

// AuthenticationAPI is api.authentication.
type AuthenticationAPI struct{ *flow }

// errFactor refuses what is no factor.
var errFactor = errors.New("A factor must be an object with a type.")

// RequestFactors asks for a further factor once the hook has finished (challengeWith, enrollWith and their Any forms). Which of the
// factors the user can use is not decided here.
func (a AuthenticationAPI) RequestFactors(r models.FactorRequest) error {
	if len(r.Factors) == 0 || slices.ContainsFunc(r.Factors, func(f models.Factor) bool { return f.Type == "" }) {
		return errFactor
	}
	s := a.suspension()
	s.Factors = append(s.Factors, r)
	return nil
}
