package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Suffix is how the names of scenario files end.
const Suffix = ".test.yaml"

// IsFile reports whether a file's name is that of scenarios.
func IsFile(name string) bool {
	return strings.HasSuffix(name, Suffix) || strings.HasSuffix(name, ".test.yml")
}

// File is a file of scenarios.
type File struct {
	Path string `yaml:"-"`
	// Tenant is the tenant.yaml to play on, from the file's folder; empty: the nearest one above, or the demo tenant.
	Tenant string `yaml:"tenant"`
	// Actions are bound instead of what the tenant binds.
	Actions []Action `yaml:"actions"`
	Tests   []Test   `yaml:"tests"`
}

// Action is an Action to bind: one of the tenant's, by its name, or a file beside the scenarios.
type Action struct {
	Name    string            `yaml:"name"`
	File    string            `yaml:"file"`
	Secrets map[string]string `yaml:"secrets"`
}

// UnmarshalYAML takes a bare string for a name, or for a file when it ends like one.
func (a *Action) UnmarshalYAML(unmarshal func(any) error) error {
	var text string
	if unmarshal(&text) == nil {
		if scriptName.MatchString(text) {
			a.File = text
		} else {
			a.Name = text
		}
		return nil
	}
	type plain Action
	return unmarshal((*plain)(a))
}

var scriptName = regexp.MustCompile(`\.[cm]?[jt]s$`)

// Test is one story. It has a server of its own.
type Test struct {
	Name string `yaml:"name"`
	// User and Client are those of steps that name none; empty: the tenant's first.
	User   string `yaml:"user"`
	Client string `yaml:"client"`
	// Start is the time at which it begins; zero: now.
	Start time.Time `yaml:"start"`
	// Actions go before the file's.
	Actions []Action `yaml:"actions"`
	Steps   []Step   `yaml:"steps"`
	Line    int      `yaml:"-"`
}

// Step is one thing that happens, and what is expected of it. One of the members before Expect is set; a step without any only
// looks.
type Step struct {
	Login    *Login    `yaml:"login"`
	Refresh  *Refresh  `yaml:"refresh"`
	Continue *Continue `yaml:"continue"`
	Patch    *Patch    `yaml:"patch"`
	Revoke   *Revoke   `yaml:"revoke"`
	Advance  string    `yaml:"advance"`
	Expect   *Expect   `yaml:"expect"`
	Line     int       `yaml:"-"`
}

// UnmarshalYAML takes "refresh:" with nothing behind it for a refresh of which nothing is special.
func (s *Step) UnmarshalYAML(unmarshal func(any) error) error {
	type plain Step
	if err := unmarshal((*plain)(s)); err != nil {
		return err
	}
	var keys map[string]any
	if err := unmarshal(&keys); err != nil {
		return err
	}
	count := 0
	for name := range keys {
		if name != "expect" {
			count++
		}
		switch {
		case name == "login" && s.Login == nil:
			s.Login = &Login{}
		case name == "refresh" && s.Refresh == nil:
			s.Refresh = &Refresh{}
		case name == "continue" && s.Continue == nil:
			s.Continue = &Continue{}
		case name == "revoke" && s.Revoke == nil:
			s.Revoke = &Revoke{}
		}
	}
	if count > 1 {
		return errors.New("a step is one of login, refresh, continue, patch, revoke and advance")
	}
	return nil
}

// Where is where a request comes from. From is a country that the demo's location databases know: US, DE, FR or JP.
type Where struct {
	IP        string `yaml:"ip"`
	From      string `yaml:"from"`
	UserAgent string `yaml:"user_agent"`
}

// Login is a login: by the login page and a code, or by password where the client has no other way or Flow says so.
type Login struct {
	Where        `yaml:",inline"`
	User         string            `yaml:"user"`
	Client       string            `yaml:"client"`
	Organization string            `yaml:"organization"`
	Flow         string            `yaml:"flow"` // code or password
	Scope        string            `yaml:"scope"`
	Audience     string            `yaml:"audience"`
	Params       map[string]string `yaml:"params"`
	// Fields are for pages that ask for more than the user's name and password.
	Fields map[string]string `yaml:"fields"`
	// As is a name for the login's tokens, where there are several logins.
	As string `yaml:"as"`
	// Browser is the name of a browser that keeps its cookies from login to login; without, each has a new one.
	Browser string `yaml:"browser"`
}

// Refresh is an exchange of a login's refresh token.
type Refresh struct {
	Where  `yaml:",inline"`
	As     string            `yaml:"as"`
	Scope  string            `yaml:"scope"`
	Params map[string]string `yaml:"params"`
	// Token is the one to present: latest, previous or first; empty: the latest.
	Token string `yaml:"token"`
}

// Continue brings the browser back that an Action has sent away.
type Continue struct {
	Where  `yaml:",inline"`
	Params map[string]string `yaml:"params"`
}

// Patch replaces metadata over the Management API: the refresh token's, or the session's.
type Patch struct {
	As              string             `yaml:"as"`
	Metadata        *map[string]string `yaml:"metadata"`
	SessionMetadata *map[string]string `yaml:"session_metadata"`
}

