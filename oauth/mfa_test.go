package oauth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"example.com/keepsake/models/mfa"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

const (
	testTOTPKey  = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	testRecovery = "ABCDEFGHIJKLMNOPQRSTUVWX"
	testPhone    = "+15551234567"
)

var mfaGrants = []string{models.GrantMFAOTP, models.GrantMFAOOB, models.GrantMFARecoveryCode}

// withMFA lets all clients but clientKeep use the grants of second factors, and offers all factors.
func withMFA(c *models.TenantConfig) {
	c.Tenant.Factors = []models.FactorType{models.FactorOTP, models.FactorRecoveryCode, models.FactorPhone}
	for i := range c.Clients {
		if c.Clients[i].ID != clientKeep {
			c.Clients[i].GrantTypes = append(slices.Clone(c.Clients[i].GrantTypes), mfaGrants...)
		}
	}
}

// withApp gives the user an authenticator app and a recovery code.
func withApp(c *models.TenantConfig) {
	c.Authenticators = append(c.Authenticators,
		models.Authenticator{UserID: testUser, Type: models.FactorOTP, Key: testTOTPKey},
		models.Authenticator{UserID: testUser, Type: models.FactorRecoveryCode, CodeHash: models.HashSecret(testRecovery)})
}

func withPhone(c *models.TenantConfig) {
	c.Authenticators = append(c.Authenticators, models.Authenticator{UserID: testUser, Type: models.FactorPhone, Address: testPhone})
}

func withMFAAPI(c *models.TenantConfig) {
	c.ResourceServers = append(c.ResourceServers, models.ResourceServer{
		Identifier: testIssuer + mfaPath, Name: "MFA", SigningAlg: models.RS256, AllowOfflineAccess: true,
		Scopes: []models.Scope{{Value: "enroll"}, {Value: scopeReadAuthenticators}, {Value: scopeRemoveAuthenticators}},
	})
}

// enable is an Action that wants a second factor after all the others.
func enable(provider string) hooks.Hook {
	return hooks.Func("enable", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		return api.Multifactor.Enable(hooks.Multifactor{Provider: provider, AllowRememberBrowser: true})
	})
}

// requests is an Action that asks for factors.
func requests(name string, mode models.FactorMode, types ...string) hooks.Hook {
	return hooks.Func(name, func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		r := models.FactorRequest{Mode: mode, Any: true}
		for _, t := range types {
			r.Factors = append(r.Factors, models.Factor{Type: t})
		}
		return api.Authentication.RequestFactors(r)
	})
}

// claims is an Action that puts the methods that it sees into the ID token.
func claims(name string) hooks.Hook {
	return hooks.Func(name, func(_ context.Context, e *hooks.Event, api *hooks.API) error {
		var seen []any
		for _, m := range e.Authentication.Methods {
			seen = append(seen, strings.Trim(m.Name+" "+m.Type, " "))
		}
		return api.IDToken.SetCustomClaim("https://example.com/"+name, seen)
	})
}

