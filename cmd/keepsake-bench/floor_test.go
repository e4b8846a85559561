package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
)

// TestFloorKnowsEveryParameter fails when a statement of the exchange gets a parameter that the floor does not fill.
func TestFloorKnowsEveryParameter(t *testing.T) {
	t.Parallel()
	read, write := store.RefreshStatements()
	used := map[string]bool{}
	for _, s := range []store.Statement{read, write} {
		if _, err := bind(s); err != nil {
			t.Error(err)
		}
		for _, name := range s.Params {
			used[name] = true
		}
	}
	for name := range parameters {
		if !used[name] {
			t.Errorf("no statement has the parameter %s any more", name)
		}
	}
	if _, err := bind(store.Statement{Params: []string{"id", "new"}}); err == nil || !strings.Contains(err.Error(), "new") {
		t.Errorf("an unknown parameter: error = %v", err)
	}
}

func TestFloorToken(t *testing.T) {
	t.Parallel()
	key, id := []byte("a key"), models.NewID(models.PrefixRefreshToken, time.Unix(1, 0))
	token, ok := mintFloorToken(key, id, 7)
	if !ok {
		t.Fatalf("no token for %s", id)
	}
	if gotID, generation, ok := parseFloorToken(key, token); gotID != id || generation != 7 || !ok {
		t.Errorf("parsed %s, %d, %v", gotID, generation, ok)
	}
	for name, bad := range map[string]string{
		"nothing": "", "another prefix": "x" + token, "cut": token[:len(token)-4], "changed": token[:10] + "AAAA" + token[14:],
	} {
		if _, _, ok := parseFloorToken(key, bad); ok {
			t.Errorf("%s: a token was accepted that is none", name)
		}
	}
	if _, _, ok := parseFloorToken([]byte("another"), token); ok {
		t.Error("a token of another key was accepted")
	}
	if _, ok := mintFloorToken(key, "nonsense", 0); ok {
		t.Error("there is a token for an id that is none")
	}
}

func TestSampleOfAnExchangeThatChanged(t *testing.T) {
	t.Parallel()
	sound := func() *sample {
		return &sample{
			Claims: map[string]any{"sub": "a", "jti": "b", "iat": 1.0, "exp": 2.0},
			Body:   map[string]any{"access_token": "a", "refresh_token": "b", "refresh_token_id": "c"},
			LogData: map[string]any{"user_name": "x", "details": map[string]any{
				"familyId": "rt_", "access_token_jti": "b", "tokenCounter": 1.0, "refresh_token": map[string]any{"session_id": "s"},
			}},
		}
	}
	if err := sound().check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*sample){
		"no jti":                    func(s *sample) { delete(s.Claims, "jti") },
		"another type of exp":       func(s *sample) { s.Claims["exp"] = "2" },
		"no new refresh token":      func(s *sample) { delete(s.Body, "refresh_token") },
		"no details":                func(s *sample) { delete(s.LogData, "details") },
		"no session in the details": func(s *sample) { s.LogData["details"].(map[string]any)["refresh_token"] = "x" },
	} {
		s := sound()
		change(s)
		if err := s.check(); !errors.Is(err, errChanged) {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	got := shape(map[string]any{"a": 1.5, "b": []any{"x", nil}, "c": map[string]any{"d": true}})
	want := map[string]any{"a": "float64", "b": []any{"string", "<nil>"}, "c": map[string]any{"d": "bool"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
