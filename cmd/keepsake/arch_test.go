package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "example.com/keepsake"

// arrows is who may import whom inside the module. What is not in here may import nothing of it.
var arrows = map[string][]string{
	"models":          {},
	"models/store":    {"models"},
	"models/tenant":   {"models"},
	"models/password": {"models"},
	"models/mfa":      {"models"},
	"messages":        {"models"},
	"hooks":           {"models"},
	"hooks/actions":   {"hooks", "hooks/actions/egress", "hooks/actions/isolate", "hooks/actions/nodejs", "hooks/actions/script", "hooks/sessiontoken", "models"},
	"oauth":           {"hooks", "models"},
	"mgmt":            {"models"},
	"web":             {"models"},
	"web/middleware":  {"models"},
	"web/geoip":       {"models"},
	"web/pageform":    {},
	"examples":        {},

	"hooks/sessiontoken":     {},
	"hooks/actions/egress":   {},
	"hooks/actions/isolate":  {},
	"hooks/actions/nodejs":   {"hooks/actions/egress"},
	"hooks/actions/script":   {},
	"hooks/actions/lint":     {"hooks", "hooks/actions/script", "hooks/actions/types", "models"},
	"hooks/actions/types":    {},
	"workbench":              {"hooks", "hooks/actions", "hooks/actions/egress", "hooks/actions/types", "models"},
	"workbench/scenario":     {"models", "web/pageform"},
	"models/store/pgserver":  {},
	"models/store/storetest": {"models", "models/store", "models/store/pgserver"},
	"internal/outside":       {},
}

// stdlibOnly are the packages that import nothing from outside the module.
var stdlibOnly = []string{"models", "hooks", "examples", "web/middleware"}

// owners are the only importers of what should stay replaceable.
var owners = map[string][]string{
	"gorm.io/":                           {"models/store"},
	"modernc.org/sqlite":                 {"models/store"},
	"github.com/pressly/goose":           {"models/store"},
	"github.com/jackc/pgx":               {"models/store", "models/store/storetest", "cmd/keepsake-bench"},
	"github.com/dop251/goja":             {"hooks/actions", "hooks/actions/lint", "hooks/actions/nodejs"},
	"github.com/evanw/esbuild":           {"hooks/actions/script"},
	"code.dny.dev/ssrf":                  {"hooks/actions/egress"},
	"github.com/dlclark/regexp2":         {"hooks/actions"},
	"github.com/ory/fosite":              {"oauth"},
	"github.com/goccy/go-yaml":           {"models/tenant", "workbench/scenario"},
	"github.com/microcosm-cc/bluemonday": {"web"},
	"github.com/alecthomas/kong":         {"cmd/keepsake"},
	"github.com/fsnotify/fsnotify":       {"cmd/keepsake"},
	"github.com/pquerna/otp":             {"models/mfa"},
	"html/template":                      {"web", "oauth"}, // in oauth for the page of response_mode=form_post, which fosite takes as a template
}

// TestArrows holds the import table above over what the module really imports, tests left aside.
func TestArrows(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) < len(arrows) {
		t.Errorf("go list found %d packages, the table has %d", len(packages), len(arrows))
	}
	for _, p := range packages {
		for _, imported := range p.Imports {
			if problem := judge(p.name(), imported); problem != "" {
				t.Error(problem)
			}
		}
	}
}

// unlinked are modules that must not come into the program by way of another: how they did, and what keeps them out, is in
// oauth/internal/oryx/doc.go.
var unlinked = []string{
	"google.golang.org/grpc", "go.opentelemetry.io/otel/exporters", "go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/contrib",
	"github.com/openzipkin", "github.com/gogo/protobuf", "github.com/sirupsen/logrus",
}

// TestUnlinked: no exporter of traces is in the program.
func TestUnlinked(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "github.com/ory/x/otelx") {
		t.Error("github.com/ory/x/otelx is not in the program: is oauth/internal/oryx still needed?")
	}
	for _, p := range packages {
		for _, prefix := range unlinked {
			if p == prefix || strings.HasPrefix(p, prefix+"/") {
				t.Errorf("%s is in the program", p)
			}
		}
	}
}

// TestArrowsAreJudged shows that the judge finds each kind of wrong edge.
func TestArrowsAreJudged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, from, to string
		wrong          bool
	}{
		{"a listed edge is fine", "oauth", module + "/hooks", false},
		{"the command sees everything", "cmd/keepsake", module + "/oauth", false},
		{"oauth and mgmt do not know each other", "mgmt", module + "/oauth", true},
		{"nothing imports the command", "web", module + "/cmd/keepsake", true},
		{"models imports nothing of the module", "models", module + "/hooks", true},
		{"models imports the standard library", "models", "crypto/hkdf", false},
		{"models imports no other module", "models", "golang.org/x/crypto/bcrypt", true},
		{"gorm stays in the store", "mgmt", "gorm.io/gorm", true},
		{"gorm is for the store", "models/store", "gorm.io/gorm", false},
		{"the JavaScript engine stays in hooks/actions", "hooks", "github.com/dop251/goja", true},
		{"a package that the table lacks imports nothing of the module", "common", module + "/models", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if problem := judge(tt.from, tt.to); (problem != "") != tt.wrong {
				t.Errorf("judge(%s, %s) = %q, wrong should be %v", tt.from, tt.to, problem, tt.wrong)
			}
		})
	}
}

// judge returns what is wrong with an edge, or "".
func judge(from, to string) string {
	edge := from + " -> " + strings.TrimPrefix(to, module+"/")
	if inside, ok := strings.CutPrefix(to, module+"/"); ok {
		switch {
		case strings.HasPrefix(inside, "cmd/"):
			return edge + ": nothing imports a command"
		case !strings.HasPrefix(from, "cmd/") && !slices.Contains(arrows[from], inside):
			return edge + ": not in the table of arrows"
		}
		return ""
	}
	for prefix, allowed := range owners {
		if strings.HasPrefix(to, prefix) && !slices.Contains(allowed, from) {
			return edge + ": only " + strings.Join(allowed, " and ") + " may import it"
		}
	}
	if isForeign(to) && slices.Contains(stdlibOnly, from) {
		return edge + ": this package keeps to the standard library"
	}
	return ""
}

// isForeign reports whether an import path is of another module: the standard library has no dot in its first element.
func isForeign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

type listedPackage struct {
	ImportPath string
	Imports    []string
}

func (p listedPackage) name() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var packages []listedPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("decode the output of go list: %v", err)
		}
		packages = append(packages, p)
	}
}
