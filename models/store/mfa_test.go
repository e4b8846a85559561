package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/storetest"
)

// totp is an authenticator app of alice.
func totp(id string) models.Authenticator {
	return models.Authenticator{ID: id, UserID: "auth0|alice", Type: models.FactorOTP, Key: "JBSWY3DPEHPK3PXPJBSWY3DP", LastStep: 5, CreatedAt: start, LastUsedAt: start}
}

func recovery(id, code string) models.Authenticator {
	return models.Authenticator{ID: id, UserID: "auth0|alice", Type: models.FactorRecoveryCode, CodeHash: models.HashSecret(code), CreatedAt: start}
}

func phone(id, number string) models.Authenticator {
	return models.Authenticator{ID: id, UserID: "auth0|alice", Type: models.FactorPhone, Address: number, CreatedAt: start}
}

func TestAuthenticators(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		list := []models.Authenticator{totp("a"), recovery("b", "code"), phone("c", "+15550001")}
		must(t, s.Enrol(ctx, "", true, list...))
		wantEqual(t, "authenticators", get(s.Authenticators(ctx, "auth0|alice"))(t), list)
		wantEqual(t, "of somebody else", get(s.Authenticators(ctx, "auth0|bob"))(t), []models.Authenticator(nil))

		for name, next := range map[string]models.Authenticator{"the first": phone("d", "+15550002"), "an app": totp("e")} {
			first := name == "the first"
			wantError(t, s.Enrol(ctx, "", first, next), models.ErrEnrolled)
		}
		wantError(t, s.Enrol(ctx, "", false, phone("f", "+15550001")), models.ErrEnrolled)
		must(t, s.Enrol(ctx, "", false, phone("g", "+15550003"), recovery("h", "next")))
		wantEqual(t, "authenticators", get(s.Authenticators(ctx, "auth0|alice"))(t),
			[]models.Authenticator{totp("a"), phone("c", "+15550001"), phone("g", "+15550003"), recovery("h", "next")})
		wantError(t, s.Enrol(ctx, "", true, models.Authenticator{ID: "i", UserID: "auth0|nobody", Type: models.FactorOTP}), models.ErrNotFound)

		wantError(t, s.DeleteAuthenticator(ctx, "auth0|bob", "a"), models.ErrNotFound)
		for _, id := range []string{"a", "c"} {
			must(t, s.DeleteAuthenticator(ctx, "auth0|alice", id))
		}
		if n := len(get(s.Authenticators(ctx, "auth0|alice"))(t)); n != 2 {
			t.Errorf("%d are left, want a phone and the recovery code", n)
		}
		must(t, s.DeleteAuthenticator(ctx, "auth0|alice", "g"))
		wantEqual(t, "after the last, with the recovery code", get(s.Authenticators(ctx, "auth0|alice"))(t), []models.Authenticator(nil))
		wantError(t, s.DeleteAuthenticator(ctx, "auth0|alice", "g"), models.ErrNotFound)
	})
}

func TestAFirstFactorIsEnrolledOnce(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		numbers := make(chan string, 16)
		for i := range 16 {
			numbers <- "+1555000" + string(rune('a'+i))
		}
		wantOnce(t, models.ErrEnrolled, func() error {
			number := <-numbers
			return s.Enrol(t.Context(), "", true, phone("sms|"+number, number))
		})
	})
}

