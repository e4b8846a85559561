package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// player plays one worker's part: each call is one operation, a request in most plays.
type player func(ctx context.Context) error

// errOver is for a player that can't go on: its refresh token was refused.
var errOver = errors.New("the worker's chain of refresh tokens is broken")

// newPlayer makes the player of a worker, with what it needs: signed in, or with a token of the Management API.
func newPlayer(ctx context.Context, t *target, c cell, worker int) (player, error) {
	switch c.Play {
	case playRefresh:
		form, err := t.chain(ctx, c, worker)
		return func(ctx context.Context) error { return t.refresh(ctx, form) }, err
	case playLogin:
		return t.visitor(c, worker), nil
	case playCode:
		return t.regular(ctx, c, worker)
	case playPass:
		return t.passwordUser(c, worker), nil
	case playMachine:
		return t.poster(machineForm(audienceOf(c.Alg))), nil
	case playGet, playPatch:
		return t.operator(ctx, c, worker)
	}
	return nil, fmt.Errorf("nobody knows how to play %q", c.Play)
}

// chain signs a worker in and returns the form of its next exchange.
func (t *target) chain(ctx context.Context, c cell, worker int) (url.Values, error) {
	b, err := newBrowser(t, userName(worker))
	if err != nil {
		return nil, err
	}
	got, err := b.signIn(ctx, clientIDs[c.Client], audienceOf(c.Alg))
	if err != nil {
		return nil, err
	}
	if _, probed := probeOf(t.key.actions); probed || t.key.actions == device {
		if err := t.noteCountry(ctx, got.ID); err != nil {
			return nil, err
		}
	}
	return refreshForm(c.Client, got.Refresh), nil
}

// noteCountry stores with a token where its owner signed in, as the Action store-device does at a login. Without it
// validate-device has nothing to compare, and sets nothing.
func (t *target) noteCountry(ctx context.Context, id string) error {
	machine, err := t.token(ctx, addressHome, machineForm(issuer+"api/v2/"))
	if err != nil {
		return err
	}
	_, err = t.do(ctx, call{
		method: http.MethodPatch, path: "api/v2/refresh-tokens/" + id, address: addressHome, bearer: machine.Access, want: http.StatusOK,
		body: `{"refresh_token_metadata":{"initial_country":"US"}}`,
	})
	return err
}

func refreshForm(client, token string) url.Values {
	return credentials(pairs("grant_type", "refresh_token", "refresh_token", token), clientIDs[client])
}

// visitor signs in anew each time, as another person.
func (t *target) visitor(c cell, worker int) player {
	person := worker
	return func(ctx context.Context) error {
		person += c.Workers
		b, err := newBrowser(t, userName(person))
		if err == nil {
			_, err = b.signIn(ctx, issuingIDs[c.Client], audienceOf(c.Alg))
		}
		return err
	}
}

// regular signs in by a session that a browser has. All players of a target share the browsers, so that one worker's tokens are many
// people's.
func (t *target) regular(ctx context.Context, c cell, worker int) (player, error) {
	if t.browsers == nil {
		t.browsers = make(chan *browser, maxWorkers)
	}
	for n := len(t.browsers); n < max(users, worker+1); n++ {
		b, err := newBrowser(t, userName(n))
		if err != nil {
			return nil, err
		}
		if _, err := b.signIn(ctx, issuingIDs[c.Client], audienceOf(c.Alg)); err != nil {
			return nil, err
		}
		t.browsers <- b
	}
	return func(ctx context.Context) error {
		b := <-t.browsers
		defer func() { t.browsers <- b }()
		_, err := b.signIn(ctx, issuingIDs[c.Client], audienceOf(c.Alg))
		return err
	}, nil
}

// passwordUser uses the password grant, each time as another person.
func (t *target) passwordUser(c cell, worker int) player {
	person := worker
	return func(ctx context.Context) error {
		person += c.Workers
		_, err := t.token(ctx, addressHome, credentials(pairs("grant_type", "password", "username", userName(person), "password", userPassword,
			"audience", audienceOf(c.Alg), "scope", scope), issuingIDs[c.Client]))
		return err
	}
}

// refresh exchanges the form's refresh token and puts the new one in its place.
func (t *target) refresh(ctx context.Context, form url.Values) error {
	got, err := t.token(ctx, addressAbroad, form)
	var refused *statusError
	switch {
	case errors.As(err, &refused) && (refused.status == http.StatusForbidden || refused.status == http.StatusBadRequest):
		return fmt.Errorf("%w: %w", errOver, err)
	case err != nil:
		return err
	case got.Refresh == "":
		return fmt.Errorf("%w: there was no new token", errOver)
	}
	form["refresh_token"][0] = got.Refresh
	return nil
}

// poster posts the same form each time.
func (t *target) poster(form url.Values) player {
	return func(ctx context.Context) error {
		_, err := t.token(ctx, addressHome, form)
		return err
	}
}

func machineForm(audience string) url.Values {
	return pairs("grant_type", "client_credentials", "client_id", clientMachine, "client_secret", clientSecret, "audience", audience)
}

// operator reads or changes a refresh token of its own over the Management API.
func (t *target) operator(ctx context.Context, c cell, worker int) (player, error) {
	machine, err := t.token(ctx, addressHome, machineForm(issuer+"api/v2/"))
	if err != nil {
		return nil, err
	}
	b, err := newBrowser(t, userName(worker))
	if err != nil {
		return nil, err
	}
	got, err := b.signIn(ctx, clientIDs[c.Client], audienceOf(c.Alg))
	if err != nil {
		return nil, err
	}
	request := call{method: http.MethodGet, path: "api/v2/refresh-tokens/" + got.ID, address: addressHome, bearer: machine.Access, want: http.StatusOK}
	count := 0
	return func(ctx context.Context) error {
		if c.Play == playPatch {
			count++
			request.method = http.MethodPatch
			request.body = fmt.Sprintf(`{"refresh_token_metadata":{"device_name":"Alice's iPhone","count":"%d"}}`, count)
		}
		_, err := t.do(ctx, request)
		return err
	}, nil
}
