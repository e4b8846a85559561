package tenant

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestKeywords(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"WORD": "dev", "QUOTE": `say "hi" <b>`, "NUMBER": "5", "LIST": ` ["a", "b"] `, "OBJECT": `{"k": "v"}`, "TRUE": "true", "EMPTY": "",
		"JSON_STRING": `"quoted"`, "MARKED": "##WORD##", "LINES": "a\nb",
	}
	mappings := `{"WORD": "mapped", "NUMBER": 7, "LIST": ["x"], "TEXT": "5"}`
	for _, tt := range []struct {
		name, mappings, source, want string
	}{
		{"a literal", "", "https://##WORD##.example", "https://dev.example"},
		{"a literal keeps its characters", "", "##QUOTE##", `say "hi" <b>`},
		{"a literal is no JSON", "", "##JSON_STRING##", `"quoted"`},
		{"a string is quoted", "", "a: @@WORD@@", `a: "dev"`},
		{"quotes around go away", "", `'@@WORD@@' "@@WORD@@"`, `"dev" "dev"`},
		{"quotes around something more stay", "", `"x @@WORD@@"`, `"x "dev""`},
		{"quotes in a string are escaped, no more than JSON.stringify does", "", "@@QUOTE@@", `"say \"hi\" <b>"`},
		{"line breaks are escaped", "", "@@LINES@@", `"a\nb"`},
		{"a number", "", "@@NUMBER@@", "5"},
		{"a list", "", "@@LIST@@", `["a","b"]`},
		{"an object", "", "@@OBJECT@@", `{"k":"v"}`},
		{"a boolean", "", "@@TRUE@@", "true"},
		{"an empty string", "", "@@EMPTY@@ ##EMPTY##.", `"" .`},
		{"a JSON string is a string with quotes in it", "", "@@JSON_STRING@@", `"\"quoted\""`},
		{"a value is not searched for keywords", "", "##MARKED##", "##WORD##"},
		{"two on a line", "", "##WORD####NUMBER##", "dev5"},
		{"mappings go first", mappings, "##WORD## @@WORD@@ ##NUMBER## @@NUMBER@@ @@LIST@@", `mapped "mapped" 7 7 ["x"]`},
		{"a string of the mappings stays one", mappings, "@@TEXT@@ ##TEXT##", `"5" 5`},
		{"what the mappings lack", mappings, "##TRUE##", "true"},
		{"no keywords", "", "# a ## b @@ c ## d\n####\n@ @", "# a ## b @@ c ## d\n####\n@ @"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k, err := newKeywords(func(key string) (string, bool) {
				if key == mappingsVariable {
					return tt.mappings, tt.mappings != ""
				}
				v, ok := env[key]
				return v, ok
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := k.expand(tt.source); got.body != tt.want || len(got.missing) > 0 {
				t.Errorf("got %q, missing %v, want %q", got.body, got.missing, tt.want)
			}
		})
	}
}