func TestACodeCountsOnce(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		must(t, s.Enrol(ctx, "", true, totp("a"), recovery("b", "code")))
		wantOnce(t, models.ErrUsed, func() error { return s.UseOTP(ctx, "a", 6, start.Add(time.Second)) })
		wantError(t, s.UseOTP(ctx, "a", 5, start), models.ErrUsed)
		must(t, s.UseOTP(ctx, "a", 8, start.Add(time.Minute)))
		wantError(t, s.UseOTP(ctx, "a", 7, start), models.ErrUsed)
		wantError(t, s.UseOTP(ctx, "nobody's", 9, start), models.ErrUsed)

		old, next := models.HashSecret("code"), models.HashSecret("next")
		wantError(t, s.UseRecoveryCode(ctx, "auth0|bob", old, next, start), models.ErrUsed)
		wantOnce(t, models.ErrUsed, func() error { return s.UseRecoveryCode(ctx, "auth0|alice", old, next, start) })
		must(t, s.UseRecoveryCode(ctx, "auth0|alice", next, old, start.Add(time.Hour)))
		must(t, s.UseAuthenticator(ctx, "a", start.Add(2*time.Hour)))

		have := get(s.Authenticators(ctx, "auth0|alice"))(t)
		if have[0].LastStep != 8 || !have[0].LastUsedAt.Equal(start.Add(2*time.Hour)) || !have[1].LastUsedAt.Equal(start.Add(time.Hour)) {
			t.Errorf("authenticators %+v", have)
		}
	})
}

func TestMFATransaction(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		want := &models.MFATransaction{
			ID: models.NewSecret(), UserID: "auth0|alice", ClientID: "client", State: []byte(`{"claims":1}`),
			CreatedAt: start, ExpiresAt: start.Add(models.MFATokenLifetime),
		}
		must(t, s.OpenMFATransaction(ctx, want))
		again := *want
		again.State = []byte("other")
		must(t, s.OpenMFATransaction(ctx, &again))
		wantEqual(t, "transaction", get(s.MFATransaction(ctx, want.ID))(t), want)
		_, err := s.MFATransaction(ctx, "unknown")
		wantError(t, err, models.ErrNotFound)

		want.Enrolment = &models.Enrolment{Type: models.FactorEmail, Address: "a@example.com", RecoveryHash: []byte{1}}
		must(t, s.SetEnrolment(ctx, want.ID, want.Enrolment))
		want.Challenge = &models.SentCode{Type: models.FactorEmail, OOBHash: []byte{2}, CodeMAC: []byte{3}, ExpiresAt: start.Add(time.Minute)}
		must(t, s.SetChallenge(ctx, want.ID, want.Challenge))
		wantEqual(t, "with a code", get(s.MFATransaction(ctx, want.ID))(t), want)

		wantError(t, s.EndChallenge(ctx, want.ID, []byte{4}), models.ErrUsed)
		wantOnce(t, models.ErrUsed, func() error { return s.EndChallenge(ctx, want.ID, []byte{3}) })
		wantOnce(t, models.ErrNotFound, func() error { return s.Enrol(ctx, want.ID, true, totp("a")) })
		want.Enrolment, want.Challenge = nil, nil
		wantEqual(t, "enrolled", get(s.MFATransaction(ctx, want.ID))(t), want)

		for range 3 {
			must(t, s.CountMFAAttempt(ctx, want.ID, 3))
		}
		wantError(t, s.CountMFAAttempt(ctx, want.ID, 3), models.ErrTooMany)
		if got := get(s.MFATransaction(ctx, want.ID))(t).Attempts; got != 3 {
			t.Errorf("%d attempts", got)
		}
	})
}

func TestAnMFATransactionEnds(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		open := func(id string) {
			must(t, s.OpenMFATransaction(ctx, &models.MFATransaction{ID: id, CreatedAt: start, ExpiresAt: start.Add(time.Minute)}))
		}
		open("finished")
		wantOnce(t, models.ErrNotFound, func() error { return s.FinishMFATransaction(ctx, "finished") })
		open("id")
		s.clock.advance(time.Minute)
		for _, err := range []error{s.FinishMFATransaction(ctx, "id"), s.SetChallenge(ctx, "id", &models.SentCode{}), s.SetEnrolment(ctx, "id", &models.Enrolment{})} {
			wantError(t, err, models.ErrNotFound)
		}
		wantError(t, s.CountMFAAttempt(ctx, "id", 9), models.ErrTooMany)
		must(t, s.Sweep(ctx, s.clock.now()))
		if !get(s.MFATransaction(ctx, "id"))(t).Expired(s.clock.now()) {
			t.Error("it has not expired")
		}
		s.clock.advance(2 * time.Hour)
		must(t, s.Sweep(ctx, s.clock.now()))
		_, err := s.MFATransaction(ctx, "id")
		wantError(t, err, models.ErrNotFound)
	})
}

