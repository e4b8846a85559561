package mgmt

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"example.com/keepsake/models"
)

// request is one authorized call, as the handlers see it.
type request struct {
	route  route
	http   *http.Request
	claims *models.AccessTokenClaims
	// id is the path's variable, unescaped; empty where the path has none.
	id    string
	query query
	now   time.Time
}

func (c *request) ctx() context.Context { return c.http.Context() }

// answer is what a handler has to say.
type answer struct {
	status int
	body   any
	// next is the URL of the next page, for a Link header; empty: no header.
	next string
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// accepted is the answer to deletes and revocations (contract 4.1: 202, though here it is done already).
func accepted() answer { return answer{status: http.StatusAccepted, body: struct{}{}} }

// noContent is the answer to a deletion that says nothing.
func noContent() answer { return answer{status: http.StatusNoContent} }

// serve is the life of one call. Nothing below authorize runs for a token that lacks the route's scope.
func (a *API) serve(w http.ResponseWriter, r *http.Request, rt route) {
	ans, err := a.call(r, rt)
	if err != nil {
		a.renderError(w, r, err)
		return
	}
	if ans.status == http.StatusNoContent {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(ans.status)
		return
	}
	b, err := encode(ans.body)
	if err != nil {
		a.renderError(w, r, err)
		return
	}
	if ans.next != "" {
		w.Header().Set("Link", "<"+ans.next+`>; rel="next"`)
	}
	a.write(w, r, ans.status, b)
}

func (a *API) call(r *http.Request, rt route) (answer, error) {
	// 1. who: the bearer token, for this API
	claims, err := a.authenticate(r)
	if err != nil {
		return answer{}, err
	}
	// 2. may they: the route's scopes
	if err := a.authorize(claims, rt); err != nil {
		return answer{}, err
	}
	// 3. what: the path and the query
	id, err := pathID(r)
	if err != nil {
		return answer{}, err
	}
	q, err := parseQuery(r.URL.RawQuery, rt.query)
	if err != nil {
		return answer{}, err
	}
	// 4. do it; a body is read by the handler that has one
	return rt.handle(a, &request{route: rt, http: r, claims: claims, id: id, query: q, now: a.now()})
}

// pathID returns the path's one variable. The router matches on the escaped path, so it is unescaped here.
func pathID(r *http.Request) (string, error) {
	raw, found := mux.Vars(r)["id"]
	if !found {
		return "", nil
	}
	id, err := url.PathUnescape(raw)
	if err != nil || !cleanText(id) {
		return "", badRequest(codeURI, "Path validation error: 'Invalid value' on property id.")
	}
	return id, nil
}

// cleanText reports whether s can name anything: UTF-8 without NUL, which PostgreSQL takes for an error in any text.
func cleanText(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}
