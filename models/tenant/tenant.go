package tenant

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"example.com/keepsake/models"
)

// FileName is the name of a tenant's document in its folder.
const FileName = "tenant.yaml"

// byteOrderMark is what some editors put before a text (YAML 1.2 section 5.2).
const byteOrderMark = "\ufeff"

// Options says what a document does not.
type Options struct {
	// Env finds the value of a keyword; os.LookupEnv, as a rule. Nil: there are none. AUTH0_KEYWORD_REPLACE_MAPPINGS, a JSON
	// object, goes before variables of the keywords' names.
	Env func(key string) (string, bool)
	// CheckHash says whether a user's password_hash is one that can be verified (password.Valid). Nil: all are.
	CheckHash func(hash string) error
	// Issuer is the server's issuer with its trailing slash. The Management API's audience is made from it.
	Issuer string
}

// Result is a tenant that was read.
type Result struct {
	Config *models.TenantConfig
	// Dir is the folder that the document is in; empty when it is in no folder of this machine.
	Dir string
	// Ignored names the sections, then the keys, that were left out because Keepsake has no use for them
	// ("emailTemplates", "clients[0].mobile"). IgnoredSummary is shorter.
	Ignored []string
	// Warnings are whole sentences, each with its place, about what was taken and will not do what the document seems to
	// say (a confidential client without a secret).
	Warnings []string
	// Passwords are the users' passwords that were given in clear, by user id; these users have no PasswordHash yet. The
	// caller hashes one only if the user that is kept has another password: a hash has a salt, so that hashing again would
	// change the user each time. Not to be logged.
	Passwords map[string]string
}

// IgnoredSummary returns Ignored with the places in lists run together: "clients[].mobile (12 times)".
func (r *Result) IgnoredSummary() []string {
	count := make(map[string]int)
	var order []string
	for _, path := range r.Ignored {
		short := listIndex.ReplaceAllString(path, "[]")
		if count[short]++; count[short] == 1 {
			order = append(order, short)
		}
	}
	for i, short := range order {
		if count[short] > 1 {
			order[i] = fmt.Sprintf("%s (%d times)", short, count[short])
		}
	}
	return order
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

// LoadPath reads a tenant from a tenant.yaml, or from a folder with one in it. Errors are those of Load.
func LoadPath(ctx context.Context, name string, o Options) (*Result, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("find tenant: %w", err)
	}
	if info.IsDir() {
		name = filepath.Join(name, FileName)
	}
	dir, file := filepath.Split(name)
	root := dir
	if root == "" {
		root = "."
	}
	result, err := load(ctx, os.DirFS(root), file, dir, o)
	if err != nil {
		return nil, err
	}
	result.Dir = root
	return result, nil
}

// Load reads a tenant from the file called name in fsys. Files that it names are looked for beside it.
//
// Problems of the document are all reported at once, joined, each of them an *Error; any other error says that the file
// could not be read at all.
func Load(ctx context.Context, fsys fs.FS, name string, o Options) (*Result, error) {
	return load(ctx, fsys, name, "", o)
}

// load is Load for errors that write every file's name with prefix before it.
func load(ctx context.Context, fsys fs.FS, name, prefix string, o Options) (*Result, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	keywords, err := newKeywords(o.Env)
	if err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	l := &loader{
		ctx: ctx, fsys: fsys, dir: path.Dir(name), prefix: prefix, file: prefix + name, options: o, keywords: keywords,
		text:   keywords.expand(strings.ReplaceAll(strings.TrimPrefix(string(source), byteOrderMark), "\r\n", "\n")),
		result: &Result{Config: &models.TenantConfig{}, Passwords: make(map[string]string)},
		names:  newNames(),
	}
	if err := l.document(); err != nil {
		return nil, fmt.Errorf("read tenant: %w", err)
	}
	if err := join(l.problems); err != nil {
		return nil, err
	}
	inOrder(l.warnings)
	for _, w := range l.warnings {
		l.result.Warnings = append(l.result.Warnings, w.Error())
	}
	return l.result, nil
}

// document reads all sections. The order is that of the references between them, not the document's. The error is the
// context's.
func (l *loader) document() error {
	root, err := parse(l.text.body)
	if err != nil {
		l.syntax(err)
		return nil
	}
	if root.kind == nothing {
		l.problemf(nil, "", "the document is empty")
		return nil
	}
	if !l.expect(root, "", mapping, "a mapping of sections") {
		return nil
	}
	doc := l.object(root, "")
	settings := l.settings(doc)
	l.customDomains(doc)
	l.guardianFactors(doc)
	l.clients(doc)
	l.resourceServers(doc)
	l.connections(doc)
	l.roles(doc)
	l.organizations(doc)
	l.clientGrants(doc)
	if err := l.actions(doc); err != nil {
		return err
	}
	l.forms(doc)
	l.triggers(doc)
	l.users(doc)
	l.references(settings)
	keys := l.result.Ignored
	l.result.Ignored = nil
	doc.done()
	l.result.Ignored = append(l.result.Ignored, keys...)
	return nil
}

// syntax reports why the document is no YAML.
func (l *loader) syntax(err error) {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Message: err.Error()}
	}
	message := l.text.restore(e.Message)
	if e.Line == 0 {
		l.problemf(nil, "", "%s", message)
		return
	}
	l.problemf(&node{line: e.Line, column: e.Column}, "", "%s", message)
}
