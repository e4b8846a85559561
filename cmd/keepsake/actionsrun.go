package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

// exitDenied is the exit code of a run whose login an Action denied.
const exitDenied = 3

// actionsRunCmd runs Actions on a made-up login and refresh.
type actionsRunCmd struct {
	File         string            `arg:"" optional:"" help:"The file of an Action, or the name of one of the tenant's. Default: all that the tenant has bound to post-login, in order."`
	Login        bool              `twin:"-" help:"Only a login. Default: a login, then a refresh of what it stored."`
	Refresh      bool              `twin:"-" help:"Only a refresh."`
	Event        string            `twin:"-" placeholder:"FILE" help:"A JSON file of event's members, in Auth0's shape; what it leaves out is made up."`
	Set          []string          `twin:"-" sep:"none" placeholder:"MEMBER=VALUE" help:"Change one member of event, as in request.geoip.countryCode=DE; null takes it away. May be repeated."`
	Secret       map[string]string `twin:"-" mapsep:"none" placeholder:"NAME=VALUE" help:"A secret of the Action's. May be repeated."`
	Tenant       string            `twin:"-" placeholder:"PATH" help:"The tenant.yaml, or the folder that has it. Default: the nearest one above FILE or this folder."`
	User         string            `twin:"-" placeholder:"USER" help:"The tenant's user who logs in: an email, a username or an id. Default: its first."`
	Organization string            `twin:"-" placeholder:"NAME" help:"The tenant's organization that the user logs in to. Default: none."`
	Client       string            `twin:"-" placeholder:"CLIENT" help:"The tenant's client: a name or an id. Default: its first that uses refresh tokens."`
	JSON         bool              `twin:"-" name:"json" help:"Print the reports as a JSON array."`
	actionFlags
}

// Help is shown under "keepsake actions run --help".
func (*actionsRunCmd) Help() string {
	return `Runs the Actions as the server would, on an event that looks like a real one, and prints what they did: their calls of api, what they printed and threw, the claims, the refresh token's metadata before and after, and the log records that a server would write. The refresh finds what the login before it has left: the token, the session, the user's metadata and api.cache. No token is issued, and nothing outlives the command; to play against a whole server there is "keepsake actions test".

Exit codes: 0 success, 1 an Action failed, 2 the command line, the event or the code is wrong, 3 an Action denied.`
}

// Run plays the moments that were asked for. Its error is a *quietError for what an Action did.
func (cmd *actionsRunCmd) Run(ctx context.Context, h host) error {
	if cmd.Login && cmd.Refresh {
		return usageError("the command line", "--login and --refresh: without either, both are played")
	}
	bench, err := cmd.prepare(ctx, h)
	if err != nil {
		return err
	}
	var reports []*workbench.Report
	for _, moment := range cmd.moments() {
		report, err := bench.play(ctx, moment)
		if err != nil {
			return err
		}
		reports = append(reports, report)
		if report.Result != workbench.Succeeded {
			break // there is nothing to refresh
		}
	}
	if err := cmd.print(h, reports); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	switch reports[len(reports)-1].Result {
	case workbench.Failed:
		return &quietError{exitFailed}
	case workbench.Denied:
		return &quietError{exitDenied}
	}
	return nil
}

func (cmd *actionsRunCmd) moments() []workbench.Moment {
	switch {
	case cmd.Login:
		return []workbench.Moment{workbench.Login}
	case cmd.Refresh:
		return []workbench.Moment{workbench.Refresh}
	}
	return []workbench.Moment{workbench.Login, workbench.Refresh}
}

func (cmd *actionsRunCmd) print(h host, reports []*workbench.Report) error {
	if cmd.JSON {
		e := json.NewEncoder(h.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(reports)
	}
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(h.stdout)
		}
		fmt.Fprintf(h.stdout, "== %s ==\n", r.Moment)
		if err := r.Print(h.stdout); err != nil {
			return err
		}
	}
	return nil
}

