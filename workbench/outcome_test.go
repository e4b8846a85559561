package workbench_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/models"
	"example.com/keepsake/workbench"
)

// bound is an Action whose handler has this body.
func bound(body string) []models.BoundAction {
	return []models.BoundAction{{Action: models.Action{
		ID: "act_1", Name: "act", File: "act.js", Code: "exports.onExecutePostLogin = async (event, api) => {\n" + body + "\n};",
	}}}
}

func millis(t time.Time) string { return fmt.Sprint(t.UnixMilli()) }

// TestOutcomes: what comes of a run is what a server would make of it.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	for _, tt := range []struct {
		name   string
		moment workbench.Moment
		sets   []string
		body   string
		result workbench.Result
		logs   []models.LogType
		text   []string
		not    string
	}{
		{"a factor at the end", workbench.Login, nil, `api.multifactor.enable("any");`,
			workbench.Suspended, []models.LogType{"mfar"}, []string{"The login waits: a further factor is asked for."}, "succeeds"},
		{"as a factor right away", workbench.Login, nil, `api.authentication.challengeWith({ type: "otp" });`,
			workbench.Suspended, []models.LogType{"mfar"}, []string{"The login waits: a further factor is asked for."}, "succeeds"},
		{"a factor at a refresh", workbench.Refresh, nil, `api.multifactor.enable("guardian");`,
			workbench.Suspended, []models.LogType{"mfar"}, []string{"The refresh waits: a further factor is asked for."}, ""},
		{"a factor that is taken back", workbench.Login, nil, `api.multifactor.enable("any"); api.multifactor.enable("none");`,
			workbench.Succeeded, []models.LogType{"s", "seacft"}, nil, "waits"},
		{"a redirect", workbench.Login, nil, `api.redirect.sendUserTo("https://terms.example.com/");`,
			workbench.Suspended, nil, []string{"The login waits: the user is sent to https://terms.example.com/"}, ""},
		{"a redirect without a browser", workbench.Refresh, nil, `api.refreshToken.setMetadata("a", "b"); api.redirect.sendUserTo("https://terms.example.com/");`,
			workbench.Failed, []models.LogType{"fertft"}, []string{`The refresh fails: interaction_required, "External interaction required"`}, `+ a: "b"`},
		{"a form with a password grant", workbench.Login, []string{"transaction.protocol=oauth2-password"}, `api.prompt.render("ap_1");`,
			workbench.Failed, []models.LogType{"fepft"}, []string{"interaction_required"}, ""},
		{"an error code of its own", workbench.Login, nil, `api.validation.error("too late", "Come back tomorrow");`,
			workbench.Denied, []models.LogType{"f"}, []string{`The login is denied by act: too late, "Come back tomorrow"`}, "access_denied"},
		{"no token to revoke", workbench.Login, nil, `api.refreshToken.revoke("moved");`,
			workbench.Denied, []models.LogType{"f"}, []string{`The login is denied by act: access_denied, "moved"`}, "is revoked"},
		{"a session is revoked", workbench.Login, nil, `api.session.revoke("moved");`,
			workbench.Denied, []models.LogType{"f"}, []string{"The session is revoked."}, "token is revoked"},
		{"a session is revoked, and its token", workbench.Refresh, nil, `api.session.revoke("moved");`,
			workbench.Denied, []models.LogType{"srrt", "fertft"}, []string{"The session is revoked.", "The refresh token is revoked."}, ""},
		{"a session is revoked, and the token stays", workbench.Refresh, nil, `api.session.revoke("moved", { preserveRefreshTokens: true });`,
			workbench.Denied, []models.LogType{"fertft"}, []string{"The session is revoked."}, "token is revoked"},
		{"impossible travel, as Auth0's guide has it", workbench.Refresh,
			[]string{"authentication.riskAssessment.assessments.ImpossibleTravel.code=impossible_travel_from_last_login"},
			`if (event.authentication?.riskAssessment?.assessments?.ImpossibleTravel?.code === "impossible_travel_from_last_login") api.refreshToken.revoke("Impossible travel");`,
			workbench.Denied, []models.LogType{"srrt", "fertft"}, []string{"The refresh token is revoked."}, ""},
		{"shorter lives", workbench.Login, nil,
			"api.refreshToken.setExpiresAt(" + millis(day(3)) + "); api.refreshToken.setIdleExpiresAt(" + millis(day(2)) + "); api.session.setExpiresAt(" + millis(day(1)) + `); api.session.setCookieMode("non-persistent");`,
			workbench.Succeeded, []models.LogType{"s", "seacft"}, []string{
				"refresh token expires: 2030-01-05T", "refresh token expires unless used: 2030-01-04T", "session expires: 2030-01-03T", "session cookie: non-persistent",
			}, ""},
		{"a longer life than the client's", workbench.Login, nil, "api.refreshToken.setExpiresAt(" + millis(day(4000)) + ");",
			workbench.Succeeded, []models.LogType{"s", "seacft", "w"}, []string{"refresh token expires: 2030-02-01T", "w An Action set a refresh token expiration beyond"}, "2040"},
		{"a longer life than the token's", workbench.Refresh, []string{"refresh_token.expires_at=2030-01-03T00:00:00Z"}, "api.refreshToken.setIdleExpiresAt(" + millis(day(2)) + ");",
			workbench.Succeeded, []models.LogType{"sertft", "w"}, []string{"refresh token expires unless used: 2030-01-03T00:00:00Z"}, ""},
		{"a longer session", workbench.Login, nil, "api.session.setExpiresAt(" + millis(day(4000)) + ");",
			workbench.Succeeded, []models.LogType{"s", "w", "seacft"}, []string{"w An Action set a session expiration beyond"}, "session expires"},
		{"another user", workbench.Login, nil, `api.authentication.setPrimaryUser("auth0|known");`,
			workbench.Succeeded, []models.LogType{"s", "seacft"}, []string{"It goes on as auth0|known."}, ""},
		{"another user that nobody knows", workbench.Login, nil, `api.refreshToken.setMetadata("a", "b"); api.authentication.setPrimaryUser("auth0|unknown");`,
			workbench.Denied, []models.LogType{"f"}, []string{`The login is denied: access_denied, "The primary user does not exist."`}, `+ a: "b"`},
		{"another user at a refresh", workbench.Refresh, nil, `api.authentication.setPrimaryUser("auth0|known");`,
			workbench.Denied, []models.LogType{"fertft"}, []string{"The primary user can not be changed when a refresh token is exchanged."}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := workbench.Run(t.Context(), workbench.Options{
				Actions: bound(tt.body), Event: changed(t, tt.moment, tt.sets...), Now: func() time.Time { return now },
				HasUser: func(id string) bool { return id == "auth0|known" },
			})
			if err != nil {
				t.Fatal(err)
			}
			var logs []models.LogType
			for _, l := range r.Logs {
				logs = append(logs, l.Type)
			}
			if r.Result != tt.result || !slices.Equal(logs, tt.logs) {
				t.Errorf("%s with logs %v, want %s with %v", r.Result, logs, tt.result, tt.logs)
			}
			var text strings.Builder
			if err := r.Print(&text); err != nil {
				t.Fatal(err)
			}
			_, after, _ := strings.Cut(text.String(), "\n\n") // behind the calls
			for _, want := range tt.text {
				if !strings.Contains(after, want) {
					t.Errorf("%q is not in\n%s", want, after)
				}
			}
			if tt.not != "" && strings.Contains(after, tt.not) {
				t.Errorf("%q is in\n%s", tt.not, after)
			}
		})
	}
}
