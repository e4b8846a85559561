package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/keepsake/examples"
)

// What the tests use of testdata/e2e/tenant.yaml.
const (
	e2eNative        = "E2ENativeApp00000000000000000001"
	e2eWeb           = "E2EWebApp00000000000000000000002"
	e2eWebSecret     = "e2e-web-secret-0d9a7c55e1b24f6b"
	e2eMachine       = "E2EMachine0000000000000000000003"
	e2eMachineSecret = "e2e-machine-secret-77b1f0a93c5e4d"
	e2ePassword      = "e2e-alice-password"
	e2eUser          = "auth0|e2e000000000000000000001"
	e2eActionSecret  = "e2e-action-secret-c1d2e3f4a5b60718"
)

// What the tests use of both tenants.
const (
	e2eCallback = "http://127.0.0.1:8787/callback"
	e2eAPI      = "https://api.example.com"
	e2eEmail    = "alice@example.com"
)

// withE2ETenant returns o with the tenant of testdata/e2e.
func withE2ETenant(t *testing.T, o processOptions) processOptions {
	t.Helper()
	path, err := filepath.Abs("testdata/e2e")
	if err != nil {
		t.Fatal(err)
	}
	o.Tenant = path
	o.Vault = &vault{}
	for what, secret := range map[string]string{
		"a client's secret": e2eWebSecret, "the machine's secret": e2eMachineSecret, "the user's password": e2ePassword, "the Action's secret": e2eActionSecret,
	} {
		o.Vault.add(what, secret)
	}
	return o
}

// demoTenantWith returns a folder with the demo tenant after a change of its tenant.yaml.
func demoTenantWith(t *testing.T, old, changed string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, examples.FS); err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(examples.FS, "tenant.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		t.Fatalf("%q is not once in the demo's tenant.yaml", old)
	}
	write(t, filepath.Join(folder, "tenant.yaml"), strings.Replace(string(text), old, changed, 1))
	return folder
}
