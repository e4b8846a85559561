package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5"
)

// volatileHeaders are made by net/http for each answer.
var volatileHeaders = []string{"Date", "Content-Length"}

// errChanged is for an exchange of Keepsake's that the floor does not know how to imitate.
var errChanged = errors.New("Keepsake's exchange has changed, and the floor has to follow")

// takeSample has Keepsake answer an exchange and returns everything about it.
func takeSample(ctx context.Context, t *target, alg string) (*sample, error) {
	form, err := t.chain(ctx, cell{Client: public, Alg: alg}, 0)
	if err != nil {
		return nil, err
	}
	a, err := t.do(ctx, call{method: http.MethodPost, path: "oauth/token", address: addressAbroad, form: form, want: http.StatusOK})
	if err != nil {
		return nil, err
	}
	s := &sample{Alg: alg, Headers: a.header, LineBreaks: len(a.body) - len(bytes.TrimRight(a.body, "\n"))}
	for _, name := range volatileHeaders {
		delete(s.Headers, name)
	}
	if err := json.Unmarshal(a.body, &s.Body); err != nil {
		return nil, fmt.Errorf("read token response: %w", err)
	}
	access, _ := s.Body["access_token"].(string)
	if s.JOSE, s.Claims, err = parseJWT(access); err != nil {
		return nil, err
	}
	if err := s.readLog(ctx, t.url); err != nil {
		return nil, err
	}
	return s, s.check()
}

func parseJWT(token string) (header json.RawMessage, claims map[string]any, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("%w: the access token is no JWT", errChanged)
	}
	if header, err = base64.RawURLEncoding.DecodeString(parts[0]); err != nil {
		return nil, nil, fmt.Errorf("read the access token's header: %w", err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the access token's claims: %w", err)
	}
	return header, claims, nil
}

// readLog reads the newest log record.
func (s *sample) readLog(ctx context.Context, url string) error {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("read log record: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	err = db.QueryRow(ctx, "SELECT type, data FROM log_events ORDER BY log_id DESC LIMIT 1").Scan(&s.LogType, &s.LogData)
	if err != nil {
		return fmt.Errorf("read log record: %w", err)
	}
	return nil
}

// check makes sure that the sample has what the floor replaces for each exchange.
func (s *sample) check() error {
	details, _ := s.LogData["details"].(map[string]any)
	token, _ := details["refresh_token"].(map[string]any)
	for _, m := range []struct {
		what  string
		where map[string]any
		like  any
		names []string
	}{
		{"claims", s.Claims, "", []string{"sub", "jti"}},
		{"claims", s.Claims, 0.0, []string{"iat", "exp"}},
		{"token response", s.Body, "", []string{"access_token", "refresh_token", "refresh_token_id"}},
		{"log record", s.LogData, "", []string{"user_name"}},
		{"log record's details", details, "", []string{"familyId", "access_token_jti"}},
		{"log record's details", details, 0.0, []string{"tokenCounter"}},
		{"log record's refresh token", token, "", []string{"session_id"}},
	} {
		for _, name := range m.names {
			if reflect.TypeOf(m.where[name]) != reflect.TypeOf(m.like) {
				return fmt.Errorf("%w: no %s of type %T in the %s", errChanged, name, m.like, m.what)
			}
		}
	}
	return nil
}

// shape returns what is left of JSON when its values are forgotten: names and types.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, member := range v {
			m[name] = shape(member)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = shape(element)
		}
		return list
	}
	return fmt.Sprintf("%T", v)
}
