package actions_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/internal/outside"
	"example.com/keepsake/models"
)

// sharedJWT is what others than the packages make of {"sub":"alice"} under {"alg":"HS256","typ":"JWT"} with sharedSecret.
const sharedJWT = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.ofa5iBfHDO727dFMtQOpNjcXWo6vP_QHX6tRMAB5L-A"

const sharedSecret = "a-secret-of-more-than-32-characters"

// TestPackagesFromNpm runs Actions (testdata/npm) with packages that many Actions require, as npm installs them (package-lock.json there).
func TestPackagesFromNpm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		writeFile(t, filepath.Join(dir, name), readFile(t, "testdata/npm/"+name))
	}
	outside.Packages(t, dir)
	var manifest struct{ Dependencies map[string]string }
	decode(t, readFile(t, "testdata/npm/package.json"), &manifest)
	var dependencies []models.Dependency
	for name, version := range manifest.Dependencies {
		dependencies = append(dependencies, models.Dependency{Name: name, Version: version})
	}
	secrets, policy := packageSecrets(t)
	engines := newEngines(t, actions.Options{Network: policy})
	delete(engines, "process") // where auto moves what takes long to load

	for _, tt := range []struct{ file, want string }{
		{"uuid.js", `["aa006163-b22e-5d26-8740-b3bfb50ec29c", 4, false]`},
		{"lodash.js", `{"roles": ["editor", "admin"], "merged": {"a": {"b": 1, "c": [2]}}, "name": "Hello, A &amp; B", "case": "last-login-at", "missing": "none"}`},
		{"jsonwebtoken.js", `{
			"shared": "` + sharedJWT + `", "verified": "alice", "forged": "JsonWebTokenError: invalid signature",
			"otherIssuer": "JsonWebTokenError: jwt issuer invalid. expected: other", "expired": "TokenExpiredError: jwt expired"}`},
		{"jose.ts", `{"verified": ["alice", "admin", "RS256"], "refused": true, "exponent": "AQAB", "shared": "` + sharedJWT + `"}`},
		{"ipaddr.mjs", `[true, true, false, "private", false]`},
		{"axios.js", `{
			"status": 200, "data": {"method": "POST", "q": "a b", "key": "` + sharedSecret + `", "type": "application/json", "body": "{\"n\":1}"},
			"missing": [true, "ERR_BAD_REQUEST", 404, "there is nothing here\n"], "moved": [302, "/echo", "GET"],
			"forbidden": [true, "connection refused: the network policy of this server does not allow it (--action-network)"]}`},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			action := models.Action{
				ID: "act_1", Name: "the action", File: tt.file, Code: string(readFile(t, "testdata/npm/"+tt.file)), Secrets: secrets, Dependencies: dependencies,
			}
			var err error
			if action.Bundle, err = actions.Build(action, dir); err != nil {
				t.Fatal(err)
			}
			var want any
			decode(t, []byte(tt.want), &want)
			for isolation, engine := range engines {
				h, err := actions.NewOn(engine, models.BoundAction{BindingID: "binding", DisplayName: "the action", Action: action})
				if err != nil {
					t.Fatal(err)
				}
				out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
				if err != nil {
					t.Fatalf("%s: %v", isolation, err)
				}
				text, err := json.Marshal(out.AccessTokenClaims["result"])
				if err != nil {
					t.Fatal(err)
				}
				var got any
				decode(t, text, &got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: result (-want +got):\n%s", isolation, diff)
				}
			}
		})
	}
}

// packageSecrets are the secrets of the Actions, and a policy that lets them reach URL and not ELSEWHERE.
func packageSecrets(t *testing.T) (map[string]string, *egress.Policy) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/echo":
		case "/moved":
			http.Redirect(w, r, "/echo", http.StatusFound)
			return
		default:
			http.Error(w, "there is nothing here", http.StatusNotFound)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{
			"method": r.Method, "q": r.FormValue("q"), "key": r.Header.Get("X-Api-Key"), "type": r.Header.Get("Content-Type"), "body": string(body),
		})
	}))
	t.Cleanup(server.Close)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("an Action reached what its policy leaves out")
	}))
	t.Cleanup(elsewhere.Close)
	policy, err := egress.Parse(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"URL": server.URL, "ELSEWHERE": elsewhere.URL, "SHARED": sharedSecret,
		"PRIVATE_KEY": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		"PUBLIC_KEY":  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
	}, policy
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