// prepare reads the Actions, the tenant and the changes of the event. What is wrong with them comes back in a *configError.
func (cmd *actionsRunCmd) prepare(ctx context.Context, h host) (*bench, error) {
	b := &bench{}
	problems := &checker{what: "the command line"}
	b.timeout, b.network = cmd.actionFlags.check(problems)
	if err := cmd.readTenant(ctx, h, b); err != nil {
		return nil, err
	}
	cmd.readChain(b, problems)
	b.bundle(problems)
	cmd.readChanges(b, problems)
	b.choose(cmd.User, cmd.Client, problems)
	b.chooseOrganization(cmd.Organization, problems)
	b.addSecrets(cmd.Secret)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return b, b.checkChanges(cmd.moments())
}

func (cmd *actionsRunCmd) readTenant(ctx context.Context, h host, b *bench) error {
	path, wanted := cmd.Tenant, cmd.Tenant != "" || cmd.File == "" || !isFile(cmd.File)
	if path == "" {
		dir := "."
		if isFile(cmd.File) {
			dir = filepath.Dir(cmd.File)
		}
		if path = findUp(dir); path == "" {
			if cmd.File == "" {
				return usageError("the command line", "there is no %s here or above; name an Action's file, or the tenant with --tenant", "tenant.yaml")
			}
			return nil
		}
	}
	config, err := loadTenant(ctx, path, h)
	if err != nil {
		if wanted {
			return err
		}
		return nil // the Action runs without its tenant
	}
	b.config, b.dir = config.result.Config, config.result.Dir
	for i := range b.config.Actions {
		if a := &b.config.Actions[i]; a.File != "" {
			a.File = filepath.Join(config.dir, a.File)
		}
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return path != "" && err == nil && !info.IsDir()
}

// readChain finds the Actions to run: a file, an Action of the tenant, or what it has bound.
func (cmd *actionsRunCmd) readChain(b *bench, problems *checker) {
	if cmd.File == "" {
		b.chain = boundOf(b.config)
		if len(b.chain) == 0 {
			problems.add("the tenant has bound no Action to post-login")
		}
		return
	}
	if b.config != nil {
		for _, a := range b.config.Actions {
			if a.Name == cmd.File || (a.File != "" && sameFile(a.File, cmd.File)) {
				if isFile(cmd.File) {
					a.File = cmd.File // as it was written
				}
				b.chain = []models.BoundAction{{DisplayName: a.Name, Action: a}}
				return
			}
		}
	}
	code, err := os.ReadFile(cmd.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problems.add("there is no file, and no Action of the tenant, called %s", cmd.File)
	case err != nil:
		problems.add("read the Action: %v", err)
	default:
		name := strings.TrimSuffix(filepath.Base(cmd.File), filepath.Ext(cmd.File))
		b.chain = []models.BoundAction{{DisplayName: name, Action: models.Action{ID: "act_" + name, Name: name, File: cmd.File, Code: string(code), Version: 1}}}
	}
}

// boundOf returns what a tenant has bound, as a server would run it.
func boundOf(config *models.TenantConfig) []models.BoundAction {
	var chain []models.BoundAction
	for _, binding := range config.PostLogin {
		for _, a := range config.Actions {
			if a.Name == binding.ActionName {
				chain = append(chain, models.BoundAction{BindingID: "bin_" + a.Name, DisplayName: binding.DisplayName, Action: a})
			}
		}
	}
	return chain
}

// readChanges reads the event's file and the single changes, in this order.
func (cmd *actionsRunCmd) readChanges(b *bench, problems *checker) {
	if cmd.Event != "" {
		text, err := os.ReadFile(cmd.Event)
		var event map[string]any
		if err == nil {
			err = json.Unmarshal(text, &event)
		}
		if err != nil {
			problems.add("--event: read %s: %v", cmd.Event, err)
		}
		b.addChange(event, problems)
	}
	for _, s := range cmd.Set {
		change, err := workbench.ParseSet(s)
		if err != nil {
			problems.add("--set: %v", err)
			continue
		}
		b.addChange(change, problems)
	}
}
