package oauth

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// TestARedirectBesideAFactorNeedsABrowser: the factor alone would have the hook go on as if the user had been at the other site.
func TestARedirectBesideAFactorNeedsABrowser(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withApp)
	refreshToken := s.passwordLogin(clientSPA).str("refresh_token")
	request := func(api *hooks.API) error {
		return api.Authentication.RequestFactors(models.FactorRequest{Mode: models.FactorChallenge, Factors: []models.Factor{{Type: "otp"}}})
	}
	for name, also := range map[string]func(api *hooks.API) error{
		"a redirect": func(api *hooks.API) error { return sendAway(nil, api) },
		"a form":     func(api *hooks.API) error { return api.Prompt.Render("ap_1", nil, nil) },
	} {
		s.hooks = []hooks.Hook{parts{name: "both", login: func(_ *hooks.Event, api *hooks.API) error {
			if err := request(api); err != nil {
				return err
			}
			return also(api)
		}}}
		for grant, a := range map[string]answer{"password": s.password(), "refresh": s.refresh(refreshToken)} {
			if a.status != http.StatusForbidden || a.str("error") != "interaction_required" || a.body["mfa_token"] != nil {
				t.Errorf("%s, %s: %d %s", name, grant, a.status, a.text)
			}
		}
	}
}

func TestAnOlderFactorIsNoEnrolment(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withApp)
	s.hooks = []hooks.Hook{requests("enroll", models.FactorEnroll, "phone")}
	token := s.mfaRequired(s.otp(s.mfaRequired(s.password(), appOrCode), s.code6()), `{"enroll":[{"type":"phone"}]}`)
	a := s.call(http.MethodPost, "/mfa/associate", token, map[string]any{"authenticator_types": []string{"oob"}, "oob_channels": []string{"sms"}, "phone_number": testPhone})
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.text)
	}
	s.clock.advance(time.Minute)
	for name, other := range map[string]answer{
		"the app": s.otp(token, s.code6()),
		"the recovery code": s.token("grant_type", models.GrantMFARecoveryCode, "client_id", clientSPA, "mfa_token", token,
			"recovery_code", testRecovery),
	} {
		if other.status != http.StatusForbidden || other.str("error") != codeUnsupportedChallenge {
			t.Errorf("%s: %d %s", name, other.status, other.text)
		}
	}
	good := s.token("grant_type", models.GrantMFAOOB, "client_id", clientSPA, "mfa_token", token, "oob_code", a.str("oob_code"), "binding_code", s.sent[0].Code)
	if good.status != http.StatusOK {
		t.Errorf("%d %s", good.status, good.text)
	}
}

// TestTheNextRecoveryCodeIsTold has what follows a recovery code fail: the code is used up all the same.
func TestTheNextRecoveryCodeIsTold(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withApp)
	ask := requests("ask", models.FactorChallenge, "recovery-code")
	grant := func(code string) answer {
		token := s.mfaRequired(s.password(), `{"challenge":[{"type":"recovery-code"}]}`)
		return s.token("grant_type", models.GrantMFARecoveryCode, "client_id", clientSPA, "mfa_token", token, "recovery_code", code)
	}
	s.hooks = []hooks.Hook{ask, hooks.Func("deny", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		api.Access.Deny("not today")
		return nil
	})}
	if a := grant("WRONG"); a.body["recovery_code"] != nil {
		t.Errorf("a wrong code: %s", a.text)
	}
	denied := grant(testRecovery)
	s.wantError(denied, http.StatusForbidden, "access_denied", "not today")
	s.hooks = []hooks.Hook{ask, requests("another", models.FactorChallenge, "otp")}
	required := grant(denied.str("recovery_code"))
	token := s.mfaRequired(required, `{"challenge":[{"type":"otp"}]}`)
	if next := required.str("recovery_code"); len(next) != 24 || next == denied.str("recovery_code") {
		t.Errorf("the next code is %q", next)
	}
	if a := s.otp(token, s.code6()); a.status != http.StatusOK || a.body["recovery_code"] != nil {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// TestAFactorInAnAppSaysNothingOfTheBrowser has a refresh token's exchange get a factor: its session's browser is somewhere else.
func TestAFactorInAnAppSaysNothingOfTheBrowser(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		session, cookie := s.session()
		tokens := s.tokensOf(cookie)
		s.hooks = []hooks.Hook{requests("ask", models.FactorChallenge, "otp")}
		if a := s.otp(s.mfaRequired(s.refresh(tokens.str("refresh_token")), `{"challenge":[{"type":"otp"}]}`), s.code6()); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if got, err := st.Session(t.Context(), session.ID); err != nil || hasMFA(got.Methods) {
			t.Errorf("session %+v, error %v", got, err)
		}
	})
}

// TestFactorsOfOneKindAreRememberedOnce has a browser session give a factor again and again.
func TestFactorsOfOneKindAreRememberedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{requests("ask", models.FactorChallenge, "otp")}
		session, cookie := s.session()
		var last time.Time
		for range 3 {
			s.clock.advance(time.Minute)
			last = s.clock.Now()
			id := s.atFactor(cookie, authorizationForm())
			s.give(id, models.FactorOTP)
			_, u := s.resume(id, cookie)
			if a := s.exchange(u.Query().Get("code")); a.status != http.StatusOK || len(s.stored(a.str("refresh_token_id")).Token.AuthMethods) != 2 {
				t.Fatalf("%d %s", a.status, a.text)
			}
		}
		got, err := st.Session(t.Context(), session.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append(session.Methods, models.MFAMethod(models.FactorOTP, last)), got.Methods); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheMFAAPITakesAFactorInARememberedBrowser(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withApp, withMFAAPI)
	s.hooks, s.browser.remembers = []hooks.Hook{enable(hooks.ProviderAny)}, true
	_, cookie := s.session()
	id := s.atFactor(cookie, authorizationForm("audience", testIssuer+mfaPath, "scope", "openid remove:authenticators"))
	if s.open(id)[0].AllowRemember {
		t.Error("the page offers not to ask again")
	}
}

// TestATokenOlderThanAFactorDoesNotRemoveIt has somebody who knows the password keep a token from before the owner's first factor.
func TestATokenOlderThanAFactorDoesNotRemoveIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withMFAAPI)
	ask := func() answer {
		return s.password("audience", testIssuer+mfaPath, "scope", "openid remove:authenticators")
	}
	before := ask().str("access_token")
	s.clock.advance(time.Minute)
	a := models.Authenticator{
		ID: models.NewAuthenticatorID(models.FactorOTP, s.clock.Now()), UserID: testUser, Type: models.FactorOTP, Key: testTOTPKey, CreatedAt: s.clock.Now(),
	}
	if err := s.store.Enrol(t.Context(), "", true, a); err != nil {
		t.Fatal(err)
	}
	path := strings.ReplaceAll("/mfa/authenticators/"+a.ID, "|", "%7C")
	refused := s.call(http.MethodDelete, path, before, nil)
	if refused.status != http.StatusUnauthorized || !strings.Contains(refused.header.Get("WWW-Authenticate"), `error="insufficient_user_authentication"`) {
		t.Errorf("%d %v", refused.status, refused.header)
	}
	with := s.otp(s.mfaRequired(ask(), `{"challenge":[{"type":"otp"}]}`), s.code6()).str("access_token")
	if a := s.call(http.MethodDelete, path, with, nil); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.text)
	}
}
