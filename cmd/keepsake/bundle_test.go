package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// tenantFolder writes the files of a tenant.
func tenantFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const bundledTenant = `
actions:
  - name: Greet
    code: ./actions/greet.ts
    deployed: true
    dependencies: [{name: greeting, version: 1.2.3}]
triggers:
  post-login: [{action_name: Greet}]
`

// An Action with packages runs from the database alone, as it does on a replica that has no node_modules.
func TestPackagesAreStoredWithTheAction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		dir := tenantFolder(t, map[string]string{
			"tenant.yaml": bundledTenant,
			"actions/greet.ts": `import { greet } from 'greeting';
export const onExecutePostLogin = async (event: any, api: any): Promise<void> => {
  api.accessToken.setCustomClaim('https://example.com/greeting', greet('Ann'));
};`,
			"node_modules/greeting/package.json": `{"name": "greeting", "version": "1.2.3"}`,
			"node_modules/greeting/index.js":     `exports.greet = (name) => "Hello, " + name;`,
		})
		read, errs := readTenant(t.Context(), dir, defaultIssuerURL, noEnv)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if _, err := read.apply(t.Context(), st, nil); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		chain, err := actions.NewRegistry(actions.Options{Source: st}).Chain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out, err := chain.Run(t.Context(), &hooks.Event{})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.AccessTokenClaims["https://example.com/greeting"]; got != "Hello, Ann" {
			t.Errorf("the claim is %v", got)
		}
		summary, err := read.apply(t.Context(), st, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range summary.Sections {
			if section.Created+section.Updated > 0 {
				t.Errorf("the same tenant again changes something: %+v", section)
			}
		}
	})
}

func TestWhatIsWrongWithPackagesIsReportedWhenTheTenantIsRead(t *testing.T) {
	t.Parallel()
	const code = "// one\nconst { greet } = require('greeting');\nexports.onExecutePostLogin = async () => {};\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"not installed", map[string]string{"actions/greet.ts": code},
			`actions/greet.ts:2:27: SyntaxError: The package "greeting" is in the Action's dependencies, but not in the node_modules beside tenant.yaml: npm install greeting@1.2.3`},
		{"another version", map[string]string{"actions/greet.ts": code, "node_modules/greeting/package.json": `{"version": "1.2.4"}`},
			`actions/greet.ts:2:27: SyntaxError: The Action's dependencies have greeting 1.2.3, the node_modules beside tenant.yaml has 1.2.4: npm install greeting@1.2.3`},
		{"not needed", map[string]string{"actions/greet.ts": "exports.onExecutePostLogin = async () => {};"}, ""},
		{"a mistake in the package", map[string]string{"actions/greet.ts": code, "node_modules/greeting/index.js": "\nconst = 1;"},
			`node_modules/greeting/index.js:2:7: SyntaxError: Expected identifier but found "="`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.files["tenant.yaml"] = bundledTenant
			_, errs := readTenant(t.Context(), tenantFolder(t, tt.files), defaultIssuerURL, noEnv)
			var got []string
			for _, err := range errs {
				got = append(got, err.Error())
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func noEnv(string) (string, bool) { return "", false }
