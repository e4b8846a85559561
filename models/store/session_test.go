package store_test

import (
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
)

func TestCreateSession(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_old"))
		must(t, s.CreateSession(t.Context(), session("sess_new"), "sess_old"))
		wantEqual(t, "session", get(s.Session(t.Context(), "sess_new"))(t), session("sess_new"))
		wantEqual(t, "session by its cookie", get(s.SessionBySecret(t.Context(), models.HashSecret("sess_new"), start))(t), session("sess_new"))
		_, err := s.Session(t.Context(), "sess_old")
		wantError(t, err, models.ErrNotFound)
		u := get(s.User(t.Context(), "auth0|alice"))(t)
		if u.LoginsCount != 2 || u.LastIP != "192.0.2.1" || !u.LastLogin.Equal(start) {
			t.Errorf("logins %d, last %v from %s", u.LoginsCount, u.LastLogin, u.LastIP)
		}

		wantError(t, s.CreateSession(t.Context(), session("sess_new"), ""), models.ErrConflict)
		sameSecret := session("sess_3")
		sameSecret.SecretHash = models.HashSecret("sess_new")
		wantError(t, s.CreateSession(t.Context(), sameSecret, "sess_new"), models.ErrConflict)
		get(s.Session(t.Context(), "sess_new"))(t)
		if n := get(s.User(t.Context(), "auth0|alice"))(t).LoginsCount; n != 2 {
			t.Errorf("a login that failed was counted: %d", n)
		}
	})
}

func TestEndedSessionsAreNotFound(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		s.clock.advance(24 * time.Hour) // idle
		ctx, later := t.Context(), s.clock.now()
		_, err := s.Session(ctx, "sess_1")
		wantError(t, err, models.ErrNotFound)
		_, err = s.SessionBySecret(ctx, models.HashSecret("sess_1"), later)
		wantError(t, err, models.ErrNotFound)
		_, err = s.SetSessionMetadata(ctx, "sess_1", nil, event("900a", models.LogManagementAPI))
		wantError(t, err, models.ErrNotFound)
		wantError(t, s.TouchSession(ctx, "sess_1", "client", models.Origin{}, later, later.Add(time.Hour)), models.ErrNotFound)
		wantError(t, s.EndSession(ctx, "sess_1", event("900a", models.LogLogout)), models.ErrNotFound)
		wantError(t, s.RevokeSession(ctx, "sess_1", later, event("900a", models.LogManagementAPI)), models.ErrNotFound)
		if hasLog(t, s.Store, "900a") {
			t.Error("what did not happen was logged")
		}
	})
}

func TestTouchSession(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		now := start.Add(time.Hour)
		for _, client := range []string{"second", "client", "second", ""} {
			must(t, s.TouchSession(t.Context(), "sess_1", client, models.Origin{IP: "203.0.113.9", UserAgent: "x"}, now, now.Add(24*time.Hour)))
		}
		want := session("sess_1")
		want.Clients = []string{"client", "second"}
		want.Device.LastIP, want.Device.LastUserAgent = "203.0.113.9", "x"
		want.LastInteractedAt, want.UpdatedAt, want.IdleExpiresAt = now, now, now.Add(24*time.Hour)
		wantEqual(t, "session", get(s.Session(t.Context(), "sess_1"))(t), want)
	})
}

func TestSetSessionMetadata(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		s.clock.advance(time.Minute)
		got := get(s.SetSessionMetadata(t.Context(), "sess_1", models.Metadata{"a": "b"}, event("900a", models.LogManagementAPI)))(t)
		want := session("sess_1")
		want.Metadata, want.UpdatedAt = models.Metadata{"a": "b"}, s.clock.now()
		wantEqual(t, "answer", got, want)
		wantEqual(t, "session", get(s.Session(t.Context(), "sess_1"))(t), want)
		if !hasLog(t, s.Store, "900a") {
			t.Error("the log event is missing")
		}
		_, err := s.SetSessionMetadata(t.Context(), "sess_1", models.Metadata{strings.Repeat("k", 256): "v"})
		wantError(t, err, models.ErrMetadataKeyLength)
	})
}

func TestEndingSessions(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		other := session("sess_bob")
		other.UserID = "auth0|bob"
		create(t, s.Store, session("sess_1"), session("sess_2"), session("sess_3"), other)
		of1, of2 := token("rt_1"), token("rt_2")
		of2.SessionID = "sess_2"
		issue(t, s.Store, of1, of2)

		must(t, s.EndSession(t.Context(), "sess_1", event("900a", models.LogLogout)))
		get(s.RefreshToken(t.Context(), "rt_1"))(t)
		wantError(t, s.EndSession(t.Context(), "sess_1"), models.ErrNotFound)

		must(t, s.RevokeSession(t.Context(), "sess_2", start, event("900b", models.LogManagementAPI)))
		_, err := s.RefreshToken(t.Context(), "rt_2")
		wantError(t, err, models.ErrNotFound)
		get(s.RefreshToken(t.Context(), "rt_1"))(t)

		if n := get(s.EndSessions(t.Context(), "auth0|alice", event("900c", models.LogManagementAPI)))(t); n != 1 {
			t.Errorf("%d sessions ended, want 1", n)
		}
		get(s.Session(t.Context(), "sess_bob"))(t)
		for _, id := range []string{"900a", "900b", "900c"} {
			if !hasLog(t, s.Store, id) {
				t.Errorf("log event %s is missing", id)
			}
		}
	})
}

func TestSessionsPages(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_2"), session("sess_1"), session("sess_3"))
		list, next, err := s.Sessions(t.Context(), "auth0|alice", models.Page{Take: 2})
		must(t, err)
		if len(list) != 2 || list[0].ID != "sess_1" || next != "sess_2" {
			t.Fatalf("first page: %d, next %q", len(list), next)
		}
		wantEqual(t, "session", &list[0], session("sess_1"))
		list, next, err = s.Sessions(t.Context(), "auth0|alice", models.Page{From: next, Take: 2})
		must(t, err)
		if len(list) != 1 || list[0].ID != "sess_3" || next != "" {
			t.Errorf("second page: %v, next %q", list, next)
		}
		if n := get(s.CountSessions(t.Context(), "auth0|alice"))(t); n != 3 {
			t.Errorf("count = %d, want 3", n)
		}
		if n := get(s.CountSessions(t.Context(), "auth0|bob"))(t); n != 0 {
			t.Errorf("count = %d, want 0", n)
		}
	})
}
