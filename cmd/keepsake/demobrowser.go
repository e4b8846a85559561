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

// signIn plays a browser from /authorize over the login page to the callback, and returns the callback's parameters and the PKCE verifier.
func (p *player) signIn(ctx context.Context, more ...string) (callback url.Values, verifier string) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.broken = err
		return nil, ""
	}
	browser := *p.client
	browser.Jar = jar
	verifier = models.NewSecret()
	sum := sha256.Sum256([]byte(verifier))
	query := pairs(append([]string{
		"response_type", "code", "client_id", demoClient, "redirect_uri", demoCallback, "audience", demoAPI, "scope", demoScope,
		"state", "a-state", "code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method", "S256",
	}, more...)...)
	path := "/authorize?" + query.Encode()
	fmt.Fprintf(p.out, "> GET %s\n", elide(path))
	a := p.do(ctx, &browser, http.MethodGet, path, "", "", "")
	for range 8 { // login page, its form, /authorize/resume, callback
		if strings.HasPrefix(a.location, demoCallback) {
			u, err := url.Parse(a.location)
			if err != nil {
				p.broken = err
				return nil, ""
			}
			return u.Query(), verifier
		}
		a = p.step(ctx, &browser, a)
	}
	if p.broken == nil {
		p.broken = errors.New("the login never reached the callback")
	}
	return url.Values{}, verifier
}

// step follows a redirect, or fills in the login form.
func (p *player) step(ctx context.Context, browser *http.Client, a answer) answer {
	if p.broken != nil {
		return a
	}
	if a.location != "" {
		fmt.Fprintf(p.out, "> GET %s\n", elide(a.location))
		return p.do(ctx, browser, http.MethodGet, a.location, "", "", "")
	}
	action, fields, err := pageform.Read([]byte(a.text))
	if err != nil {
		p.broken = fmt.Errorf("%w (status %d)", err, a.status)
		return a
	}
	fields.Set("username", demoEmail)
	fields.Set("password", demoPassword)
	fmt.Fprintf(p.out, "> POST %s\n>   username=%s password=…\n", elide(action), demoEmail)
	return p.do(ctx, browser, http.MethodPost, action, "application/x-www-form-urlencoded", fields.Encode(), "")
}
