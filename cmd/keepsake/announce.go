package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"text/template"
	"time"

	"example.com/keepsake/models"
)

// demoSecrets are the secrets of the demo tenant's clients, by client id. They are public already, and a loaded tenant
// has only their hashes.
var demoSecrets = map[string]string{
	demoWebClient:                      "notes-teams-demo-secret-6f1c2b9a4d7e",
	"NotesReportsWeb00000000000000003": "notes-reports-demo-secret-83e0d5f7a1",
	demoMachineClient:                  "operations-demo-secret-5b7d90c4e2f81a",
	"PartnerCalendar00000000000000005": "partner-calendar-demo-secret-29c6af0b",
}

// What the curl lines use of the demo tenant.
const (
	demoWebClient     = "NotesTeamsWeb0000000000000000002"
	demoMachineClient = "OperationsMachine000000000000004"
	demoUser          = "auth0|a11ce0000000000000000001"
	demoAudience      = "https://api.example.com"
)

// announce logs where the server listens, and prints what there is to try when it has the demo tenant.
func (a *app) announce(w io.Writer) error {
	a.logger.Info("listening", "address", a.listener.Addr().String(), "issuer", a.issuer, "database", a.settings.Database, "version", versionText())
	a.logger.LogAttrs(context.Background(), slog.LevelInfo, "tenant applied", changes(a.summary)...)
	if clock := a.settings.Clock; clock != nil {
		a.logger.Warn("THE CLOCK IS MANUAL: time stands still until POST "+clockPath+" advances it; for development only", "now", clock.Now())
		fmt.Fprintf(w, "The clock is manual. It says %s. To advance it:\n  curl -d '{\"advance\":\"36h\"}' %s\n\n", clock.Now().Format(time.RFC3339), "http://"+a.listener.Addr().String()+clockPath)
	}
	for _, name := range a.tenant.IgnoredSummary() {
		a.logger.Warn("tenant: ignored, there is no use for it here", "key", name)
	}
	for _, warning := range a.tenant.Warnings {
		a.logger.Warn("tenant: " + warning)
	}
	if !a.settings.Demo() {
		_, err := fmt.Fprintf(w, "Keepsake listens on %s as %s\n", a.listener.Addr(), a.issuer)
		return err
	}
	return a.announceDemo(w)
}

// changes says in one line what applying the tenant did: clients="2 created, 3 unchanged".
func changes(summary *models.ApplySummary) []slog.Attr {
	var attrs []slog.Attr
	for _, section := range summary.Sections {
		var parts []string
		for _, part := range []struct {
			count int
			what  string
		}{{section.Created, "created"}, {section.Updated, "updated"}, {section.Unchanged, "unchanged"}} {
			if part.count > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", part.count, part.what))
			}
		}
		attrs = append(attrs, slog.String(section.Name, strings.Join(parts, ", ")))
	}
	return attrs
}

func (a *app) announceDemo(w io.Writer) error {
	fmt.Fprintf(w, "Keepsake listens on %s with the demo tenant.\n", a.issuer)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	config := a.tenant.Config

	fmt.Fprintln(table, "\nUsers\tpassword\torganization")
	for _, user := range config.Users {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", user.Email, a.tenant.Passwords[user.ID], organizationsOf(config, user.ID))
	}
	fmt.Fprintln(table, "\nClients\tclient_id\tclient_secret")
	for _, client := range config.Clients {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", client.Name, client.ID, cmp.Or(demoSecrets[client.ID], "none (public, with PKCE)"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	email, password := a.demoLogin()
	return tryIt.Execute(w, map[string]string{
		"Issuer": a.issuer, "Audience": demoAudience, "Email": email, "Password": password,
		"Web": demoWebClient, "WebSecret": demoSecrets[demoWebClient],
		"Machine": demoMachineClient, "MachineSecret": demoSecrets[demoMachineClient],
	})
}

// demoLogin returns what the user of the curl lines signs in with.
func (a *app) demoLogin() (email, password string) {
	if i := slices.IndexFunc(a.tenant.Config.Users, func(u models.User) bool { return u.ID == demoUser }); i >= 0 {
		email = a.tenant.Config.Users[i].Email
	}
	return email, a.tenant.Passwords[demoUser]
}

// organizationsOf names the organizations that a user is a member of.
func organizationsOf(config *models.TenantConfig, userID string) string {
	var names []string
	for _, member := range config.Members {
		if member.UserID != userID {
			continue
		}
		for _, o := range config.Organizations {
			if o.ID == member.OrganizationID {
				names = append(names, o.DisplayName+" ("+o.ID+")")
			}
		}
	}
	return strings.Join(names, ", ")
}

// tryIt is lines for a POSIX shell with curl and sed. The addresses are those that the demo's location databases know.
var tryIt = template.Must(template.New("try it").Parse(`
Try it: paste these lines into another terminal.

  # Log in as {{.Email}}, from the United States. The Actions note the device in the refresh token.
  tokens=$(curl -s {{.Issuer}}oauth/token -H 'X-Forwarded-For: 192.0.2.10' \
    -d grant_type=password -d client_id={{.Web}} -d client_secret={{.WebSecret}} \
    -d username={{.Email}} -d password={{.Password}} \
    -d audience={{.Audience}} -d 'scope=openid profile offline_access read:notes'); echo "$tokens"
  refresh_token=$(echo "$tokens" | sed -n 's/.*"refresh_token":"\([^"]*\)".*/\1/p')
  id=$(echo "$tokens" | sed -n 's/.*"refresh_token_id":"\([^"]*\)".*/\1/p')

  # Refresh, from Germany. The Actions notice.
  tokens=$(curl -s {{.Issuer}}oauth/token -H 'X-Forwarded-For: 198.51.100.10' \
    -d grant_type=refresh_token -d client_id={{.Web}} -d client_secret={{.WebSecret}} \
    -d "refresh_token=$refresh_token"); echo "$tokens"
  refresh_token=$(echo "$tokens" | sed -n 's/.*"refresh_token":"\([^"]*\)".*/\1/p')

  # A token for the Management API; with it, read the refresh token's metadata and replace it.
  management=$(curl -s {{.Issuer}}oauth/token \
    -d grant_type=client_credentials -d client_id={{.Machine}} -d client_secret={{.MachineSecret}} \
    -d audience={{.Issuer}}api/v2/ | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
  curl -s {{.Issuer}}api/v2/refresh-tokens/$id -H "Authorization: Bearer $management"; echo
  curl -s -X PATCH {{.Issuer}}api/v2/refresh-tokens/$id -H "Authorization: Bearer $management" \
    -H 'Content-Type: application/json' -d '{"refresh_token_metadata":{"my_metadata":"my new metadata"}}'; echo

Ctrl-C stops the server.
`))
