package tenant

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"example.com/keepsake/models"
)

// defaultRuntime is what Auth0 gives a new Action (contract 3.9).
const defaultRuntime = "node22"

// actions reads the section actions. The error is the context's.
func (l *loader) actions(doc *object) error {
	objects, _ := doc.children("actions")
	seen := make(map[string]*node)
	for _, o := range objects {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		name := o.required("name")
		first := l.unique(seen, "action", name)
		triggers, ok := l.supportedTriggers(o)
		if !ok {
			l.names.skippedActions[name.text] = true
			l.ignore(o.path + " (" + triggers[0].ID + ")")
			continue
		}
		a := models.Action{
			ID:           derivedID(models.PrefixAction, name.text),
			Name:         name.text,
			Runtime:      o.string("runtime"),
			Dependencies: l.dependencies(o),
			Secrets:      l.secrets(o),
			Triggers:     triggers,
			Deployed:     o.flag("deployed", false),
		}
		if a.Runtime == "" {
			a.Runtime = defaultRuntime
		}
		a.Code, a.File = l.code(o)
		for _, known := range []string{"status", "all_changes_deployed", "id", "created_at", "updated_at", "installed"} { // an export has them
			o.take(known)
		}
		o.done()
		if first && name.text != "" {
			l.result.Config.Actions = append(l.result.Config.Actions, a)
			l.names.actions[a.Name] = &a
		}
	}
	return nil
}

// supportedTriggers reads what an Action is for; without the key it is for post-login. False: only for triggers that Keepsake
// has not.
func (l *loader) supportedTriggers(o *object) ([]models.ActionTrigger, bool) {
	objects, _ := o.children("supported_triggers")
	var all []models.ActionTrigger
	supported := false
	for _, t := range objects {
		id := t.required("id")
		trigger := models.ActionTrigger{ID: id.text, Version: t.string("version")}
		if trigger.Version == "" {
			trigger.Version = "v3"
		}
		t.take("status")
		t.done()
		if id.text == "" {
			continue
		}
		supported = supported || id.text == models.TriggerPostLogin
		all = append(all, trigger)
	}
	if len(all) == 0 {
		return []models.ActionTrigger{{ID: models.TriggerPostLogin, Version: "v3"}}, true
	}
	return all, supported
}

func (l *loader) dependencies(o *object) []models.Dependency {
	objects, _ := o.children("dependencies")
	seen := make(map[string]*node)
	var out []models.Dependency
	for _, d := range objects {
		name := d.required("name")
		dep := models.Dependency{Name: name.text, Version: d.string("version")}
		if dep.Version == "" {
			dep.Version = "latest"
		}
		d.take("registry_url")
		d.done()
		if name.text != "" && l.unique(seen, "dependency", name) {
			out = append(out, dep)
		}
	}
	return out
}

// secrets reads an Action's secrets. No error repeats a value.
func (l *loader) secrets(o *object) map[string]string {
	objects, _ := o.children("secrets")
	seen := make(map[string]*node)
	var out map[string]string
	for _, s := range objects {
		name, value := s.required("name"), s.located("value")
		s.take("updated_at")
		s.done()
		switch {
		case name.text == "" || !l.unique(seen, "secret", name):
		case utf8.RuneCountInString(name.text) > models.MaxActionSecretName:
			l.problemf(name.at, name.path, "a secret's name has at most %d characters", models.MaxActionSecretName)
		case utf8.RuneCountInString(value.text) > models.MaxActionSecretValue:
			l.problemf(value.at, value.path, "a secret's value has at most %d characters", models.MaxActionSecretValue)
		default:
			if out == nil {
				out = make(map[string]string)
			}
			out[name.text] = value.text
		}
	}
	return out
}

// code returns an Action's code and the file that it comes from. As with the Deploy CLI, code is the path of a file beside
// the document. Code itself will do too: whatever has a line break, or does not end like the name of a script.
func (l *loader) code(o *object) (code, file string) {
	s := o.required("code")
	switch {
	case s.text == "":
		return "", ""
	case strings.Contains(s.text, "\n") || !scriptNames.MatchString(s.text):
		code = s.text
	default:
		file = path.Clean(strings.ReplaceAll(s.text, `\`, "/"))
		code = l.codeFile(s, file)
	}
	if len(code) > models.MaxActionCode {
		l.problemf(s.at, s.path, "the code has %d bytes, at most %d are allowed", len(code), models.MaxActionCode)
	}
	return code, file
}

// scriptNames are the names of files of code: JavaScript, ES modules and TypeScript.
var scriptNames = regexp.MustCompile(`\.[cm]?[jt]s$`)

// codeFile reads a file of code and replaces its keywords.
func (l *loader) codeFile(s located, file string) string {
	if !fs.ValidPath(file) {
		l.problemf(s.at, s.path, "%q is outside of the folder of %s", s.text, FileName)
		return ""
	}
	name := path.Join(l.dir, file)
	b, err := fs.ReadFile(l.fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.problemf(s.at, s.path, "there is no file %s", l.prefix+name)
		return ""
	case err != nil:
		l.problemf(s.at, s.path, "read %s: %s", l.prefix+name, err)
		return ""
	}
	t := l.keywords.expand(string(b))
	for _, k := range t.missing {
		e := &Error{File: l.prefix + name, Key: s.path, Message: k.message()}
		e.Line, e.Column = place(t.source, k.at)
		l.problems = append(l.problems, e)
	}
	return t.body
}
