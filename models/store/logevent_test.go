package store_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/keepsake/models"
)

func TestLogRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		want := &models.LogEvent{
			ID: models.NewLogID(start), Date: start, Type: models.LogLogin, Description: "d", ConnectionID: "con_1", Connection: "db",
			OrganizationID: "org_1", OrganizationName: "acme", ClientID: "client", ClientName: "App", UserID: "auth0|alice", UserName: "alice",
			Audience: "https://api.example.com", Scope: "openid", Strategy: "auth0", StrategyType: "database",
			Origin: models.Origin{IP: "192.0.2.1", ASN: "AS64496", UserAgent: "curl", Hostname: "localhost",
				Geo: &models.Geo{CityName: "Bellevue", CountryCode: "US", Latitude: 47.6, HasPosition: true}},
			Auth0Client: map[string]any{"name": "node"}, Details: map[string]any{"n": 1.0, "s": "<é>"},
			Execution: &models.Execution{ID: "x", TriggerID: "post-login", Results: []models.ExecutionResult{{
				ActionName: "A", StartedAt: start, EndedAt: start, Error: &models.ExecutionError{Class: "action_error", Message: "m"}, Logs: "hi"}}},
		}
		plain := event("900z", models.LogFailedLogin)
		plain.UserID, plain.ClientID = "", ""
		must(t, s.WriteLogs(t.Context(), want, plain))
		wantEqual(t, "event", get(s.Log(t.Context(), want.ID))(t), want)
		wantEqual(t, "plain event", get(s.Log(t.Context(), plain.ID))(t), plain)
		_, err := s.Log(t.Context(), "900unknown")
		wantError(t, err, models.ErrNotFound)
	})
}

func TestWriteLogsIsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		must(t, s.WriteLogs(t.Context()))
		must(t, s.WriteLogs(t.Context(), event("900a", models.LogLogin)))
		wantError(t, s.WriteLogs(t.Context(), event("900b", models.LogLogin), event("900a", models.LogLogin)), models.ErrConflict)
		if hasLog(t, s.Store, "900b") {
			t.Error("one of two was written")
		}
		must(t, s.WriteLogs(t.Context(), &models.LogEvent{Type: models.LogWarning, Description: "nul \x00 \\u0000 bad \xff",
			Origin: models.Origin{UserAgent: "\x00"}, Details: map[string]any{"\x00": "\x00"}}))
		got := get(s.Logs(t.Context(), models.LogFilter{Type: models.LogWarning}, 0, 1, false))(t)
		if len(got) != 1 || len(got[0].ID) != 55 || !got[0].Date.Equal(start) || got[0].Description != "nul \ufffd \\u0000 bad \ufffd" {
			t.Errorf("event = %+v", got)
		}
		if err := s.WriteLogs(t.Context(), &models.LogEvent{Details: map[string]any{"f": func() {}}}); err == nil {
			t.Error("details that are no JSON were taken")
		}
	})
}

func TestLogsListings(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		var ids []string
		for n := range 6 {
			e := event(models.NewLogID(start.Add(time.Duration(n)*time.Millisecond)), models.LogLogin)
			if n%2 == 1 {
				e.Type, e.UserID, e.ClientID = models.LogRefresh, "auth0|bob", "other"
			}
			ids = append(ids, e.ID)
			must(t, s.WriteLogs(t.Context(), e))
		}
		page := func(f models.LogFilter, offset, limit int, ascending bool) (out []string) {
			for _, e := range get(s.Logs(t.Context(), f, offset, limit, ascending))(t) {
				out = append(out, e.ID)
			}
			return out
		}
		wantEqual(t, "newest first", page(models.LogFilter{}, 0, 2, false), []string{ids[5], ids[4]})
		wantEqual(t, "second page", page(models.LogFilter{}, 2, 2, false), []string{ids[3], ids[2]})
		wantEqual(t, "oldest first", page(models.LogFilter{}, 0, 2, true), []string{ids[0], ids[1]})
		for _, f := range []models.LogFilter{{Type: models.LogRefresh}, {UserID: "auth0|bob"}, {ClientID: "other"}, {Type: models.LogRefresh, UserID: "auth0|bob", ClientID: "other"}} {
			wantEqual(t, fmt.Sprintf("%+v", f), page(f, 0, 10, true), []string{ids[1], ids[3], ids[5]})
			if n := get(s.CountLogs(t.Context(), f))(t); n != 3 {
				t.Errorf("count %+v = %d, want 3", f, n)
			}
		}
		if n := get(s.CountLogs(t.Context(), models.LogFilter{}))(t); n != 6 {
			t.Errorf("count = %d, want 6", n)
		}
		after := func(id string, take int) (out []string) {
			for _, e := range get(s.LogsAfter(t.Context(), id, take))(t) {
				out = append(out, e.ID)
			}
			return out
		}
		wantEqual(t, "after an id", after(ids[3], 10), []string{ids[4], ids[5]})
		wantEqual(t, "after an instant", after(models.LogIDFloor(start.Add(4*time.Millisecond)), 1), []string{ids[4]})
		wantEqual(t, "from the beginning", after("", 1), []string{ids[0]})
		wantEqual(t, "at the end", after(ids[5], 10), []string(nil))
	})
}
