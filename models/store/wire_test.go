package store_test

import (
	"database/sql"
	"fmt"
	"strconv"
	"testing"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store/storetest"
)

// What the hot paths cost on the wire. The first call of each prepares its statement; what follows is counted.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	proxy := storetest.NewProxy(t, storetest.PostgresURL(t))
	s := storetest.Open(t, proxy.URL(), at(&clock{}), oneConnection)
	ctx := t.Context()
	seed(t, s)
	get(s.Apply(ctx, tenant()))(t)
	create(t, s, session("sess_1"))
	issue(t, s, token("rt_x"))
	generation, codes, n := int64(0), 0, 0
	exchange := func(effects bool, logs int) error {
		x := rotate("rt_x", generation)
		x.Metadata.Put("seen", strconv.FormatInt(generation, 10))
		for range logs {
			x.Logs = append(x.Logs, &models.LogEvent{Type: models.LogRefresh, UserID: "auth0|alice"})
		}
		if effects {
			x.Effects = models.LoginEffects{UserID: "auth0|alice", CountLogin: true, AppMetadata: map[string]any{"n": generation}, SessionID: "sess_1",
				SessionMetadata: models.MetadataDelta{Set: map[string]string{"k": "v"}}}
		}
		generation++
		return s.Exchange(ctx, x)
	}
	fromCode := func() error { // 2 round trips: the code is made first
		codes++
		secret := fmt.Sprint("code", codes)
		if err := s.CreateAuthorizationCode(ctx, code(secret), models.LoginEffects{UserID: "auth0|alice", CountLogin: true}, &models.LogEvent{Type: models.LogLogin}); err != nil {
			return err
		}
		return s.Issue(ctx, &models.Issuance{CodeHash: models.HashSecret(secret), Token: token(fmt.Sprint("rt_", codes)), At: start,
			Logs: []*models.LogEvent{{Type: models.LogCodeExchange}}})
	}
	tests := []struct {
		name string
		want int64
		call func() error
	}{
		{"read a refresh grant", 1, func() error { _, err := s.RefreshGrant(ctx, "rt_x", models.GrantForHooks); return err }},
		{"read a refresh grant for tokens alone", 1, func() error { _, err := s.RefreshGrant(ctx, "rt_x", models.GrantForTokens); return err }},
		{"exchange with metadata and a log event", 1, func() error { return exchange(false, 1) }},
		{"exchange with two log events", 1, func() error { return exchange(false, 2) }},
		{"exchange with effects", 1, func() error { return exchange(true, 1) }},
		{"a code with effects and a log event, then tokens for it", 2, fromCode},
		{"read a code grant", 1, func() error { _, err := s.CodeGrant(ctx, models.HashSecret("code1")); return err }},
		{"set refresh token metadata", 1, func() error {
			n++
			_, err := s.SetRefreshTokenMetadata(ctx, "rt_x", models.Metadata{"n": strconv.Itoa(n)}, &models.LogEvent{Type: models.LogManagementAPI})
			return err
		}},
		{"read a refresh token", 1, func() error { _, err := s.RefreshToken(ctx, "rt_x"); return err }},
		{"read a session", 1, func() error { _, err := s.Session(ctx, "sess_1"); return err }},
		{"write two log events", 1, func() error {
			return s.WriteLogs(ctx, &models.LogEvent{Type: models.LogWarning}, &models.LogEvent{Type: models.LogWarning})
		}},
		{"read configuration", 0, func() error {
			_, err := s.Client(ctx, "fixed")
			if err == nil {
				_, err = s.PostLoginActions(ctx)
			}
			if err == nil {
				_, err = s.SigningKeys(ctx)
			}
			return err
		}},
	}
	for _, tt := range tests {
		must(t, tt.call())
		before := proxy.RoundTrips()
		const times = 5
		for range times {
			must(t, tt.call())
		}
		if got := proxy.RoundTrips() - before; got != times*tt.want {
			t.Errorf("%s: %d round trips in %d calls, want %d each", tt.name, got, times, tt.want)
		}
	}
}

// Rotations must be heap-only updates: else every refresh writes to every index and the table grows.
//
// The test is not parallel: a page can be tidied for the next update only once nobody may still see the old row, and every
// connection that other tests open holds that up for a moment.
func TestRotationsAreHeapOnly(t *testing.T) {
	url := storetest.PostgresURL(t)
	s := storetest.Open(t, url, at(&clock{}), oneConnection)
	const tokens, rotations, stride = 100, 500, 37 // one after the other in different pages, as refreshes are
	for n := range tokens {
		issue(t, s, token(fmt.Sprint("rt_", n)))
	}
	for n := range rotations {
		x := rotate(fmt.Sprint("rt_", n*stride%tokens), int64(n/tokens))
		x.Metadata.Put("last", strconv.Itoa(n))
		must(t, s.Exchange(t.Context(), x))
	}
	must(t, s.Close()) // a connection reports its statistics at the latest when it ends
	db := get(sql.Open("pgx", url))(t)
	defer db.Close()
	var updates, hot int64
	eventually(t, func() bool {
		must(t, db.QueryRowContext(t.Context(), `SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'refresh_tokens'`).Scan(&updates, &hot))
		return updates >= rotations
	})
	if hot*100 < updates*95 {
		t.Errorf("%d of %d rotations were heap-only", hot, updates)
	}
	t.Logf("%d of %d rotations were heap-only", hot, updates)
}
