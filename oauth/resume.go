package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// continuePath is where other sites send the browser back to (contract 3.7).
const continuePath = "/continue"

// maxReturn is the largest body that a browser may bring back to continuePath, in bytes.
const maxReturn = 64 << 10

// errLoginEnded is the one answer for a login transaction that is unknown, expired, finished, or another browser's: a guess is told
// nothing.
var errLoginEnded = invalidRequest("This login has expired or was finished already. Go back to the application and start again.")

// resumption is an authorization that goes on after a suspension.
type resumption struct {
	login *models.SuspendedLogin
	state *hooks.State
	// method, query and body are those of the request that the hooks see.
	method      string
	query, body url.Values
}

// serveResume goes on with an authorization when the browser comes back from a page. The transaction's id is not enough: it must be the browser
// that began.
func (s *Server) serveResume(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("state")
	a, err := s.pending(r, id)
	if err != nil {
		s.failAuthorize(w, r, &authorization{}, err)
		return
	}
	if login := a.transaction.Suspended; login != nil {
		if page := s.unfinished(login); page != nil {
			if err := s.sendBack(w, r, a, page); err != nil {
				s.failAuthorize(w, r, &authorization{}, err)
			}
			return
		}
		err := error(errLoginEnded)
		if login.Waiting != models.WaitingRedirect {
			err = a.resume(login, r.Method, r.URL.Query(), nil)
		}
		if err != nil {
			s.failAuthorize(w, r, &authorization{}, err)
			return
		}
	}
	s.authorize(w, r, a)
}

// sendBack sends the browser to the page at which its login waits. A page sends whoever else sits there by now back here: without an end of the
// login the two would do so for ever.
func (s *Server) sendBack(w http.ResponseWriter, r *http.Request, a *authorization, page func(id string) string) error {
	browser, err := s.browser.Session(r)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("read browser session: %w", err)
	}
	if !isOf(a.transaction.Suspended, browser) {
		return s.startOver(r.Context(), a)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, page(a.transaction.ID), http.StatusSeeOther)
	return nil
}

// unfinished returns the page at which a login waits for its user; nil when the user was there.
func (s *Server) unfinished(login *models.SuspendedLogin) func(id string) string {
	switch {
	case login.Waiting == models.WaitingForm && !login.Form.Answered:
		return s.browser.FormURL
	case login.Waiting == models.WaitingFactor && len(login.Factors) > 0:
		return s.browser.FactorURL
	}
	return nil
}

// serveContinue goes on with an authorization when the browser comes back from another site.
//
// A browser sends no cookies with another site's POST, so it can't be told whose it is. What it brings is kept, and the browser
// sent here once more with a GET.
func (s *Server) serveContinue(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("state")
	if r.Method == http.MethodPost {
		if err := s.keepReturn(w, r); err != nil {
			s.failAuthorize(w, r, &authorization{}, err)
		}
		return
	}
	a, err := s.pending(r, id)
	if err == nil {
		err = a.goOnReturned(r)
	}
	if err != nil {
		s.failAuthorize(w, r, &authorization{}, err)
		return
	}
	s.authorize(w, r, a)
}

// keepReturn stores a POST to continuePath. The state may be in its query or in its body.
func (s *Server) keepReturn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxReturn)
	if err := r.ParseForm(); err != nil {
		return invalidRequest("The parameters are too long, or not form-encoded.")
	}
	id := r.Form.Get("state")
	query := r.URL.Query()
	err := s.grants.UpdateSuspendedLogin(r.Context(), id, func(l *models.SuspendedLogin) error {
		if l.Waiting != models.WaitingRedirect {
			return errLoginEnded
		}
		l.Returned = &models.Returned{Query: query, Body: r.PostForm}
		return nil
	})
	if errors.Is(err, models.ErrNotFound) {
		return errLoginEnded
	}
	if err != nil {
		return fmt.Errorf("write what the browser brought back: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", "?state="+url.QueryEscape(id)) // this path, whatever is in front of it
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// pending finds the login transaction with this id, for the browser that began it.
func (s *Server) pending(r *http.Request, id string) (*authorization, error) {
	t, err := s.grants.LoginTransaction(r.Context(), id, s.now())
	if errors.Is(err, models.ErrNotFound) || (err == nil && !s.browser.Bound(r, t.Browser)) {
		return nil, errLoginEnded
	}
	if err != nil {
		return nil, fmt.Errorf("read login transaction: %w", err)
	}
	t.ID = id
	return &authorization{params: t.Params, transaction: t}, nil
}

// goOnReturned has the authorization go on from the browser's return.
func (a *authorization) goOnReturned(r *http.Request) error {
	login := a.transaction.Suspended
	if login == nil || login.Waiting != models.WaitingRedirect {
		return errLoginEnded
	}
	if back := login.Returned; back != nil {
		return a.resume(login, http.MethodPost, back.Query, back.Body)
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return invalidRequest("The parameters are not form-encoded.")
	}
	return a.resume(login, r.Method, query, nil)
}

// resume has the authorization go on from its suspension, with a request for the hooks to see.
func (a *authorization) resume(login *models.SuspendedLogin, method string, query, body url.Values) error {
	state := new(hooks.State)
	if err := json.Unmarshal(login.Hooks, state); err != nil || state.Outcome == nil {
		return fmt.Errorf("the stored state of the hooks is damaged") // encoding/json's own error may quote it
	}
	a.resumed = &resumption{login: login, state: state, method: method, query: query, body: body}
	return nil
}

// moved reports what the hook that suspended the login still wants once its factors are there.
func (p *resumption) moved() bool {
	want := p.state.Suspension()
	if p.login.Waiting != models.WaitingFactor || want == nil {
		return false
	}
	want.Factors = nil
	return want.Redirect != nil || want.Render != nil
}

// complete fills in the event of the part that goes on (contract 2.4: its request is the browser's return).
func (p *resumption) complete(r *http.Request, event *hooks.Event) {
	event.Request = requestOf(r, nil, nil)
	event.Request.Method, event.Request.Query, event.Request.Body = p.method, allParameters(p.query), allParameters(p.body)
	if form := p.login.Form; form != nil {
		event.Prompt = &hooks.Prompt{ID: form.FormID, Fields: form.Answer, Vars: form.Vars}
		if event.Prompt.Vars == nil {
			event.Prompt.Vars = map[string]any{}
		}
	}
}

// allParameters keeps everything: what another site sends back is for the hook, none of it proves anything to this server.
func allParameters(values url.Values) map[string]any {
	m := make(map[string]any, len(values))
	for name, v := range values {
		if len(v) == 1 {
			m[name] = v[0]
		} else {
			m[name] = v
		}
	}
	return m
}

// isOf reports whether the browser is still signed in as when the login was suspended. session may be nil: it is not signed in.
func isOf(login *models.SuspendedLogin, session *models.Session) bool {
	return session != nil && session.ID == login.SessionID && session.UserID == login.UserID
}

// startOver is the end of a login whose user has signed out, or in as somebody else, while it waited.
func (s *Server) startOver(ctx context.Context, a *authorization) error {
	if err := s.grants.FinishLoginTransaction(ctx, a.transaction.ID); err != nil && !errors.Is(err, models.ErrNotFound) {
		return fmt.Errorf("end login transaction: %w", err)
	}
	a.redirectable = false
	return errLoginEnded
}