func (s *server) code6() string {
	s.t.Helper()
	code, err := mfa.Code(testTOTPKey, s.clock.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// password tries the password grant of the public client.
func (s *server) password(more ...string) answer {
	s.t.Helper()
	return s.token(append([]string{"grant_type", "password", "client_id", clientSPA, "username", testEmail, "password", testPass,
		"audience", testAPI, "scope", "openid offline_access read:notes"}, more...)...)
}

// mfaRequired fails the test unless an answer is mfa_required with those requirements, and returns the mfa_token.
func (s *server) mfaRequired(a answer, requirements string) string {
	s.t.Helper()
	token := a.str("mfa_token")
	text, err := json.Marshal(a.body["mfa_requirements"])
	if err != nil {
		s.t.Fatal(err)
	}
	if a.status != http.StatusForbidden || a.str("error") != "mfa_required" || a.str("error_description") != "Multifactor authentication required" ||
		len(token) != 43 || string(text) != requirements {
		s.t.Fatalf("not mfa_required with %s: %d %s", requirements, a.status, a.text)
	}
	return token
}

func (s *server) otp(token, code string, more ...string) answer {
	s.t.Helper()
	return s.token(append([]string{"grant_type", models.GrantMFAOTP, "client_id", clientSPA, "mfa_token", token, "otp", code}, more...)...)
}

func (s *server) wantError(a answer, status int, code, description string) {
	s.t.Helper()
	if a.status != status || a.str("error") != code || a.str("error_description") != description {
		s.t.Errorf("got %d %s, want %d %s: %s", a.status, a.text, status, code, description)
	}
}

// call sends JSON, or nothing, with a bearer token.
func (s *server) call(method, path, bearer string, body any) answer {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(string(text)))
	r.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return s.do(r)
}

const appOrCode = `{"challenge":[{"type":"otp"},{"type":"recovery-code"}]}`

func TestPasswordWithASecondFactor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		ran := 0
		count := hooks.Func("count", func(_ context.Context, e *hooks.Event, api *hooks.API) error {
			ran++
			if err := api.RefreshToken.SetMetadata("device", "laptop"); err != nil {
				return err
			}
			return api.User.SetAppMetadata("runs", ran)
		})
		s.hooks = []hooks.Hook{count, enable(hooks.ProviderAny), claims("last")}
		token := s.mfaRequired(s.password(), appOrCode)
		if u, _ := s.store.User(t.Context(), testUser); u.LoginsCount != 0 || u.AppMetadata["runs"] != nil {
			t.Errorf("a pending grant has written %+v", u)
		}
		s.wantError(s.otp(token, "000000"), http.StatusForbidden, "invalid_grant", "Invalid otp_code.")
		s.wantError(s.otp("made-up", s.code6()), http.StatusForbidden, "invalid_grant", "Malformed mfa_token")
		good := s.otp(token, s.code6())
		if good.status != http.StatusOK || good.str("scope") != "openid offline_access read:notes" || good.body["recovery_code"] != nil {
			t.Fatalf("%d %s", good.status, good.text)
		}
		id := s.claims(good.str("id_token"))
		if diff := cmp.Diff([]any{"mfa"}, id["amr"]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]any{"pwd"}, id["https://example.com/last"]); diff != "" {
			t.Errorf("enable comes after all the hooks: %s", diff)
		}
		if access := s.claims(good.str("access_token")); access["gty"] != "password" || access["scope"] != "openid offline_access read:notes" {
			t.Errorf("access token %v", access)
		}
		row := s.stored(good.str("refresh_token_id")).Token
		if row.Metadata["device"] != "laptop" || !hasMFA(row.AuthMethods) || ran != 1 {
			t.Errorf("row %+v after %d runs", row, ran)
		}
		if u, _ := s.store.User(t.Context(), testUser); u.LoginsCount != 1 || u.AppMetadata["runs"] != 1.0 {
			t.Errorf("user %+v", u)
		}
		s.wantError(s.otp(token, s.code6()), http.StatusForbidden, "invalid_grant", "Malformed mfa_token")
		details := s.logged(models.LogMFARequired)[0].Details
		if details["confidence"] != "neutral" || details["version"] != "1" || details["grant_type"] != "password" || details["mode"] != "challenge" {
			t.Errorf("details of mfar: %v", details)
		}
		for typ, n := range map[models.LogType]int{
			models.LogMFARequired: 1, models.LogFactorFailed: 3, models.LogFactorPassed: 1, models.LogPasswordExchange: 1, models.LogFailedPasswordExchange: 0,
		} {
			if got := len(s.logged(typ)); got != n {
				t.Errorf("%d events %s, want %d", got, typ, n)
			}
		}
	})
}

