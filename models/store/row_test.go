package store_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store/storetest"
)

// An exchange without hooks reads less, and what it reads is the same.
func TestRefreshGrantForTokens(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		create(t, s.Store, session("sess_1"))
		stored := token("rt_1")
		stored.Metadata = models.Metadata{"k": "v"}
		issue(t, s.Store, stored)
		all := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks))(t)
		brief := get(s.RefreshGrant(t.Context(), "rt_1", models.GrantForTokens))(t)

		want := *all
		want.Session = nil
		want.Token.Device, want.Token.Metadata, want.Token.CreatedAt, want.Token.LastExchangedAt = models.Device{}, nil, time.Time{}, time.Time{}
		user := *all.User
		user.PasswordHash, user.AppMetadata, user.UserMetadata, user.LoginsCount, user.LastIP = "", nil, nil, 0, ""
		user.LastLogin, user.LastPasswordReset = time.Time{}, time.Time{}
		want.User = &user
		wantEqual(t, "grant", brief, &want)

		lone := token("rt_2")
		lone.UserID = "auth0|gone"
		issue(t, s.Store, lone)
		if g := get(s.RefreshGrant(t.Context(), "rt_2", models.GrantForTokens))(t); g.User != nil || g.Member != nil {
			t.Errorf("grant = %+v, want neither user nor membership", g)
		}
		_, err := s.RefreshGrant(t.Context(), "rt_unknown", models.GrantForTokens)
		wantError(t, err, models.ErrNotFound)
	})
}

// A pooler in between may want the simple protocol, where every value comes as text.
func TestTheSimpleProtocol(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"simple_protocol", "exec", "describe_exec", "cache_describe"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u := storetest.PostgresURL(t)
			usual, s := storetest.Open(t, u, at(&clock{})), storetest.Open(t, u+"&default_query_exec_mode="+mode, at(&clock{}))
			seed(t, s)
			create(t, s, session("sess_1"))
			stored := token("rt_1")
			stored.Metadata = models.Metadata{"umlaut": `ü"\`}
			issue(t, s, stored)
			x := rotate("rt_1", 0)
			x.Metadata.Put("k", "v")
			x.Logs = []*models.LogEvent{event("900a", models.LogRefresh)}
			must(t, s.Exchange(t.Context(), x))
			x = rotate("rt_1", 1)
			x.Logs = []*models.LogEvent{event("900b", models.LogRefresh)}
			must(t, s.Exchange(t.Context(), x))
			x = rotate("rt_1", 2)
			x.Logs = []*models.LogEvent{event("900c", models.LogRefresh), event("900d", models.LogWarning)}
			must(t, s.Exchange(t.Context(), x))
			must(t, s.SaveSighting(t.Context(), "auth0|alice", models.Sighting{At: start, Position: &models.Geo{Latitude: 46.948, Longitude: -7.447, HasPosition: true}}))
			wantEqual(t, "history", get(s.LoginHistory(t.Context(), "auth0|alice", ""))(t), get(usual.LoginHistory(t.Context(), "auth0|alice", ""))(t))
			for _, extent := range []models.GrantExtent{models.GrantForHooks, models.GrantForTokens} {
				wantEqual(t, "grant", get(s.RefreshGrant(t.Context(), "rt_1", extent))(t), get(usual.RefreshGrant(t.Context(), "rt_1", extent))(t))
			}
			for _, id := range []string{"900a", "900b", "900c", "900d"} {
				wantEqual(t, "log", get(s.Log(t.Context(), id))(t), get(usual.Log(t.Context(), id))(t), cmpopts.EquateEmpty())
			}
		})
	}
}

// Connections that were lost while they were idle are replaced.
func TestLostConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	u := storetest.PostgresURL(t)
	s := storetest.Open(t, u, at(&clock{}), oneConnection)
	seed(t, s)
	issue(t, s, token("rt_1"))
	db := get(sql.Open("pgx", u))(t)
	defer db.Close()
	var ended int
	must(t, db.QueryRowContext(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&ended))
	if ended == 0 {
		t.Fatal("there was no connection to end")
	}
	eventually(t, func() bool {
		_, err := s.RefreshGrant(t.Context(), "rt_1", models.GrantForHooks)
		return err == nil
	})
	must(t, s.Exchange(t.Context(), rotate("rt_1", 0)))
}
