package main

import (
	"strings"
	"testing"

	"example.com/keepsake/models/tenant"
)

func TestTenant(t *testing.T) {
	t.Parallel()
	for actions, files := range actionsOf {
		t.Run(actions, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := writeTenant(folder, actions, "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", tokenLifetime); err != nil {
				t.Fatal(err)
			}
			got, err := tenant.LoadPath(t.Context(), folder, tenant.Options{Issuer: issuer, Env: func(string) (string, bool) { return "", false }})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Config.PostLogin) != len(files) || len(got.Config.Users) != users || len(got.Config.Clients) != 5 {
				t.Errorf("%d Actions bound, %d users, %d clients", len(got.Config.PostLogin), len(got.Config.Users), len(got.Config.Clients))
			}
			if len(got.Warnings) > 0 {
				t.Errorf("warnings: %s", strings.Join(got.Warnings, "; "))
			}
		})
	}
}