func TestRefreshWithASecondFactor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		first := s.passwordLogin(clientSPA)
		refreshToken, id := first.str("refresh_token"), first.str("refresh_token_id")
		before := s.stored(id).Token
		s.hooks = []hooks.Hook{
			hooks.Func("set", func(_ context.Context, e *hooks.Event, api *hooks.API) error {
				return api.RefreshToken.SetMetadata("k", "v")
			}),
			requests("ask", models.FactorChallenge, "otp"),
			hooks.Func("after", func(_ context.Context, e *hooks.Event, api *hooks.API) error {
				methods := e.Authentication.Methods
				if last := methods[len(methods)-1]; last.Name != "mfa" || last.Type != "otp" || e.RefreshToken.Metadata["k"] != "v" {
					t.Errorf("the Action after sees %+v %v", methods, e.RefreshToken.Metadata)
				}
				if _, secret := e.Request.Body["mfa_token"]; secret || e.Request.Body["otp"] != nil {
					t.Error("the Action sees the codes")
				}
				return api.RefreshToken.SetMetadata("after", "1")
			}),
		}
		a := s.refresh(refreshToken, "scope", "openid read:notes")
		token := s.mfaRequired(a, `{"challenge":[{"type":"otp"}]}`)
		if diff := cmp.Diff(before, s.stored(id).Token); diff != "" {
			t.Errorf("a pending exchange has changed the token: %s", diff)
		}
		// Another one can be begun, and the first go on.
		other := s.mfaRequired(s.refresh(refreshToken), `{"challenge":[{"type":"otp"}]}`)
		good := s.otp(token, s.code6())
		if good.status != http.StatusOK || good.str("scope") != "openid read:notes" || good.str("refresh_token") == "" {
			t.Fatalf("%d %s", good.status, good.text)
		}
		row := s.stored(id).Token
		if row.Generation != 1 || row.Metadata["k"] != "v" || row.Metadata["after"] != "1" {
			t.Errorf("row %+v", row)
		}
		if id := s.claims(good.str("id_token")); cmp.Diff([]any{"mfa"}, id["amr"]) != "" {
			t.Errorf("amr %v", id["amr"])
		}
		s.clock.advance(time.Minute)
		s.wantError(s.otp(other, s.code6()), http.StatusForbidden, "invalid_grant", "Unknown or invalid refresh token.")
		if !s.stored(id).Token.RevokedAt.IsZero() {
			t.Error("what was presented in time counts as reuse")
		}
		s.hooks = nil
		if a := s.refresh(good.str("refresh_token")); a.status != http.StatusOK {
			t.Errorf("the next exchange: %d %s", a.status, a.text)
		}
	})
}

func TestRecoveryCodeGrant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{enable(hooks.ProviderAny)}
		grant := func(token, code string) answer {
			return s.token("grant_type", models.GrantMFARecoveryCode, "client_id", clientSPA, "mfa_token", token, "recovery_code", code)
		}
		s.wantError(grant(s.mfaRequired(s.password(), appOrCode), "WRONG"), http.StatusForbidden, "invalid_grant", "MFA Authorization rejected.")
		good := grant(s.mfaRequired(s.password(), appOrCode), testRecovery)
		next := good.str("recovery_code")
		if good.status != http.StatusOK || len(next) != 24 || next == testRecovery {
			t.Fatalf("%d %s", good.status, good.text)
		}
		s.wantError(grant(s.mfaRequired(s.password(), appOrCode), testRecovery), http.StatusForbidden, "invalid_grant", "MFA Authorization rejected.")
		if a := grant(s.mfaRequired(s.password(), appOrCode), next); a.status != http.StatusOK {
			t.Errorf("the next code: %d %s", a.status, a.text)
		}
		if n, m := len(s.logged(models.LogRecoveryPassed)), len(s.logged(models.LogRecoveryFailed)); n != 2 || m != 2 {
			t.Errorf("%d passed, %d failed", n, m)
		}
	})
}