func TestFactorCounts(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		count := func() error { return s.CountFactor(ctx, "check", "auth0|alice", 2, s.clock.now(), time.Hour) }
		wantOnce(t, models.ErrTooMany, func() error { return s.CountFactor(ctx, "once", "auth0|alice", 1, start, time.Hour) })
		must(t, count())
		must(t, count())
		wantError(t, count(), models.ErrTooMany)
		must(t, s.CountFactor(ctx, "check", "auth0|bob", 2, s.clock.now(), time.Hour))
		must(t, s.CountFactor(ctx, "message", "auth0|alice", 2, s.clock.now(), time.Hour))

		must(t, s.UncountFactor(ctx, "check", "auth0|alice"))
		must(t, count())
		wantError(t, count(), models.ErrTooMany)
		s.clock.advance(time.Hour)
		must(t, count())
		must(t, count())
		wantError(t, count(), models.ErrTooMany)
	})
}

func TestRememberedBrowsers(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		remembered := func(secret, user string) bool { return get(s.BrowserRemembered(ctx, secret, user, s.clock.now()))(t) }
		must(t, s.RememberBrowser(ctx, "cookie", "auth0|alice", start, start.Add(time.Hour)))
		if !remembered("cookie", "auth0|alice") || remembered("cookie", "auth0|bob") || remembered("other", "auth0|alice") {
			t.Error("the browser is remembered for the wrong people")
		}
		s.clock.advance(time.Hour)
		if remembered("cookie", "auth0|alice") {
			t.Error("it is remembered for too long")
		}
		must(t, s.RememberBrowser(ctx, "cookie", "auth0|alice", s.clock.now(), s.clock.now().Add(time.Hour)))
		must(t, s.Enrol(ctx, "", true, totp("a")))
		must(t, s.DeleteAuthenticator(ctx, "auth0|alice", "a"))
		if remembered("cookie", "auth0|alice") {
			t.Error("a factor was removed, and the browser is still remembered")
		}
	})
}

// TestFactorSecretsAreSealed looks for what must not be readable in the file, and changes the server's secret under it.
func TestFactorSecretsAreSealed(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), storetest.SQLiteURL(t)
	former, current := bytes.Repeat([]byte("f"), 32), bytes.Repeat([]byte("c"), 32)
	openWith := func(secrets ...[]byte) *store.Store {
		keyring := get(models.NewKeyring(secrets...))(t)
		return storetest.Open(t, url, func(o *store.Options) { o.Keyring = keyring })
	}
	s := openWith(former)
	seed(t, s)
	a := totp("a")
	transaction := &models.MFATransaction{ID: "id", State: []byte("secret-state"), CreatedAt: start, ExpiresAt: time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)}
	must(t, s.Enrol(ctx, "", true, a))
	must(t, s.OpenMFATransaction(ctx, transaction))
	transaction.Enrolment = &models.Enrolment{Type: models.FactorOTP, Key: "SECRETENROLMENTKEY"}
	must(t, s.SetEnrolment(ctx, "id", transaction.Enrolment))

	db := get(sql.Open("sqlite", strings.TrimPrefix(url, "sqlite:")))(t)
	t.Cleanup(func() { _ = db.Close() })
	var stored []byte
	must(t, db.QueryRowContext(ctx, `SELECT (SELECT hex(sealed_key) FROM authenticators) || (SELECT hex(state) || hex(enrolment) FROM mfa_transactions)`).Scan(&stored))
	for _, secret := range []string{a.Key, "secret-state", "SECRETENROLMENTKEY"} {
		if bytes.Contains(bytes.ToLower(stored), []byte(strings.ToLower(hexOf(secret)))) {
			t.Errorf("%s is stored in clear", secret)
		}
	}

	must(t, openWith(current, former).Reseal(context.WithoutCancel(ctx)))
	s = openWith(current)
	wantEqual(t, "authenticators", get(s.Authenticators(ctx, "auth0|alice"))(t), []models.Authenticator{a})
	wantEqual(t, "transaction", get(s.MFATransaction(ctx, "id"))(t), transaction, cmpopts.EquateEmpty())
	if _, err := openWith(former).Authenticators(ctx, "auth0|alice"); err == nil || errors.Is(err, models.ErrNotFound) {
		t.Errorf("the former secret still opens it: %v", err)
	}
}

