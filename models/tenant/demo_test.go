package tenant

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// TestTheDemoTenant holds what the README of examples and the demo promise about it.
func TestTheDemoTenant(t *testing.T) {
	t.Parallel()
	r, err := LoadPath(t.Context(), filepath.Join("..", "..", "examples"), Options{Issuer: testIssuer})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Ignored) > 0 || len(r.Warnings) > 0 {
		t.Errorf("ignored %v, warnings %v", r.Ignored, r.Warnings)
	}
	c := r.Config
	var bound []string
	for _, b := range c.PostLogin {
		bound = append(bound, b.ActionName)
	}
	first := []string{"store-organization", "consume-organization", "store-device", "validate-device"} // whatever comes after them
	if diff := cmp.Diff(first, bound[:min(len(first), len(bound))]); diff != "" {
		t.Errorf("post-login (-want +got):\n%s", diff)
	}
	if acme := c.Organizations[0]; acme.ID != "org_abc123" || acme.Name != "acme" || acme.DisplayName != "Acme Corp" {
		t.Errorf("organization %+v", acme)
	}
	var management []string
	for _, s := range ManagementAPI(testIssuer).Scopes {
		management = append(management, s.Value)
	}
	want := models.ClientGrant{Audience: testIssuer + "api/v2/", Scopes: management}
	for _, client := range c.Clients {
		if len(client.ID) != 32 {
			t.Errorf("client %s has the id %s", client.Name, client.ID)
		}
		if client.Name == "Operations" {
			want.ClientID, want.ID = client.ID, derivedID("cgr_", client.ID, want.Audience)
		}
	}
	if diff := cmp.Diff(want, c.ClientGrants[0]); diff != "" {
		t.Errorf("Operations' grant (-want +got):\n%s", diff)
	}
	native := c.Clients[0]
	if !native.Public() || !native.RefreshToken.Rotating || native.RefreshToken.Leeway != 0 || native.Metadata[models.MetadataTokenID] != "true" {
		t.Errorf("client %+v", native)
	}
	var third int
	for _, client := range c.Clients {
		if !client.FirstParty {
			third++
		}
	}
	if third != 1 {
		t.Errorf("%d third-party clients", third)
	}
	if len(c.Users) != 2 || len(r.Passwords) != 2 {
		t.Errorf("users %+v", c.Users)
	}
	if m := c.Members[0]; m.OrganizationID != "org_abc123" || m.UserID != c.Users[0].ID || c.Users[0].Email != "alice@example.com" {
		t.Errorf("Alice is not in Acme: %+v", m)
	}
}