// Revoke revokes a refresh token over the Management API.
type Revoke struct {
	As string `yaml:"as"`
}

// Expect is what must have come of a step. What it leaves out may be anything, but a failure must be expected.
type Expect struct {
	As               string  `yaml:"as"`
	Status           int     `yaml:"status"`
	Error            string  `yaml:"error"`
	ErrorDescription *string `yaml:"error_description"`
	Message          string  `yaml:"message"` // of the Management API
	// Redirect is how the address begins that the browser was sent to.
	Redirect string `yaml:"redirect"`
	// Scope is the whole scope of the access token; RefreshToken whether the answer has a refresh token.
	Scope        *string `yaml:"scope"`
	RefreshToken *bool   `yaml:"refresh_token"`
	// AccessToken and IDToken are claims; null is one that must not be there.
	AccessToken map[string]any `yaml:"access_token"`
	IDToken     map[string]any `yaml:"id_token"`
	// Metadata and SessionMetadata are the whole of them.
	Metadata        *map[string]string `yaml:"metadata"`
	SessionMetadata *map[string]string `yaml:"session_metadata"`
	// AppMetadata and UserMetadata are members of them; null is one that must not be there.
	AppMetadata  map[string]any `yaml:"app_metadata"`
	UserMetadata map[string]any `yaml:"user_metadata"`
	// Revoked is whether the refresh token has ended.
	Revoked *bool `yaml:"revoked"`
	// Logs are the types of the log records that the step has left, in any order.
	Logs *[]string `yaml:"logs"`
}

// ReadFile reads a file of scenarios. Its error names the line of what is wrong.
func ReadFile(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	f := &File{Path: path}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(f); err != nil {
		return nil, placed(path, err)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, placed(path, err)
	}
	f.lines(tree)
	return f, f.check()
}

// placed writes an error of YAML's on one line, with its place.
func placed(path string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		at := y.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", path, at.Line, at.Column, y.GetMessage())
	}
	return fmt.Errorf("%s: %w", path, err)
}

// lines finds where tests and steps stand.
func (f *File) lines(tree *ast.File) {
	for i := range f.Tests {
		f.Tests[i].Line = lineOf(tree, "$.tests["+strconv.Itoa(i)+"]")
		for j := range f.Tests[i].Steps {
			f.Tests[i].Steps[j].Line = lineOf(tree, fmt.Sprintf("$.tests[%d].steps[%d]", i, j))
		}
	}
}

func lineOf(tree *ast.File, path string) int {
	p, err := yaml.PathString(path)
	if err != nil {
		return 0
	}
	node, err := p.FilterFile(tree)
	if err != nil {
		return 0
	}
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken().Position.Line
	}
	if m, ok := node.(*ast.MappingValueNode); ok {
		return m.Key.GetToken().Position.Line
	}
	return node.GetToken().Position.Line
}

// check finds what no play could be made of.
func (f *File) check() error {
	if len(f.Tests) == 0 {
		return fmt.Errorf("%s: there are no tests", f.Path)
	}
	for i := range f.Tests {
		t := &f.Tests[i]
		if t.Name == "" {
			return fmt.Errorf("%s:%d: a test needs a name", f.Path, t.Line)
		}
		for j := range t.Steps {
			s := &t.Steps[j]
			if err := s.check(); err != nil {
				return fmt.Errorf("%s:%d: %w", f.Path, s.Line, err)
			}
		}
	}
	return nil
}

func (s *Step) check() error {
	switch {
	case s.Login != nil && s.Login.Flow != "" && s.Login.Flow != "code" && s.Login.Flow != "password":
		return fmt.Errorf("flow %q is neither code nor password", s.Login.Flow)
	case s.Refresh != nil && s.Refresh.Token != "" && s.Refresh.Token != "latest" && s.Refresh.Token != "previous" && s.Refresh.Token != "first":
		return fmt.Errorf("token %q is none of latest, previous and first", s.Refresh.Token)
	case s.Patch != nil && s.Patch.Metadata == nil && s.Patch.SessionMetadata == nil:
		return errors.New("patch needs metadata or session_metadata")
	}
	for _, w := range []Where{s.where()} {
		if _, ok := countries[w.From]; w.From != "" && !ok {
			return fmt.Errorf("from %q is none of US, DE, FR and JP", w.From)
		}
	}
	return nil
}

func (s *Step) where() Where {
	switch {
	case s.Login != nil:
		return s.Login.Where
	case s.Refresh != nil:
		return s.Refresh.Where
	case s.Continue != nil:
		return s.Continue.Where
	}
	return Where{}
}

// Kind names what a step does.
func (s *Step) Kind() string {
	switch {
	case s.Login != nil:
		return "login"
	case s.Refresh != nil:
		return "refresh"
	case s.Continue != nil:
		return "continue"
	case s.Patch != nil:
		return "patch"
	case s.Revoke != nil:
		return "revoke"
	case s.Advance != "":
		return "advance"
	}
	return "expect"
}

// countries are addresses that the demo's location databases know (RFC 5737, RFC 3849).
var countries = map[string]string{"US": "192.0.2.10", "DE": "198.51.100.10", "FR": "203.0.113.10", "JP": "2001:db8::10"}
