package script

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// MaxBundle is how large an Action may be together with its packages, in bytes; its source map may be twice that.
const MaxBundle = 5 << 20

// BundleOptions say what a bundle is made of.
type BundleOptions struct {
	// Dir is the folder whose node_modules has the packages.
	Dir string
	// Packages are those that the author's code may require, by name, and the version that each has to have; these may require
	// any other. A version that is none, such as "latest" or a range, is not checked.
	Packages map[string]string
	// IsBuiltin reports whether a module is the host's to give. It stays a call of require.
	IsBuiltin func(name string) bool
}

// Bundle puts an author's code and the packages that it requires into one script. Whatever it requires that is not in
// Packages stays a call of require. Nothing is read but files below node_modules. The error is an *Error.
func Bundle(s Source, o BundleOptions) (code *Code, err error) {
	if err := checkNesting(s); err != nil {
		return nil, err
	}
	defer recovered(s, &err)
	b, err := newBundler(o)
	if err != nil {
		return nil, &Error{File: s.File, Line: 1, Column: 1, Message: err.Error()}
	}
	result := api.Build(api.BuildOptions{
		Stdin:         &api.StdinOptions{Contents: s.Code, Sourcefile: s.File, ResolveDir: b.dir, Loader: loaderOf(s.File)},
		AbsWorkingDir: b.dir, Outfile: filepath.Join(b.dir, "action.js"), Write: false, Bundle: true,
		Format: api.FormatCommonJS, Platform: api.PlatformNode, Target: api.ESNext, Supported: lacking, TsconfigRaw: noConfig,
		MinifyWhitespace: true, LegalComments: api.LegalCommentsNone, LogLevel: api.LogLevelSilent,
		Sourcemap: api.SourceMapExternal, SourcesContent: api.SourcesContentExclude,
		Plugins: []api.Plugin{{Name: "packages", Setup: b.setup}},
	})
	if len(result.Errors) > 0 {
		return nil, errorOf(s, result.Errors[0])
	}
	code = &Code{}
	for _, f := range result.OutputFiles {
		if strings.HasSuffix(f.Path, ".map") {
			code.Map = string(f.Contents)
		} else {
			code.Text = string(f.Contents)
		}
	}
	if len(code.Text) > MaxBundle || len(code.Map) > 2*MaxBundle {
		return nil, &Error{File: s.File, Line: 1, Column: 1, Message: fmt.Sprintf(
			"The Action and its packages are %d bytes together, at most %d are allowed.", len(code.Text), MaxBundle)}
	}
	return code, nil
}

type bundler struct {
	BundleOptions
	dir     string // absolute, without symbolic links, as esbuild names files
	modules string // its node_modules
}

func newBundler(o BundleOptions) (*bundler, error) {
	dir, err := filepath.Abs(o.Dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("find the folder of the packages: %w", withoutPath(err))
	}
	return &bundler{BundleOptions: o, dir: dir, modules: filepath.Join(dir, "node_modules")}, nil
}

// withoutPath is the reason of a file's error.
func withoutPath(err error) error {
	if e, ok := err.(*fs.PathError); ok {
		return e.Err
	}
	return err
}

func (b *bundler) setup(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: ".*"}, b.resolve)
	build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "file"}, b.load)
}

// resolve decides what a call of require or an import means. An empty result leaves it to esbuild.
func (b *bundler) resolve(args api.OnResolveArgs) (api.OnResolveResult, error) {
	switch {
	case args.Kind == api.ResolveEntryPoint:
		return api.OnResolveResult{}, nil
	case b.IsBuiltin != nil && b.IsBuiltin(args.Path):
		return api.OnResolveResult{Path: args.Path, External: true}, nil
	case b.isPackaged(args.Importer):
		return api.OnResolveResult{}, nil
	}
	name := packageOf(args.Path)
	version, named := b.Packages[name]
	if !named {
		return api.OnResolveResult{Path: args.Path, External: true}, nil
	}
	if problem := b.check(name, version); problem != "" {
		return api.OnResolveResult{Errors: []api.Message{{Text: problem}}}, nil
	}
	return api.OnResolveResult{}, nil
}

// check says what is wrong with an installed package, and the mend; "" for nothing.
func (b *bundler) check(name, version string) string {
	exact := exactVersion.MatchString(version)
	install := "npm install " + name
	if exact {
		install += "@" + version
	}
	folder := filepath.Join(b.modules, filepath.FromSlash(name))
	if _, err := os.Stat(folder); err != nil {
		return fmt.Sprintf("The package %q is in the Action's dependencies, but not in the node_modules beside tenant.yaml: %s", name, install)
	}
	var manifest struct{ Version string }
	text, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil || json.Unmarshal(text, &manifest) != nil {
		return "" // esbuild says what it thinks of it
	}
	if exact && manifest.Version != version {
		return fmt.Sprintf("The Action's dependencies have %s %s, the node_modules beside tenant.yaml has %s: %s", name, version, manifest.Version, install)
	}
	return ""
}

var exactVersion = regexp.MustCompile(`^\d+\.\d+\.\d+`)

func (b *bundler) isPackaged(file string) bool {
	return strings.HasPrefix(file, b.modules+string(filepath.Separator))
}

// load lets esbuild read packages and nothing else: not what a symbolic link or a folder above leads to.
func (b *bundler) load(args api.OnLoadArgs) (api.OnLoadResult, error) {
	if !b.isPackaged(args.Path) {
		return api.OnLoadResult{Errors: []api.Message{{Text: fmt.Sprintf(
			"%s is outside of the node_modules beside tenant.yaml.", filepath.Base(args.Path))}}}, nil
	}
	if strings.HasSuffix(args.Path, ".node") {
		return api.OnLoadResult{Errors: []api.Message{{Text: fmt.Sprintf(
			"%s is native code, which an Action can't have.", filepath.Base(args.Path))}}}, nil
	}
	return api.OnLoadResult{}, nil
}