func hexOf(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

func TestApplyFactors(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		config := &models.TenantConfig{Authenticators: []models.Authenticator{
			{UserID: "auth0|alice", Type: models.FactorOTP, Key: "JBSWY3DPEHPK3PXP"},
			{UserID: "auth0|alice", Type: models.FactorRecoveryCode, CodeHash: models.HashSecret("code")},
			{UserID: "auth0|alice", Type: models.FactorPhone, Address: "+15551234567"},
		}}
		apply := func() map[models.FactorType]models.Authenticator {
			t.Helper()
			get(s.Apply(ctx, config))(t)
			have := map[models.FactorType]models.Authenticator{}
			for _, a := range get(s.Authenticators(ctx, "auth0|alice"))(t) {
				have[a.Type] = a
			}
			return have
		}
		first := apply()
		must(t, s.UseOTP(ctx, first[models.FactorOTP].ID, 7, start))
		must(t, s.UseRecoveryCode(ctx, "auth0|alice", models.HashSecret("code"), models.HashSecret("next"), start))
		second := apply()
		if len(second) != 3 || second[models.FactorOTP].LastStep != 7 || !bytes.Equal(second[models.FactorRecoveryCode].CodeHash, models.HashSecret("next")) {
			t.Errorf("what was used came back: %+v", second)
		}
		must(t, s.RememberBrowser(ctx, "cookie", "auth0|alice", start, start.Add(time.Hour)))
		remembered := func() bool { return get(s.BrowserRemembered(ctx, "cookie", "auth0|alice", start))(t) }
		if apply(); !remembered() {
			t.Error("the same key again, and the browser is forgotten")
		}
		config.Authenticators[0].Key = "GEZDGNBVGY3TQOJQ"
		if third := apply()[models.FactorOTP]; third.Key != "GEZDGNBVGY3TQOJQ" || third.LastStep != 0 || third.ID != first[models.FactorOTP].ID {
			t.Errorf("with another key: %+v", third)
		}
		if remembered() {
			t.Error("a browser that gave a code of the former key is still remembered")
		}
	})
}

func TestDeleteAuthenticators(t *testing.T) {
	each(t, func(t *testing.T, s fixture) {
		ctx := t.Context()
		must(t, s.Enrol(ctx, "", true, totp("a"), recovery("b", "code"), phone("c", "+15550001")))
		must(t, s.RememberBrowser(ctx, "cookie", "auth0|alice", start, start.Add(time.Hour)))
		must(t, s.DeleteAuthenticator(ctx, "auth0|alice", "c", event("900-one", models.LogFactorRemoved)))
		wantError(t, s.DeleteAuthenticator(ctx, "auth0|alice", "c", event("900-again", models.LogFactorRemoved)), models.ErrNotFound)
		must(t, s.DeleteAuthenticators(ctx, "auth0|alice", event("900-all", models.LogManagementAPI)))
		must(t, s.DeleteAuthenticators(ctx, "auth0|alice"))
		if n := len(get(s.Authenticators(ctx, "auth0|alice"))(t)); n != 0 {
			t.Errorf("%d are left", n)
		}
		if get(s.BrowserRemembered(ctx, "cookie", "auth0|alice", start))(t) {
			t.Error("the browser is still remembered")
		}
		if !hasLog(t, s.Store, "900-one") || !hasLog(t, s.Store, "900-all") || hasLog(t, s.Store, "900-again") {
			t.Error("the log is not what was done")
		}
	})
}