func TestEnrolmentByAClient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA)
		s.hooks = []hooks.Hook{enable(hooks.ProviderGuardian)}
		token := s.mfaRequired(s.password(), `{"enroll":[{"type":"otp"},{"type":"phone"}]}`)
		s.wantError(s.otp(token, "000000"), http.StatusForbidden, "unsupported_challenge_type", errNotEnrolled.Description)
		s.wantError(s.post("/mfa/challenge", form("client_id", clientSPA, "mfa_token", token)), http.StatusForbidden, "unsupported_challenge_type", errNotEnrolled.Description)

		a := s.call(http.MethodPost, "/mfa/associate", token, map[string]any{"authenticator_types": []string{"otp"}})
		secret := a.str("secret")
		if a.status != http.StatusOK || a.str("authenticator_type") != "otp" || len(secret) != 32 ||
			!strings.HasPrefix(a.str("barcode_uri"), "otpauth://totp/test:alice@example.com?") || len(a.body["recovery_codes"].([]any)) != 1 {
			t.Fatalf("%d %s", a.status, a.text)
		}
		if list := s.call(http.MethodGet, "/mfa/authenticators", token, nil); list.text != "[]\n" {
			t.Errorf("authenticators before the first code: %s", list.text)
		}
		code, err := mfa.Code(secret, s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		if good := s.otp(token, code); good.status != http.StatusOK || good.body["recovery_code"] != nil {
			t.Fatalf("%d %s", good.status, good.text)
		}
		token = s.mfaRequired(s.password(), appOrCode)
		list := s.call(http.MethodGet, "/mfa/authenticators", token, nil)
		var views []map[string]any
		if err := json.Unmarshal([]byte(list.text), &views); err != nil || len(views) != 2 || views[0]["authenticator_type"] != "otp" ||
			views[0]["active"] != true || views[1]["authenticator_type"] != "recovery-code" || strings.Contains(list.text, secret) {
			t.Errorf("%v: %s", err, list.text)
		}
		// Nobody adds a factor with the password alone.
		s.wantError(s.call(http.MethodPost, "/mfa/associate", token, map[string]any{"authenticator_types": []string{"oob"}, "oob_channels": []string{"sms"}, "phone_number": testPhone}),
			http.StatusForbidden, "access_denied", "User is already enrolled.")
		if len(s.logged(models.LogFactorEnrolled)) != 1 {
			t.Error("the enrolment is not in the log")
		}
	})
}

func TestTextMessageByAClient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA)
		s.hooks = []hooks.Hook{enable(hooks.ProviderAny)}
		oob := func(token, oob, code string) answer {
			return s.token("grant_type", models.GrantMFAOOB, "client_id", clientSPA, "mfa_token", token, "oob_code", oob, "binding_code", code)
		}
		token := s.mfaRequired(s.password(), `{"enroll":[{"type":"otp"},{"type":"phone"}]}`)
		body := map[string]any{"client_id": clientSPA, "authenticator_types": []string{"oob"}, "oob_channels": []string{"sms"}, "phone_number": "0800"}
		s.wantError(s.call(http.MethodPost, "/mfa/associate", token, body), http.StatusBadRequest, "invalid_request", "A phone number begins with + and the country code, as in +15551234567.")
		body["phone_number"] = testPhone
		a := s.call(http.MethodPost, "/mfa/associate", token, body)
		if a.status != http.StatusOK || a.str("oob_channel") != "sms" || a.str("binding_method") != "prompt" || len(s.sent) != 1 {
			t.Fatalf("%d %s", a.status, a.text)
		}
		s.wantError(oob(token, a.str("oob_code"), "x"), http.StatusForbidden, "invalid_grant", "Invalid binding_code.")
		s.wantError(oob(token, "another", s.sent[0].Code), http.StatusForbidden, "invalid_grant", "Invalid binding_code.")
		if good := oob(token, a.str("oob_code"), s.sent[0].Code); good.status != http.StatusOK {
			t.Fatalf("%d %s", good.status, good.text)
		}

		token = s.mfaRequired(s.password(), `{"challenge":[{"type":"phone"},{"type":"recovery-code"}]}`)
		challenge := s.post("/mfa/challenge", form("client_id", clientSPA, "mfa_token", token, "challenge_type", "oob otp"))
		if challenge.status != http.StatusOK || challenge.str("challenge_type") != "oob" || challenge.str("binding_method") != "prompt" {
			t.Fatalf("%d %s", challenge.status, challenge.text)
		}
		s.wantError(s.post("/mfa/challenge", form("client_id", clientSPA, "mfa_token", token, "challenge_type", "otp")), http.StatusForbidden, "unsupported_challenge_type", errNotEnrolled.Description)
		if good := oob(token, challenge.str("oob_code"), s.sent[1].Code); good.status != http.StatusOK {
			t.Fatalf("%d %s", good.status, good.text)
		}
	})
}

