package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/keepsake/hooks/actions/lint"
	"example.com/keepsake/models"
	"example.com/keepsake/models/tenant"
)

// actionsLintCmd looks at Actions without running them.
type actionsLintCmd struct {
	Paths       []string `arg:"" optional:"" name:"path" help:"Files of Actions, or folders. A folder with a tenant.yaml stands for that tenant's Actions. Default: the nearest tenant.yaml, or the files of this folder."`
	Tenant      string   `twin:"-" placeholder:"PATH" help:"Look at the Actions of this tenant.yaml, or of the folder that has it."`
	JSON        bool     `twin:"-" name:"json" help:"Print the findings as a JSON array."`
	MaxWarnings int      `twin:"-" default:"-1" placeholder:"N" help:"Fail when there are more warnings than this."`
	Quiet       bool     `twin:"-" short:"q" help:"Print errors only."`
	Info        bool     `twin:"-" help:"Print infos too: what is worth knowing, and fails nothing."`
}

// Help is shown under "keepsake actions lint --help".
func (*actionsLintCmd) Help() string {
	var b strings.Builder
	b.WriteString("Reads Actions as the engine would and says what will fail when they run, or will not do what it seems to: where, why, and what mends it. An error fails a login, always or in some logins; a warning and an info fail nothing by themselves. Secrets are checked where the tenant is known.\n\n")
	b.WriteString("A comment switches a rule off: // keepsake-disable-line RULE, or // keepsake-disable-next-line RULE on the line before.\n\nExit codes: 0 no errors, 1 errors, 2 nothing could be looked at.\n\nThe rules:")
	for _, rule := range lint.Rules() {
		fmt.Fprintf(&b, "\n\n%s: %s.", rule.Name, rule.What)
	}
	return b.String()
}

// Run prints what was found. Its error is a *quietError when there were errors.
func (cmd *actionsLintCmd) Run(ctx context.Context, h host) error {
	sources, err := cmd.sources(ctx, h)
	if err != nil {
		return err
	}
	var findings []lint.Finding
	counts := make(map[lint.Severity]int)
	for _, source := range sources {
		for _, f := range lint.Check(source) {
			counts[f.Severity]++
			if cmd.shows(f.Severity) {
				findings = append(findings, f)
			}
		}
	}
	if cmd.JSON {
		err = printFindingsJSON(h.stdout, findings)
	} else {
		err = printFindings(h.stdout, findings, counts, len(sources))
	}
	if err != nil {
		return fmt.Errorf("print the findings: %w", err)
	}
	if counts[lint.Error] > 0 || (cmd.MaxWarnings >= 0 && counts[lint.Warning] > cmd.MaxWarnings) {
		return &quietError{exitFailed}
	}
	return nil
}

func (cmd *actionsLintCmd) shows(s lint.Severity) bool {
	switch s {
	case lint.Error:
		return true
	case lint.Warning:
		return !cmd.Quiet
	}
	return cmd.Info && !cmd.Quiet
}

func printFindingsJSON(w io.Writer, findings []lint.Finding) error {
	if findings == nil {
		findings = []lint.Finding{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(findings)
}

// printFindings prints a line for each finding, as compilers do, and what mends it below.
func printFindings(w io.Writer, findings []lint.Finding, counts map[lint.Severity]int, files int) error {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s (%s)\n", f.File, f.Line, f.Column, f.Severity, f.Message, f.Rule)
		fmt.Fprintf(&b, "    %s\n", f.Mend)
	}
	if len(findings) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s\n", plural(files, "Action"), plural(counts[lint.Error], "error"),
		plural(counts[lint.Warning], "warning"), plural(counts[lint.Info], "info"))
	_, err := io.WriteString(w, b.String())
	return err
}

func plural(n int, what string) string {
	if n == 1 || what == "info" {
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sources returns the Actions to look at.
func (cmd *actionsLintCmd) sources(ctx context.Context, h host) ([]lint.Source, error) {
	paths := cmd.Paths
	switch {
	case cmd.Tenant != "":
		sources, err := tenantSources(ctx, cmd.Tenant, h)
		if err != nil || len(paths) == 0 {
			return sources, err
		}
		more, err := cmd.pathSources(ctx, paths, h)
		return append(sources, more...), err
	case len(paths) == 0:
		if found := findUp("."); found != "" {
			return tenantSources(ctx, found, h)
		}
		paths = []string{"."}
	}
	return cmd.pathSources(ctx, paths, h)
}

func (cmd *actionsLintCmd) pathSources(ctx context.Context, paths []string, h host) ([]lint.Source, error) {
	var sources []lint.Source
	for _, path := range paths {
		more, err := sourcesAt(ctx, path, h)
		if err != nil {
			return nil, err
		}
		sources = append(sources, more...)
	}
	if len(sources) == 0 {
		return nil, usageError("the command line", "there are no Actions in %s", strings.Join(paths, ", "))
	}
	return sources, nil
}

func sourcesAt(ctx context.Context, path string, h host) ([]lint.Source, error) {
	folder, err := isFolder(path)
	if err != nil {
		return nil, usageError("the command line", "%v", err)
	}
	files := []string{path}
	switch {
	case folder:
		if _, err := os.Stat(filepath.Join(path, tenant.FileName)); err == nil {
			return tenantSources(ctx, path, h)
		}
		if files, err = scripts(path); err != nil {
			return nil, err
		}
	case filepath.Base(path) == tenant.FileName || strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml"):
		return tenantSources(ctx, path, h)
	}
	var sources []lint.Source
	for _, file := range files {
		source, err := fileSource(ctx, file, h)
		if err != nil {
			return nil, err
		}
		sources = append(sources, source)
	}
	return sources, nil
}

// fileSource reads one file. If it is an Action of the tenant around it, its secrets are known.
func fileSource(ctx context.Context, file string, h host) (lint.Source, error) {
	code, err := os.ReadFile(file)
	if err != nil {
		return lint.Source{}, fmt.Errorf("read the Action: %w", err)
	}
	source := lint.Source{File: file, Code: string(code)}
	found := findUp(filepath.Dir(file))
	if found == "" {
		return source, nil
	}
	config, err := loadTenant(ctx, found, h)
	if err != nil {
		return source, nil // the tenant is not what was asked about
	}
	for _, a := range config.result.Config.Actions {
		if a.File != "" && sameFile(filepath.Join(config.dir, a.File), file) {
			source.Secrets = secretNames(a)
		}
	}
	return source, nil
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// tenantSources returns the Actions of a tenant.
func tenantSources(ctx context.Context, path string, h host) ([]lint.Source, error) {
	config, err := loadTenant(ctx, path, h)
	if err != nil {
		return nil, err
	}
	var sources []lint.Source
	for _, a := range config.result.Config.Actions {
		file := filepath.Join(config.dir, a.File)
		if a.File == "" { // its code is in the tenant.yaml itself
			file = fmt.Sprintf("%s(%s)", filepath.Join(config.dir, tenant.FileName), a.Name)
		}
		sources = append(sources, lint.Source{File: file, Code: a.Code, Secrets: secretNames(a)})
	}
	return sources, nil
}

func secretNames(a models.Action) map[string]bool {
	names := make(map[string]bool, len(a.Secrets))
	for name := range a.Secrets {
		names[name] = true
	}
	return names
}
