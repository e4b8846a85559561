package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConsentPageShowsWhatIsAsked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		params url.Values
		change func(*world)
		want   []string
		absent []string
	}{
		{
			name:   "OIDC scopes",
			params: url.Values{"scope": {"openid profile email"}},
			want:   []string{"Sign you in and know your user ID", "See your profile: name, nickname and picture", "See your email address"},
			absent: []string{"Notes API"},
		},
		{
			name:   "an API's scopes, in the API's order, unknown ones left out",
			params: url.Values{"scope": {"openid nonsense write:notes read:notes"}, "audience": {"https://api.example"}},
			want:   []string{"Sign you in and know your user ID", "Read your notes", "write:notes"},
			absent: []string{"nonsense", "Delete"},
		},
		{
			name:   "offline access",
			params: url.Values{"scope": {"openid offline_access"}, "audience": {"https://api.example"}},
			want:   []string{"Sign you in and know your user ID", "Keep this access while you are away"},
		},
		{
			name:   "offline access that the API does not allow",
			params: url.Values{"scope": {"openid offline_access"}, "audience": {"https://api.example"}},
			change: func(w *world) { w.apis["https://api.example"].AllowOfflineAccess = false },
			want:   []string{"Sign you in and know your user ID"},
		},
		{
			name:   "offline access for a client without the grant",
			params: url.Values{"scope": {"openid offline_access"}},
			change: func(w *world) { w.clients["third"].GrantTypes = nil },
			want:   []string{"Sign you in and know your user ID"},
		},
		{
			name:   "the tenant's default audience",
			params: url.Values{"scope": {"read:notes"}},
			change: func(w *world) { w.tenant.DefaultAudience = "https://api.example" },
			want:   []string{"Read your notes"},
		},
		{
			name:   "the audience of /userinfo is no API",
			params: url.Values{"scope": {"openid"}, "audience": {"http://localhost:8080/userinfo"}},
			change: func(w *world) { w.tenant.DefaultAudience = "https://api.example" },
			want:   []string{"Sign you in and know your user ID"},
			absent: []string{"Access is to the API"},
		},
		{
			name:   "the Management API's scopes are not for users",
			params: url.Values{"scope": {"openid read:notes"}, "audience": {"https://api.example"}},
			change: func(w *world) { w.apis["https://api.example"].System = true },
			want:   []string{"Sign you in and know your user ID"},
		},
		{name: "no scope", want: []string{"Know that you have signed in"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			if tt.change != nil {
				tt.change(s.world)
			}
			b := s.browser()
			b.login()
			a := b.get(s.pages.ConsentURL(b.begin("third", tt.params)))
			a.want(t, http.StatusOK, "Printer wants access to your account", "Signed in as jane@example.com")
			var got []string
			for _, li := range a.all("li") {
				got = append(got, text(li))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			for _, absent := range tt.absent {
				if strings.Contains(a.text(), absent) {
					t.Errorf("the page says %q", absent)
				}
			}
		})
	}
}

func TestConsentDecision(t *testing.T) {
	t.Parallel()
	tests := []struct {
		decision            string
		status              int
		consented, declined bool
	}{
		{"accept", http.StatusSeeOther, true, false},
		{"decline", http.StatusSeeOther, false, true},
		{"perhaps", http.StatusBadRequest, false, false},
		{"", http.StatusBadRequest, false, false},
	}
	for _, tt := range tests {
		t.Run("decision "+tt.decision, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			b.login()
			id := b.begin("third", url.Values{"scope": {"openid"}})
			a := b.submit(b.get(s.pages.ConsentURL(id)), url.Values{"decision": {tt.decision}})
			if tt.status == http.StatusSeeOther {
				a.wantRedirect(t, resume(id))
			} else {
				a.want(t, tt.status)
			}
			if tx := s.txs[id]; tx.Consented != tt.consented || tx.Declined != tt.declined {
				t.Errorf("consented %t, declined %t", tx.Consented, tx.Declined)
			}
		})
	}
}

func TestConsentNeedsTheSessionOfTheTransaction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(s *site, b *browser, id string)
	}{
		{"nobody is signed in", func(s *site, b *browser, _ string) { delete(b.cookies, "keepsake") }},
		{"the session has ended", func(s *site, _ *browser, _ string) { clear(s.sessions) }},
		{"somebody else signed in meanwhile", func(s *site, b *browser, id string) {
			s.txs[id].SessionID = "sess_other"
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.browser()
			b.login()
			id := b.begin("third", nil)
			page := b.get(s.pages.ConsentURL(id))
			tt.prepare(s, b, id)
			b.submit(page, url.Values{"decision": {"accept"}}).wantRedirect(t, s.pages.LoginURL(id))
			b.get(s.pages.ConsentURL(id)).wantRedirect(t, s.pages.LoginURL(id))
			if s.txs[id].Consented {
				t.Error("consent was given")
			}
		})
	}
}

func TestConsentOfOneUserIsNotTheNextUsers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.login()
	id := b.begin("third", nil)
	page := b.get(s.pages.ConsentURL(id))
	b.login() // in another tab; the transaction itself was not signed in to
	b.submit(page, url.Values{"decision": {"accept"}}).want(t, http.StatusForbidden, "The form could not be verified.")
	if s.txs[id].Consented {
		t.Error("consent was given")
	}
}

func TestConsentOfAnAPIThatWasDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	b.login()
	b.get(s.pages.ConsentURL(b.begin("third", url.Values{"audience": {"https://gone"}}))).want(t, http.StatusBadRequest)
}