func TestMFATokenIsBound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{enable(hooks.ProviderAny)}
		token := s.mfaRequired(s.password(), appOrCode)
		s.wantError(s.otp(token, s.code6(), "client_id", clientWeb, "client_secret", testSecret), http.StatusForbidden, "invalid_grant", "Malformed mfa_token")
		s.wantError(s.post("/mfa/challenge", form("client_id", clientWeb, "client_secret", testSecret, "mfa_token", token)), http.StatusForbidden, "invalid_grant", "Malformed mfa_token")
		s.wantError(s.post("/mfa/challenge", form("client_id", clientWeb, "mfa_token", token)), http.StatusUnauthorized, "access_denied", "Unauthorized")
		s.wantError(s.post("/mfa/challenge", form("client_id", clientSPA)), http.StatusBadRequest, "invalid_request", "Missing required parameter: mfa_token")
		s.wantError(s.otp(token, ""), http.StatusBadRequest, "invalid_request", "Missing required parameter: otp")
		s.wantError(s.token("grant_type", models.GrantMFAOTP, "client_id", clientKeep, "client_secret", testSecret, "mfa_token", token, "otp", s.code6()),
			http.StatusForbidden, "unauthorized_client", "Grant type '"+models.GrantMFAOTP+"' not allowed for the client.")
		if a := s.post("/mfa/challenge", form("client_id", clientSPA, "mfa_token", token)); a.text != `{"challenge_type":"otp"}`+"\n" {
			t.Errorf("challenge: %s", a.text)
		}
		// A browser's transaction is nobody's mfa_token.
		err := s.store.OpenMFATransaction(t.Context(), &models.MFATransaction{ID: "login x", UserID: testUser, ClientID: clientSPA, CreatedAt: s.clock.Now(), ExpiresAt: s.clock.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		s.wantError(s.otp("login x", s.code6()), http.StatusForbidden, "invalid_grant", "Malformed mfa_token")

		s.clock.advance(models.MFATokenLifetime)
		s.wantError(s.otp(token, s.code6()), http.StatusForbidden, "expired_token", "mfa_token is expired")
	})
}

func TestMFATokenIsGoodForFewGuessesAndOneGrant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{enable(hooks.ProviderAny)}
		token := s.mfaRequired(s.password(), appOrCode)
		for range models.MaxFactorAttempts {
			s.wantError(s.otp(token, "x"), http.StatusForbidden, "invalid_grant", "Invalid otp_code.")
		}
		s.wantError(s.otp(token, s.code6()), http.StatusTooManyRequests, "too_many_attempts", "Too many failed codes. Wait for some minutes before retrying.")
		if len(s.logged(models.LogFactorLimit)) != 1 {
			t.Error("the limit is not in the log")
		}
		token = s.mfaRequired(s.password(), appOrCode)
		code := s.code6()
		var mu sync.Mutex
		var good int
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				a := s.otp(token, code)
				mu.Lock()
				defer mu.Unlock()
				if a.status == http.StatusOK {
					good++
				}
			})
		}
		wg.Wait()
		if good != 1 {
			t.Errorf("%d of the same were answered with tokens", good)
		}
	})
}

