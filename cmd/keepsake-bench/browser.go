package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"example.com/keepsake/models"
	"example.com/keepsake/web/pageform"
)

// browser is a person's browser, with cookies.
type browser struct {
	target *target
	user   string
	jar    http.CookieJar
}

func newBrowser(t *target, user string) (*browser, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &browser{target: t, user: user, jar: jar}, nil
}

// maxSteps is how many pages and redirects a login may have.
const maxSteps = 10

// signIn goes from /authorize to the callback, over the login page unless the browser has a session, and exchanges the code.
func (b *browser) signIn(ctx context.Context, clientID, audience string) (*tokens, error) {
	verifier := models.NewSecret()
	challenge := sha256.Sum256([]byte(verifier))
	form := credentials(url.Values{}, clientID)
	query := pairs("response_type", "code", "client_id", clientID, "redirect_uri", callback, "audience", audience, "scope", scope,
		"state", "s", "code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method", "S256")
	next := call{method: http.MethodGet, path: "authorize?" + query.Encode()}
	for range maxSteps {
		a, err := b.target.do(ctx, b.dress(next))
		if err != nil {
			return nil, err
		}
		location := a.header.Get("Location")
		if rest, ok := strings.CutPrefix(location, callback+"?"); ok {
			code, err := codeOf(rest)
			if err != nil {
				return nil, err
			}
			for name, v := range pairs("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier) {
				form[name] = v
			}
			return b.target.token(ctx, addressHome, form)
		}
		if next, err = b.follow(a, location); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("sign in: the callback was never reached")
}

func (b *browser) dress(c call) call {
	c.address, c.cookies = addressHome, b.jar
	return c
}

// follow returns the request that comes after an answer: a redirect's, or the login form's.
func (b *browser) follow(a *answer, location string) (call, error) {
	switch {
	case location != "":
		return call{method: http.MethodGet, path: strings.TrimPrefix(location, "/")}, nil
	case a.status != http.StatusOK:
		return call{}, &statusError{what: "sign in", status: a.status, body: string(a.body[:min(len(a.body), 300)])}
	}
	action, fields, err := pageform.Read(a.body)
	if err != nil {
		return call{}, err
	}
	fields.Set("username", b.user)
	fields.Set("password", userPassword)
	return call{method: http.MethodPost, path: strings.TrimPrefix(action, "/"), form: fields}, nil
}

func codeOf(query string) (string, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", fmt.Errorf("read the callback's parameters: %w", err)
	}
	if values.Get("code") == "" {
		return "", fmt.Errorf("sign in: %s: %s", values.Get("error"), values.Get("error_description"))
	}
	return values.Get("code"), nil
}
