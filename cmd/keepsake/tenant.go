package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"example.com/keepsake/examples"
	"example.com/keepsake/models"
	"example.com/keepsake/models/password"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/tenant"
)

// tenantCmd groups the commands about tenant files.
type tenantCmd struct {
	Check tenantCheckCmd `cmd:"" help:"Check a tenant.yaml and the Actions beside it; nothing is stored."`
}

// tenantCheckCmd reads a tenant as serve would and says what is in it.
type tenantCheckCmd struct {
	Path   string `arg:"" help:"The tenant.yaml, or a folder that has one."`
	Issuer string `placeholder:"URL" default:"http://127.0.0.1:8080/" help:"The issuer that the tenant will be served under."`
}

// Run prints a summary. Its error is a *configError with everything that is wrong.
func (cmd *tenantCheckCmd) Run(ctx context.Context, h host) error {
	problems := &checker{what: "the tenant"}
	issuer := checkIssuer(problems, cmd.Issuer)
	read, errs := readTenant(ctx, cmd.Path, issuer, h.lookupEnv)
	for _, err := range errs {
		problems.add("%v", err)
	}
	if err := problems.err(); err != nil {
		return err
	}
	return read.describe(h.stdout)
}

// readTenant reads the tenant at path (empty: the demo tenant) and compiles its Actions, so that a mistake in one is
// reported with the others and not at the first login. The errors are all that is wrong with it.
func readTenant(ctx context.Context, path, issuer string, lookupEnv func(string) (string, bool)) (*loadedTenant, []error) {
	options := tenant.Options{Env: lookupEnv, CheckHash: password.Valid, Issuer: issuer}
	var result *tenant.Result
	var err error
	if path == "" {
		if result, err = tenant.Load(ctx, examples.FS, tenant.FileName, options); err == nil {
			result.Config.Tenant.Demo = true
		}
	} else {
		result, err = tenant.LoadPath(ctx, path, options)
	}
	if err != nil {
		return nil, split(err)
	}
	errs := bundleActions(result.Config.Actions, result.Dir)
	// These APIs belong to the server, not to the document.
	result.Config.ResourceServers = append(result.Config.ResourceServers, tenant.ManagementAPI(issuer), tenant.MFAAPI(issuer))
	return &loadedTenant{result}, errs
}

// loadedTenant is a tenant that was read and is sound.
type loadedTenant struct{ *tenant.Result }

// describe prints how much of what the document has, and what in it is worth a second look.
func (t *loadedTenant) describe(w io.Writer) error {
	c := t.Config
	var b strings.Builder
	for _, section := range []struct {
		name  string
		count int
	}{
		{"clients", len(c.Clients)}, {"APIs", len(c.ResourceServers)}, {"client grants", len(c.ClientGrants)},
		{"connections", len(c.Connections)}, {"organizations", len(c.Organizations)}, {"roles", len(c.Roles)},
		{"actions", len(c.Actions)}, {"bound to post-login", len(c.PostLogin)}, {"users", len(c.Users)},
	} {
		fmt.Fprintf(&b, "%-20s %d\n", section.name, section.count)
	}
	for _, name := range t.IgnoredSummary() {
		fmt.Fprintf(&b, "ignored: %s\n", name)
	}
	for _, warning := range t.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	b.WriteString("The tenant is sound.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// apply brings the store to what the tenant says. A restart with the same document changes nothing.
func (t *loadedTenant) apply(ctx context.Context, st *store.Store, hasher *password.Hasher) (*models.ApplySummary, error) {
	config := *t.Config
	config.Users = slices.Clone(config.Users)
	if err := t.hashPasswords(ctx, st, hasher, config.Users); err != nil {
		return nil, err
	}
	summary, err := st.Apply(ctx, &config)
	if err != nil {
		return nil, fmt.Errorf("apply the tenant: %w", err)
	}
	return summary, nil
}

// hashPasswords sets the hashes of users whose passwords the document has in clear, several at a time: a start waits for them.
func (t *loadedTenant) hashPasswords(ctx context.Context, st *store.Store, hasher *password.Hasher, users []models.User) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range users {
		user := &users[i]
		plain, ok := t.Passwords[user.ID]
		if !ok {
			continue
		}
		group.Go(func() (err error) {
			if user.PasswordHash, err = passwordHash(ctx, st, hasher, user.ID, plain); err != nil {
				return fmt.Errorf("hash the password of %s: %w", user.ID, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// passwordHash returns a hash of a password that a document has in clear: the stored one when it is of this password.
func passwordHash(ctx context.Context, st *store.Store, hasher *password.Hasher, userID, plain string) (string, error) {
	stored, err := st.User(ctx, userID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return "", fmt.Errorf("read the user: %w", err)
	}
	if err == nil && stored.PasswordHash != "" {
		same, err := hasher.Verify(ctx, stored.PasswordHash, plain)
		if err != nil {
			return "", fmt.Errorf("compare with the stored hash: %w", err)
		}
		if same {
			return stored.PasswordHash, nil
		}
	}
	return hasher.Hash(ctx, plain)
}

// split returns the errors of an errors.Join, or the one error.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
