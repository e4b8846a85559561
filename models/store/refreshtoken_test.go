package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
)

func TestRefreshTokenIsLiveOnly(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_idle"), token("rt_revoked"), token("rt_live"))
		forever := token("rt_forever")
		forever.ExpiresAt, forever.IdleExpiresAt = time.Time{}, time.Time{}
		issue(t, s.Store, forever)
		must(t, s.RevokeRefreshToken(t.Context(), "rt_revoked", start))
		wantEqual(t, "token", get(s.RefreshToken(t.Context(), "rt_live"))(t), token("rt_live"))
		for _, id := range []string{"rt_revoked", "rt_unknown", "\x00"} {
			_, err := s.RefreshToken(t.Context(), id)
			wantError(t, err, models.ErrNotFound)
		}
		s.clock.advance(15 * 24 * time.Hour)
		_, err := s.RefreshToken(t.Context(), "rt_idle")
		wantError(t, err, models.ErrNotFound)
		s.clock.advance(10000 * time.Hour)
		wantEqual(t, "token", get(s.RefreshToken(t.Context(), "rt_forever"))(t), forever)
	})
}

func TestSetRefreshTokenMetadata(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"), token("rt_2"))
		must(t, s.RevokeRefreshToken(t.Context(), "rt_2", start))
		m := models.Metadata{"a": "1", "umlaut": `ü"\`}
		got := get(s.SetRefreshTokenMetadata(t.Context(), "rt_1", m, event("900a", models.LogManagementAPI)))(t)
		want := token("rt_1")
		want.Metadata = m
		wantEqual(t, "answer", got, want)
		wantEqual(t, "token", get(s.RefreshToken(t.Context(), "rt_1"))(t), want)
		if !hasLog(t, s.Store, "900a") {
			t.Error("the log event is missing")
		}
		want.Metadata = models.Metadata{}
		wantEqual(t, "emptied", get(s.SetRefreshTokenMetadata(t.Context(), "rt_1", nil))(t), want)

		_, err := s.SetRefreshTokenMetadata(t.Context(), "rt_1", models.Metadata{"k": strings.Repeat("x", 256)}, event("900b", models.LogManagementAPI))
		wantError(t, err, models.ErrMetadataValueLength)
		for _, id := range []string{"rt_2", "rt_unknown"} {
			_, err := s.SetRefreshTokenMetadata(t.Context(), id, m, event("900b", models.LogManagementAPI))
			wantError(t, err, models.ErrNotFound)
		}
		if hasLog(t, s.Store, "900b") {
			t.Error("a refused change was logged")
		}
	})
}

func TestRevokeRefreshToken(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		must(t, s.RevokeRefreshToken(t.Context(), "rt_1", start, event("900a", models.LogRefreshTokenRevoked), event("900b", models.LogManagementAPI)))
		if !hasLog(t, s.Store, "900a") || !hasLog(t, s.Store, "900b") {
			t.Error("a log event is missing")
		}
		wantError(t, s.RevokeRefreshToken(t.Context(), "rt_1", start, event("900c", models.LogRefreshTokenRevoked)), models.ErrNotFound)
		wantError(t, s.RevokeRefreshToken(t.Context(), "rt_unknown", start, event("900c", models.LogRefreshTokenRevoked)), models.ErrNotFound)
		issue(t, s.Store, token("rt_2"))
		wantError(t, s.RevokeRefreshToken(t.Context(), "rt_2", start.Add(1000*time.Hour), event("900c", models.LogRefreshTokenRevoked)), models.ErrNotFound)
		if hasLog(t, s.Store, "900c") {
			t.Error("what did not happen was logged")
		}
	})
}

func TestRevokeRefreshTokensByFilter(t *testing.T) {
	tests := []struct {
		name   string
		filter models.RefreshTokenFilter
		want   []string // revoked
	}{
		{"of a user", models.RefreshTokenFilter{UserID: "auth0|alice"}, []string{"rt_1", "rt_2", "rt_3"}},
		{"of a user and a client", models.RefreshTokenFilter{UserID: "auth0|alice", ClientID: "other"}, []string{"rt_2"}},
		{"for an API", models.RefreshTokenFilter{UserID: "auth0|alice", ClientID: "client", Audience: "https://other.example.com"}, []string{"rt_3"}},
		{"of a session", models.RefreshTokenFilter{SessionID: "sess_2"}, []string{"rt_2"}},
		{"by ids", models.RefreshTokenFilter{IDs: []string{"rt_1", "rt_4", "rt_unknown", "rt_dead"}}, []string{"rt_1", "rt_4"}},
		{"by ids of a user", models.RefreshTokenFilter{UserID: "auth0|bob", IDs: []string{"rt_1", "rt_4"}}, []string{"rt_4"}},
		{"by no ids", models.RefreshTokenFilter{IDs: []string{}}, nil},
		{"that do not rotate, but one", models.RefreshTokenFilter{UserID: "auth0|alice", NonRotating: true, Except: "rt_2"}, []string{"rt_3"}},
		{"of nobody", models.RefreshTokenFilter{UserID: "auth0|\x00"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, s fixture) {
				list := []*models.RefreshToken{token("rt_1"), token("rt_2"), token("rt_3"), token("rt_4"), token("rt_dead")}
				list[1].ClientID, list[1].SessionID, list[1].Rotating = "other", "sess_2", false
				list[2].Audience, list[2].Rotating = "https://other.example.com", false
				list[3].UserID = "auth0|bob"
				issue(t, s.Store, list...)
				must(t, s.RevokeRefreshToken(t.Context(), "rt_dead", start))
				n := get(s.RevokeRefreshTokens(t.Context(), tt.filter, start, event("900a", models.LogManagementAPI)))(t)
				var revoked []string
				for _, x := range list[:4] {
					if g := get(s.RefreshGrant(t.Context(), x.ID, models.GrantForHooks))(t); !g.Token.RevokedAt.IsZero() {
						revoked = append(revoked, x.ID)
					}
				}
				wantEqual(t, "revoked", revoked, tt.want)
				if n != len(tt.want) || !hasLog(t, s.Store, "900a") {
					t.Errorf("%d revoked, want %d; logged %t", n, len(tt.want), hasLog(t, s.Store, "900a"))
				}
			})
		})
	}
}

// An empty filter must never reach everybody's tokens.
func TestAFilterNeedsASubject(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		issue(t, s.Store, token("rt_1"))
		for _, f := range []models.RefreshTokenFilter{{}, {ClientID: "client"}, {Audience: "https://api.example.com", NonRotating: true}} {
			if n, err := s.RevokeRefreshTokens(t.Context(), f, start); err == nil || n != 0 {
				t.Errorf("revoke %+v: %d, %v", f, n, err)
			}
			if _, _, err := s.RefreshTokens(t.Context(), f, models.Page{Take: 10}); err == nil {
				t.Errorf("list %+v: no error", f)
			}
			if _, err := s.CountRefreshTokens(t.Context(), f); err == nil {
				t.Errorf("count %+v: no error", f)
			}
		}
		get(s.RefreshToken(t.Context(), "rt_1"))(t)
	})
}

func TestRefreshTokensPages(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		for _, n := range []int{3, 1, 5, 2, 4} { // not in order
			issue(t, s.Store, token(fmt.Sprint("rt_", n)))
		}
		must(t, s.RevokeRefreshToken(t.Context(), "rt_2", start))
		f := models.RefreshTokenFilter{UserID: "auth0|alice"}
		var pages [][]string
		page := models.Page{Take: 2}
		for {
			list, next, err := s.RefreshTokens(t.Context(), f, page)
			must(t, err)
			var ids []string
			for _, x := range list {
				ids = append(ids, x.ID)
			}
			pages = append(pages, ids)
			if next == "" {
				break
			}
			page.From = next
		}
		wantEqual(t, "pages", pages, [][]string{{"rt_1", "rt_3"}, {"rt_4", "rt_5"}})
		if n := get(s.CountRefreshTokens(t.Context(), f))(t); n != 4 {
			t.Errorf("count = %d, want 4", n)
		}
		list, next, err := s.RefreshTokens(t.Context(), models.RefreshTokenFilter{UserID: "auth0|nobody"}, page)
		must(t, err)
		if list == nil || len(list) != 0 || next != "" {
			t.Errorf("nobody's tokens: %v, %q", list, next)
		}
	})
}
