package hooks_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

func TestOutcomeScopes(t *testing.T) {
	t.Parallel()
	granted := []string{"openid", "read:notes"}
	for _, row := range []struct {
		name           string
		added, removed []string
		want           []string
	}{
		{"untouched", nil, nil, []string{"openid", "read:notes"}},
		{"added", []string{"write:notes"}, nil, []string{"openid", "read:notes", "write:notes"}},
		{"added what was there", []string{"openid"}, nil, []string{"openid", "read:notes"}},
		{"removed", nil, []string{"read:notes"}, []string{"openid"}},
		{"removed what was not there", nil, []string{"x"}, []string{"openid", "read:notes"}},
		{"both", []string{"write:notes"}, []string{"openid"}, []string{"read:notes", "write:notes"}},
		{"all removed", nil, granted, []string{}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			out := hooks.Outcome{AddedScopes: row.added, RemovedScopes: row.removed}
			if diff := cmp.Diff(row.want, out.Scopes(granted)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff([]string{"openid", "read:notes"}, granted); diff != "" {
		t.Errorf("what was granted changed (-want +got):\n%s", diff)
	}
}

func TestDecision(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	out := hooks.Outcome{
		Metadata:          models.MetadataDelta{Set: map[string]string{"k": "v"}},
		ExpiresAt:         at,
		IdleExpiresAt:     at.Add(-time.Hour),
		AccessTokenClaims: map[string]any{"a": "1"},
		IDTokenClaims:     map[string]any{"b": "2"},
		AddedScopes:       []string{"x"},
		AppMetadata:       map[string]any{"c": "3"},
	}
	want := models.Decision{
		AccessTokenClaims: map[string]any{"a": "1"},
		IDTokenClaims:     map[string]any{"b": "2"},
		Metadata:          models.MetadataDelta{Set: map[string]string{"k": "v"}},
		ExpiresAt:         at,
		IdleExpiresAt:     at.Add(-time.Hour),
	}
	if diff := cmp.Diff(want, out.Decision()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