func TestMappingsThatAreNoJSON(t *testing.T) {
	t.Parallel()
	_, err := read(t, "roles: []\n", map[string]string{mappingsVariable: `{"PASSWORD": "hunter2`})
	const want = "read tenant: environment variable AUTH0_KEYWORD_REPLACE_MAPPINGS is not a JSON object"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMissingKeywords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, document, want string }{
		{"in a string", "tenant:\n  friendly_name: My ##ENV## tenant\n", "tenant.yaml:2:21: tenant.friendly_name: nothing to replace ##ENV## with: set the environment variable ENV"},
		{"where YAML would see a comment", "tenant:\n  friendly_name: ##ENV##\n", "tenant.yaml:2:18: tenant.friendly_name: nothing to replace ##ENV## with: set the environment variable ENV"},
		{"two in a string", "tenant: {friendly_name: '##A## ##B##'}\n", "tenant.yaml:1:26: tenant.friendly_name: nothing to replace ##A## with: set the environment variable A\n" +
			"tenant.yaml:1:32: tenant.friendly_name: nothing to replace ##B## with: set the environment variable B"},
		{"in place of a list", "clients:\n  - name: A\n    callbacks: @@URLS@@\n", "tenant.yaml:3:16: clients[0].callbacks: nothing to replace @@URLS@@ with: set the environment variable URLS"},
		{"in place of a number", "tenant: {session_lifetime: '@@HOURS@@'}\n", "tenant.yaml:1:28: tenant.session_lifetime: nothing to replace @@HOURS@@ with: set the environment variable HOURS"},
		{"in metadata", "users: [{email: a@b.c, app_metadata: {k: ['##X##']}}]\n", "tenant.yaml:1:44: users[0].app_metadata.k[0]: nothing to replace ##X## with: set the environment variable X"},
		{"in code", "actions: [{name: A, code: ./actions/secret.js}]\n", "actions/secret.js:1:9: actions[0].code: nothing to replace ##KEY## with: set the environment variable KEY\n" +
			"actions/secret.js:2:14: actions[0].code: nothing to replace @@LIST@@ with: set the environment variable LIST"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := read(t, tt.document, nil); err == nil || err.Error() != tt.want {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
	t.Run("where nobody reads it", func(t *testing.T) {
		t.Parallel()
		r, err := read(t, "# ##COMMENT##\nemailProvider: {secret: ##SECRET##\n}\nclients:\n  - name: A\n    ##MYSTERY##: ##X##\n", nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"emailProvider", "clients[0].##MYSTERY##"}, r.Ignored); diff != "" {
			t.Errorf("ignored (-want +got):\n%s", diff)
		}
	})
}

// TestPlacesAfterReplacement has values that are longer and shorter than their keywords before, on and after the line
// of the mistake.
func TestPlacesAfterReplacement(t *testing.T) {
	t.Parallel()
	env := map[string]string{"LONG": "[\"a\",\n \"b\",\n \"c\"]", "E": "é", "BAD": "nonsense"}
	for _, tt := range []struct{ name, document, want string }{
		{"after a value of several lines", "x: ##LONG##\nroles: 5\n", "tenant.yaml:2:8: roles: expected a list, got a number"},
		{"after a value on the same line", "{x: ##LONG##, y: é##E##, roles: 5}\n", "tenant.yaml:1:33: roles: expected a list, got a number"},
		{"the value itself", "tenant: {id: ##E##, oauth_errors: ##BAD##}\n", `tenant.yaml:1:35: tenant.oauth_errors: "nonsense" is none of auth0, rfc6749`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := read(t, tt.document, env); err == nil || err.Error() != tt.want {
				t.Errorf("got\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestKeywordsInCode(t *testing.T) {
	t.Parallel()
	r, err := read(t, "actions: [{name: A, code: ./actions/secret.js}]\n", map[string]string{"KEY": "v", "LIST": "[1, 2]"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Config.Actions[0].Code, "// uses v\nconst list = [1,2];\n"; got != want {
		t.Errorf("code %q, want %q", got, want)
	}
}

func TestLoadPath(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.js", "exports.a = 1;\n")
	write(FileName, "\ufeffactions: [{name: A, code: ./a.js}]\r\n")
	write("wrong.yaml", "actions: [{name: A, code: ./b.js}]\n")

	for _, path := range []string{folder, filepath.Join(folder, FileName)} {
		r, err := LoadPath(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if a := r.Config.Actions[0]; a.Code != "exports.a = 1;\n" || a.File != "a.js" {
			t.Errorf("action %+v", a)
		}
	}
	wrong := filepath.Join(folder, "wrong.yaml")
	_, err := LoadPath(t.Context(), wrong, Options{})
	if want := wrong + ":1:27: actions[0].code: there is no file " + filepath.Join(folder, "b.js"); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := LoadPath(t.Context(), filepath.Join(folder, "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
}

func TestLoadStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fsys := fstest.MapFS{FileName: {Data: []byte("actions: [{name: A, code: x}]\n")}}
	if _, err := Load(ctx, fsys, FileName, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestTheManagementAPINeedsAnIssuer(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{FileName: {Data: []byte("tenant: {default_audience: management}\n")}}
	_, err := Load(t.Context(), fsys, FileName, Options{})
	const want = "tenant.yaml:1:28: tenant.default_audience: the Management API has no address yet: the issuer is not known"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
