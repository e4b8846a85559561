package tenant

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestFixtures loads each testdata/*.txtar: a tenant's files, an optional env (KEY=value lines), and what is expected:
// summary (what was read), ignored (IgnoredSummary) and warnings.
func TestFixtures(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := make(map[string]string)
			fsys := fstest.MapFS{}
			for _, f := range archive.Files {
				files[f.Name] = string(f.Data)
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			first := loadFixture(t, fsys, files["env"])
			for file, got := range map[string][]string{
				"summary": summary(first), "ignored": first.IgnoredSummary(), "warnings": first.Warnings,
			} {
				if diff := cmp.Diff(lines(files[file]), got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", file, diff)
				}
			}
			if diff := cmp.Diff(first, loadFixture(t, fsys, files["env"])); diff != "" {
				t.Errorf("loading again gives something else (-first +second):\n%s", diff)
			}
		})
	}
}

func loadFixture(t *testing.T, fsys fs.FS, env string) *Result {
	t.Helper()
	values := make(map[string]string)
	for _, line := range lines(env) {
		key, value, _ := strings.Cut(line, "=")
		values[key] = value
	}
	r, err := Load(t.Context(), fsys, FileName, Options{
		Env:    func(key string) (string, bool) { v, ok := values[key]; return v, ok },
		Issuer: testIssuer,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// summary names everything that was read, with what other sections made of it.
func summary(r *Result) []string {
	c := r.Config
	out := []string{"tenant " + c.Tenant.ID + " " + c.Tenant.FriendlyName + ", directory " + c.Tenant.DefaultDirectory}
	for _, x := range c.Clients {
		out = append(out, "client "+x.Name+" "+x.AppType+" "+x.TokenEndpointAuthMethod+" "+strings.Join(x.GrantTypes, " "))
	}
	for _, x := range c.ResourceServers {
		out = append(out, "api "+x.Identifier)
	}
	for _, x := range c.ClientGrants {
		out = append(out, "grant "+x.ClientID+" "+x.Audience+" "+strings.Join(x.Scopes, " "))
	}
	for _, x := range c.Connections {
		out = append(out, "connection "+x.Name+" for "+strings.Join(x.EnabledClients, " "))
	}
	for _, x := range c.Organizations {
		out = append(out, "organization "+x.Name+" through "+strings.Join(x.Connections, " "))
	}
	for _, x := range c.Roles {
		out = append(out, "role "+x.Name)
	}
	for _, x := range c.Actions {
		out = append(out, "action "+x.Name+" from "+x.File)
	}
	for _, x := range c.PostLogin {
		out = append(out, "post-login "+x.ActionName)
	}
	return out
}

func lines(text string) []string {
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// FuzzLoad looks for documents that crash the reader or the parser below it, and for problems without a place to go to.
func FuzzLoad(f *testing.F) {
	demo, err := os.ReadFile(filepath.Join("..", "..", "examples", FileName))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(demo), "v")
	for _, seed := range []string{
		"", "a: [", "? ", "- - -", "tenant: ##A##\n", "clients: @@A@@", "clients:\n- <<: *a", "a: &a\n  <<: *a\nb: *a", "a: !!str\nroles: [*a]",
		"users: [{email: a@b.c, app_metadata: {a: .nan}}]", "a: |\n  b\n c: >-", "\ufeff\r\nroles:\r\n- name: x\r\n", "{a: b, ? c}", "%YAML 1.2\n---\na", "a: \"\\u00e9\\", "\t",
	} {
		f.Add(seed, "{}")
	}
	f.Fuzz(func(t *testing.T, document, value string) {
		fsys := fstest.MapFS{FileName: {Data: []byte(document)}}
		env := func(key string) (string, bool) { return value, key != mappingsVariable }
		r, err := Load(t.Context(), fsys, FileName, Options{Env: env, Issuer: testIssuer})
		if err == nil && r.Config == nil {
			t.Error("neither a configuration nor an error")
		}
		if err != nil && !strings.Contains(err.Error(), FileName) {
			t.Errorf("an error without a place: %v", err)
		}
	})
}
