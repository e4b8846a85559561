package store_test

import (
	"testing"
	"time"

	"example.com/keepsake/models"
)

func TestChangeSession(t *testing.T) {
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	method := models.AuthMethod{Name: "https://idv.example/", Timestamp: start.Add(time.Minute)}
	again, other := models.AuthMethod{Name: "pwd", Timestamp: start.Add(time.Hour)}, models.AuthMethod{Name: "pwd", Type: "x", Timestamp: start}
	each(t, func(t *testing.T, s fixture) {
		for _, row := range []struct {
			name   string
			change models.SessionChange
			want   func(*models.Session)
		}{
			{"nothing", models.SessionChange{}, func(*models.Session) {}},
			{"both ends earlier", models.SessionChange{ExpiresAt: at(3), IdleExpiresAt: at(2)}, func(w *models.Session) { w.ExpiresAt, w.IdleExpiresAt = at(3), at(2) }},
			{"both ends later", models.SessionChange{ExpiresAt: at(1000), IdleExpiresAt: at(1000)}, func(*models.Session) {}},
			{"one end", models.SessionChange{IdleExpiresAt: at(1)}, func(w *models.Session) { w.IdleExpiresAt = at(1) }},
			{"the cookie", models.SessionChange{Cookie: models.CookieNonPersistent}, func(w *models.Session) { w.Cookie = models.CookieNonPersistent }},
			{"the user", models.SessionChange{UserID: "auth0|bob"}, func(w *models.Session) { w.UserID = "auth0|bob" }},
			{"methods", models.SessionChange{Methods: []models.AuthMethod{method}}, func(w *models.Session) { w.Methods = append(w.Methods, method) }},
			{"a method again, and one that differs by its type", models.SessionChange{Methods: []models.AuthMethod{again, other}},
				func(w *models.Session) { w.Methods = []models.AuthMethod{again, other} }},
		} {
			t.Run(row.name, func(t *testing.T) {
				id := "sess_" + row.name
				create(t, s.Store, session(id))
				must(t, s.ChangeSession(t.Context(), id, row.change))
				want := session(id)
				want.UpdatedAt = s.clock.now()
				row.want(want)
				wantEqual(t, "session", get(s.Session(t.Context(), id))(t), want)
			})
		}
		forever := session("sess_forever")
		forever.ExpiresAt, forever.IdleExpiresAt = time.Time{}, time.Time{}
		create(t, s.Store, forever)
		must(t, s.ChangeSession(t.Context(), "sess_forever", models.SessionChange{ExpiresAt: at(5)}))
		got := get(s.Session(t.Context(), "sess_forever"))(t)
		if !got.ExpiresAt.Equal(at(5)) || !got.IdleExpiresAt.IsZero() {
			t.Errorf("a session without an end ends at %v, idle at %v", got.ExpiresAt, got.IdleExpiresAt)
		}
		wantError(t, s.ChangeSession(t.Context(), "sess_none", models.SessionChange{ExpiresAt: at(1)}), models.ErrNotFound)
		s.clock.advance(8 * 24 * time.Hour)
		wantError(t, s.ChangeSession(t.Context(), "sess_nothing", models.SessionChange{UserID: "auth0|bob"}), models.ErrNotFound)
	})
}

func TestLoginHistory(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		history := get(s.LoginHistory(t.Context(), "auth0|alice", ""))(t)
		if history.Last != nil || len(history.Devices) != 0 {
			t.Errorf("history of a new user: %+v", history)
		}
		seen := models.Sighting{At: start.Add(time.Minute), Position: &models.Geo{Latitude: 46.948, Longitude: -7.447, HasPosition: true}}
		must(t, s.SaveSighting(t.Context(), "auth0|alice", seen))
		must(t, s.SaveSighting(t.Context(), "auth0|nobody", seen))
		create(t, s.Store, session("sess_1"), session("sess_2"))
		laptop := token("rt_1")
		laptop.Device = models.NewDevice(models.Origin{IP: "203.0.113.9", UserAgent: "laptop"})
		issue(t, s.Store, laptop)

		history = get(s.LoginHistory(t.Context(), "auth0|alice", "sess_1"))(t)
		wantEqual(t, "last sighting", history.Last, &seen)
		agents := map[string]int{}
		for _, d := range history.Devices {
			agents[d.LastUserAgent]++
		}
		wantEqual(t, "devices", agents, map[string]int{"curl/8": 1, "laptop": 1})
		_, err := s.LoginHistory(t.Context(), "auth0|nobody", "")
		wantError(t, err, models.ErrNotFound)
	})
}

func TestGroups(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		apply := func(groups ...string) models.SectionSummary {
			t.Helper()
			u := *get(s.User(t.Context(), "auth0|alice"))(t)
			u.Groups = groups
			summary, err := s.Apply(t.Context(), &models.TenantConfig{Users: []models.User{u}})
			must(t, err)
			return summary.Sections[0]
		}
		wantEqual(t, "groups", get(s.Groups(t.Context(), "auth0|alice"))(t), []models.Group{})
		apply("oncall", "engineering")
		wantEqual(t, "groups", get(s.Groups(t.Context(), "auth0|alice"))(t), []models.Group{models.NewGroup("oncall"), models.NewGroup("engineering")})
		if got := apply("oncall", "engineering"); got.Unchanged != 1 {
			t.Errorf("the same groups again: %+v", got)
		}
		apply()
		wantEqual(t, "groups", get(s.Groups(t.Context(), "auth0|alice"))(t), []models.Group{})
		if got := apply(); got.Unchanged != 1 {
			t.Errorf("no groups again: %+v", got)
		}
		_, err := s.Groups(t.Context(), "auth0|nobody")
		wantError(t, err, models.ErrNotFound)
	})
}
