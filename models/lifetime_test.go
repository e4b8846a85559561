package models_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestEnds(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	expiring := models.RefreshTokenPolicy{Expiring: true, Lifetime: 30 * 24 * time.Hour, IdleLifetime: 15 * 24 * time.Hour}
	for _, tt := range []struct {
		name           string
		policy         models.RefreshTokenPolicy
		have           time.Time
		decision       models.Decision
		absolute, idle time.Time
		clamped        bool
	}{
		{"a new token has the client's", expiring, time.Time{}, models.Decision{}, day(30), day(15), false},
		{"the absolute end stays, the idle one begins again", expiring, day(3), models.Decision{}, day(3), day(15), false},
		{"a hook shortens both", expiring, time.Time{}, models.Decision{ExpiresAt: day(4), IdleExpiresAt: day(2)}, day(4), day(2), false},
		{"a hook asks for more", expiring, time.Time{}, models.Decision{ExpiresAt: day(31)}, day(30), day(15), true},
		{"the idle end may be later than the client's, up to the absolute one", expiring, time.Time{}, models.Decision{IdleExpiresAt: day(29)}, day(30), day(29), false},
		{"the idle end is not later than the absolute one", expiring, time.Time{}, models.Decision{IdleExpiresAt: day(40)}, day(30), day(30), true},
		{"a token that does not expire gets an end", models.RefreshTokenPolicy{}, time.Time{}, models.Decision{ExpiresAt: day(400)}, day(400), time.Time{}, false},
		{"and has none otherwise", models.RefreshTokenPolicy{}, time.Time{}, models.Decision{}, time.Time{}, time.Time{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			absolute, idle, clamped := tt.policy.Ends(tt.have, tt.decision, now)
			if !absolute.Equal(tt.absolute) || !idle.Equal(tt.idle) || clamped != tt.clamped {
				t.Errorf("%s, %s, clamped %v", absolute, idle, clamped)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	soon, late := now.Add(time.Hour), now.Add(3*time.Hour)
	end := now.Add(2 * time.Hour)
	for name, tt := range map[string]struct {
		change         models.SessionChange
		absolute, idle time.Time
		want           models.SessionChange
		clamped        bool
	}{
		"shorter":         {models.SessionChange{ExpiresAt: soon, IdleExpiresAt: soon}, end, end, models.SessionChange{ExpiresAt: soon, IdleExpiresAt: soon}, false},
		"longer":          {models.SessionChange{ExpiresAt: late, Cookie: models.CookiePersistent}, end, end, models.SessionChange{Cookie: models.CookiePersistent}, true},
		"one of the two":  {models.SessionChange{ExpiresAt: soon, IdleExpiresAt: late}, end, end, models.SessionChange{ExpiresAt: soon}, true},
		"no end till now": {models.SessionChange{ExpiresAt: late}, time.Time{}, end, models.SessionChange{ExpiresAt: late}, false},
	} {
		got, clamped := tt.change.Shorten(tt.absolute, tt.idle)
		if diff := cmp.Diff(tt.want, got); diff != "" || clamped != tt.clamped {
			t.Errorf("%s: clamped %v (-want +got):\n%s", name, clamped, diff)
		}
	}
}

func TestRolesWith(t *testing.T) {
	t.Parallel()
	u := models.User{RoleIDs: []string{"rol_a", "rol_b"}}
	for name, tt := range map[string]struct {
		member *models.Membership
		want   []string
	}{
		"no organization":       {nil, []string{"rol_a", "rol_b"}},
		"one more":              {&models.Membership{RoleIDs: []string{"rol_c"}}, []string{"rol_a", "rol_b", "rol_c"}},
		"one that is there too": {&models.Membership{RoleIDs: []string{"rol_b", "rol_c"}}, []string{"rol_a", "rol_b", "rol_c"}},
	} {
		if diff := cmp.Diff(tt.want, u.RolesWith(tt.member)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"rol_a", "rol_b"}, u.RoleIDs); diff != "" {
		t.Errorf("the user's own roles (-want +got):\n%s", diff)
	}
}
