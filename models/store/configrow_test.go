package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

// The names under which configuration is stored. A name that vanishes from here is data that a new version does not read any
// more: add a migration then, and only then change this list.
func TestStoredNames(t *testing.T) {
	t.Parallel()
	got := make(map[string][]string)
	for _, v := range []any{
		models.Tenant{}, models.Client{}, models.RefreshTokenPolicy{}, models.ResourceServer{}, models.Scope{}, models.ClientGrant{}, models.Connection{},
		models.Organization{}, models.Role{}, models.Permission{}, models.Action{}, models.ActionBundle{}, models.Dependency{}, models.ActionTrigger{},
		models.Origin{}, models.Geo{}, models.AuthorizationCode{}, models.Decision{}, models.MetadataDelta{}, models.AuthMethod{}, models.Device{},
		models.Form{}, models.FormHidden{}, models.FormStep{}, models.FormComponent{}, models.FormOption{}, models.SuspendedLogin{}, models.FormPrompt{},
	} {
		kind := reflect.TypeOf(v)
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if name == "" {
				name = kind.Field(i).Name
			}
			got[kind.Name()] = append(got[kind.Name()], name+" "+kind.Field(i).Type.String())
		}
	}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "stored-names.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		t.Errorf("what is stored has changed (UPDATE_GOLDEN=1 accepts it) (-want +got):\n%s", diff)
	}
}

func TestAnActionsSecretsAreSealedToItsRow(t *testing.T) {
	t.Parallel()
	keyring, err := models.NewKeyring([]byte(strings.Repeat("k", models.MinSecretLength)))
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{keyring: keyring}
	a := models.Action{ID: "act_1", Name: "one", Code: "x", Secrets: map[string]string{"KEY": "hush-hush"}, CreatedAt: time.Unix(1, 0).UTC()}
	row, err := s.newActionRow(a)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(row.Data+string(row.Secrets), "hush") {
		t.Errorf("the row has the secret: %s", row.Data)
	}
	back, err := s.action(row)
	if diff := cmp.Diff(&a, back); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	row.ID = "act_2"
	if _, err := s.action(row); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("secrets of another row: %v", err)
	}
}
