package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"example.com/keepsake/models"
	"example.com/keepsake/models/password"
)

// tenantWatch applies the tenant anew whenever it, or an Action beside it, is saved.
type tenantWatch struct {
	app       *app
	watcher   *watcher
	hasher    *password.Hasher
	lookupEnv func(string) (string, bool)
	issuer    string
}

// startWatch begins to watch the tenant's folder. Changes from now on are not missed.
func (a *app) startWatch(hasher *password.Hasher, lookupEnv func(string) (string, bool)) error {
	dir := a.settings.Tenant
	folder, err := isFolder(dir)
	if err != nil {
		return err
	}
	if !folder {
		dir = filepath.Dir(dir)
	}
	w, err := newWatcher([]string{dir}, isTenantFile, a.logger)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, w.close)
	a.watch = &tenantWatch{app: a, watcher: w, hasher: hasher, lookupEnv: lookupEnv, issuer: a.issuer}
	return nil
}

// isTenantFile reports whether a tenant may be made of a file.
func isTenantFile(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json", ".html", ".liquid":
		return true
	}
	return isScript(name)
}

// run applies what changes until ctx is done.
func (w *tenantWatch) run(ctx context.Context) {
	w.app.logger.Info("watching the tenant: what is saved is live at once")
	for {
		name, ok := w.watcher.wait(ctx)
		if !ok {
			return
		}
		w.reload(ctx, name)
	}
}

// reload reads the tenant and applies it. What is wrong with it leaves the last good one in place.
func (w *tenantWatch) reload(ctx context.Context, name string) {
	logger := w.app.logger
	read, errs := readTenant(ctx, w.app.settings.Tenant, w.issuer, w.lookupEnv)
	var summary *models.ApplySummary
	if len(errs) == 0 {
		var err error
		if summary, err = read.apply(ctx, w.app.store, w.hasher); err != nil {
			errs = []error{err}
		}
	}
	if ctx.Err() != nil {
		return
	}
	if len(errs) > 0 {
		for _, err := range errs {
			logger.ErrorContext(ctx, "tenant: "+err.Error())
		}
		logger.ErrorContext(ctx, "the tenant was not applied: the last good one keeps running", "changed", relative(name), "problems", len(errs))
		return
	}
	attrs := append([]slog.Attr{slog.String("changed", relative(name))}, changes(summary)...)
	logger.LogAttrs(ctx, slog.LevelInfo, "tenant applied", attrs...)
	for _, warning := range read.Warnings {
		logger.WarnContext(ctx, "tenant: "+warning)
	}
}