func TestFactorsThatAreRequested(t *testing.T) {
	t.Parallel()
	none := errNoFactor.Description
	for _, tt := range []struct {
		name   string
		tenant []func(*models.TenantConfig)
		hooks  []hooks.Hook
		want   string // the requirements, or the description of the error, or "" for tokens at once
	}{
		{"enable none", nil, []hooks.Hook{enable(hooks.ProviderAny), enable(hooks.ProviderNone)}, ""},
		{"enable google-authenticator, with a phone only", []func(*models.TenantConfig){withPhone}, []hooks.Hook{enable(hooks.ProviderGoogleAuthenticator)}, `{"challenge":[{"type":"phone"}]}`},
		{"enable google-authenticator", nil, []hooks.Hook{enable(hooks.ProviderGoogleAuthenticator)}, `{"enroll":[{"type":"otp"}]}`},
		{"enable duo is any", []func(*models.TenantConfig){withApp}, []hooks.Hook{enable(hooks.ProviderDuo)}, appOrCode},
		{"the tenant offers nothing", []func(*models.TenantConfig){func(c *models.TenantConfig) { c.Tenant.Factors = []models.FactorType{} }}, []hooks.Hook{enable(hooks.ProviderAny)}, none},
		{"only email is offered, and the address is verified", []func(*models.TenantConfig){func(c *models.TenantConfig) { c.Tenant.Factors = []models.FactorType{models.FactorEmail} }},
			[]hooks.Hook{enable(hooks.ProviderAny)}, `{"challenge":[{"type":"email"}]}`},
		{"a challenge of what the user lacks", nil, []hooks.Hook{requests("a", models.FactorChallenge, "otp", "phone")}, none},
		{"a challenge of some that the user lacks", []func(*models.TenantConfig){withPhone}, []hooks.Hook{requests("a", models.FactorChallenge, "otp", "phone", "webauthn-roaming")}, `{"challenge":[{"type":"phone"}]}`},
		{"an enrolment of what the user has", []func(*models.TenantConfig){withApp}, []hooks.Hook{requests("a", models.FactorEnroll, "otp")}, none},
		{"a further enrolment is after a challenge", []func(*models.TenantConfig){withApp}, []hooks.Hook{requests("a", models.FactorEnroll, "otp", "phone")}, appOrCode},
		{"a first enrolment", nil, []hooks.Hook{requests("a", models.FactorEnroll, "phone", "push-notification")}, `{"enroll":[{"type":"phone"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t), append([]func(*models.TenantConfig){withMFA}, tt.tenant...)...)
			s.hooks = tt.hooks
			switch a := s.password(); {
			case tt.want == "":
				if a.status != http.StatusOK {
					t.Errorf("%d %s", a.status, a.text)
				}
			case tt.want == none:
				s.wantError(a, http.StatusForbidden, "access_denied", none)
			default:
				s.mfaRequired(a, tt.want)
			}
		})
	}
}

func TestSeveralFactorsInOneGrant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp)
		s.hooks = []hooks.Hook{
			requests("enroll", models.FactorEnroll, "phone"), claims("between"),
			requests("again", models.FactorChallenge, "otp"), enable(hooks.ProviderAny), claims("last"),
		}
		token := s.mfaRequired(s.password(), appOrCode)
		// With the app proved, a phone can be added.
		token = s.mfaRequired(s.otp(token, s.code6()), `{"enroll":[{"type":"phone"}]}`)
		a := s.call(http.MethodPost, "/mfa/associate", token, map[string]any{"authenticator_types": []string{"oob"}, "oob_channels": []string{"sms"}, "phone_number": testPhone})
		if a.status != http.StatusOK || a.body["recovery_codes"] != nil {
			t.Fatalf("%d %s", a.status, a.text)
		}
		// The Action after that asks for what was given already, and so does the last.
		good := s.token("grant_type", models.GrantMFAOOB, "client_id", clientSPA, "mfa_token", token, "oob_code", a.str("oob_code"), "binding_code", s.sent[0].Code)
		if good.status != http.StatusOK {
			t.Fatalf("%d %s", good.status, good.text)
		}
		id := s.claims(good.str("id_token"))
		for _, name := range []string{"between", "last"} {
			if diff := cmp.Diff([]any{"pwd", "mfa otp", "mfa phone"}, id["https://example.com/"+name]); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func TestADenialAfterTheFactor(t *testing.T) {
	t.Parallel()
	s := newServer(t, storetest.SQLite(t), withMFA, withApp)
	s.hooks = []hooks.Hook{requests("ask", models.FactorChallenge, "otp"), hooks.Func("deny", func(_ context.Context, _ *hooks.Event, api *hooks.API) error {
		api.Access.Deny("not today")
		return nil
	})}
	token := s.mfaRequired(s.password(), `{"challenge":[{"type":"otp"}]}`)
	s.wantError(s.otp(token, s.code6()), http.StatusForbidden, "access_denied", "not today")
	if len(s.logged(models.LogFailedPasswordExchange)) != 1 {
		t.Error("the failure is not in the log")
	}
	s.wantError(s.otp(token, s.code6()), http.StatusForbidden, "invalid_grant", "Malformed mfa_token")
}

func TestAUserIsJudgedAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*models.TenantConfig)
		code   string
		text   string
	}{
		"blocked":               {func(c *models.TenantConfig) { c.Users[0].Blocked = true }, "unauthorized", "user is blocked"},
		"left the organization": {func(c *models.TenantConfig) { c.Members = nil }, "access_denied", "user " + testUser + " is not part of the " + testOrg + " organization"},
		"has another password":  {func(c *models.TenantConfig) { c.Users[0].PasswordHash += "x" }, "invalid_grant", "Wrong email or password."},
		"whose client lost the grant": {func(c *models.TenantConfig) { c.Clients[0].GrantTypes = mfaGrants }, "unauthorized_client",
			"Grant type 'password' not allowed for the client."},
		"whose connection the client lost": {func(c *models.TenantConfig) { c.Connections[0].EnabledClients = []string{clientWeb} }, "invalid_request",
			"the connection is not enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, storetest.SQLite(t), withMFA, withApp)
			s.hooks = []hooks.Hook{enable(hooks.ProviderAny)}
			token := s.mfaRequired(s.password("organization", testOrg), appOrCode)
			config := tenantConfig()
			withMFA(config)
			tt.change(config)
			if _, err := s.store.Apply(t.Context(), config); err != nil {
				t.Fatal(err)
			}
			status := http.StatusForbidden
			if tt.code == codeInvalidRequest {
				status = http.StatusBadRequest
			}
			s.wantError(s.otp(token, s.code6()), status, tt.code, tt.text)
		})
	}
}

func TestManagingFactorsTakesAFactor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := newServer(t, st, withMFA, withApp, withMFAAPI)
		ask := func(more ...string) answer {
			return s.password(append([]string{"audience", testIssuer + mfaPath, "scope", "openid offline_access read:authenticators remove:authenticators"}, more...)...)
		}
		token := s.mfaRequired(ask(), appOrCode) // although there is no Action
		good := s.otp(token, s.code6())
		access := good.str("access_token")
		list := s.call(http.MethodGet, "/mfa/authenticators", access, nil)
		var views []struct{ ID string }
		if err := json.Unmarshal([]byte(list.text), &views); err != nil || len(views) != 2 {
			t.Fatalf("%v: %d %s", err, list.status, list.text)
		}
		if a := s.refresh(good.str("refresh_token"), "scope", "read:authenticators"); a.status != http.StatusOK {
			t.Errorf("a refresh of a login with a factor: %d %s", a.status, a.text)
		} else if d := s.call(http.MethodDelete, "/mfa/authenticators/"+views[0].ID, a.str("access_token"), nil); d.status != http.StatusForbidden {
			t.Errorf("without the scope: %d", d.status)
		}
		path := strings.ReplaceAll("/mfa/authenticators/"+views[0].ID, "|", "%7C")
		for name, bearer := range map[string]string{"an mfa_token": s.mfaRequired(ask(), appOrCode), "another audience": s.noFactor(), "nothing": "", "garbage": "a.b.c"} {
			if a := s.call(http.MethodDelete, path, bearer, nil); a.status != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", name, a.status, a.text)
			}
		}
		if a := s.call(http.MethodDelete, path, access, nil); a.status != http.StatusNoContent {
			t.Errorf("%d %s", a.status, a.text)
		}
		if a := s.call(http.MethodDelete, path, access, nil); a.status != http.StatusNotFound {
			t.Errorf("again: %d %s", a.status, a.text)
		}
		if list := s.call(http.MethodGet, "/mfa/authenticators", access, nil); list.text != "[]\n" || len(s.logged(models.LogFactorRemoved)) != 1 {
			t.Errorf("afterwards: %s", list.text)
		}
		if a := ask(); a.status != http.StatusOK {
			t.Errorf("without a factor: %d %s", a.status, a.text)
		}
	})
}

// noFactor is an access token of a login without a second factor.
func (s *server) noFactor() string { return s.passwordLogin(clientSPA).str("access_token") }
