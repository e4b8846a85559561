package main

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sharedIssuer is by what name clients know servers that come and go, or that are several.
const sharedIssuer = "http://keepsake.example.com/"

// TestE2ERestart stops and starts a server on the same database: nothing of it is lost, and the tenant is as it was.
func TestE2ERestart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		o = withE2ETenant(t, o)
		o.Issuer = sharedIssuer
		first := startProcess(t, o)
		keys := publishedKeys(first)
		alice := first.e2eAlice()
		f := first.native().login(t, fromUSA, alice)
		first.stop()
		wantChanges(t, first, "created")

		second := startProcess(t, o)
		if diff := cmp.Diff(keys, publishedKeys(second)); diff != "" {
			t.Errorf("keys (-before +after):\n%s", diff)
		}
		// The access token of before is still good, as is the refresh token, and the browser is still signed in.
		v := second.visit(fromUSA)
		v.bearer = f.AccessToken
		v.get("userinfo").must(t, http.StatusOK)
		wantSecretRead(t, second.native().mustRefresh(t, fromUSA, f))
		moved := second.browser(fromUSA, e2eEmail, "nobody asks for it")
		moved.client.Jar = alice.client.Jar
		second.native().login(t, fromUSA, moved, "prompt", "none")
		second.stop()
		wantChanges(t, second, "unchanged")
	})
}

// TestE2ESecretRotation gives the server another secret and the old one as its predecessor: what was issued and sealed
// before is still good.
func TestE2ESecretRotation(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		const newSecret = "another-server-secret-of-more-than-32-bytes"
		o = withE2ETenant(t, o)
		o.Vault.add("the server's new secret", newSecret)
		o.Issuer, o.Env = sharedIssuer, []string{secretEnv + "=" + testSecret}
		before := startProcess(t, o)
		keys := publishedKeys(before)
		f := before.native().login(t, fromUSA, before.e2eAlice())
		before.stop()

		o.Env = []string{secretEnv + "=" + newSecret, secretPreviousEnv + "=" + testSecret}
		after := startProcess(t, o)
		if diff := cmp.Diff(keys, publishedKeys(after)); diff != "" {
			t.Errorf("keys (-before +after):\n%s", diff)
		}
		next := after.native().mustRefresh(t, fromUSA, f)
		wantSecretRead(t, next)
		// The old token is still known for one that was exchanged.
		after.native().exchange(fromUSA, f.RefreshToken).want(t, http.StatusForbidden,
			oauthError("invalid_grant", "Unsuccessful Refresh Token exchange, reused refresh token detected"))
		wantSecretRead(t, after.native().login(t, fromUSA, after.e2eAlice()))
		after.stop()

		// That start sealed everything anew: the old secret can be dropped.
		o.Env = []string{secretEnv + "=" + newSecret}
		heir := startProcess(t, o)
		if diff := cmp.Diff(keys, publishedKeys(heir)); diff != "" {
			t.Errorf("keys without the predecessor (-before +after):\n%s", diff)
		}
		wantSecretRead(t, heir.native().login(t, fromUSA, heir.e2eAlice()))
	})
}

// wantSecretRead checks that the Action could read its secret, which is sealed in the database.
func wantSecretRead(t *testing.T, f family) {
	t.Helper()
	if got := claimsOf(f.AccessToken)["https://e2e.example.com/secret_length"]; got != float64(len(e2eActionSecret)) {
		t.Errorf("the Action saw a secret of %v characters", got)
	}
}

// wantChanges checks that applying the tenant did one thing to everything in it.
func wantChanges(t *testing.T, p *process, what string) {
	t.Helper()
	record := p.record("tenant applied")
	sections := 0
	for name, value := range record {
		if text, ok := value.(string); ok && name != "time" && name != "level" && name != "msg" {
			sections++
			if !strings.HasSuffix(text, " "+what) || strings.Contains(text, ",") {
				t.Errorf("%s: %s, want all of it %s", name, text, what)
			}
		}
	}
	if sections < 5 {
		t.Errorf("only %d sections in %v", sections, record)
	}
}

// publishedKeys reads the JWKS.
func publishedKeys(p *process) map[string]any {
	p.t.Helper()
	keys := p.visit(fromUSA).get(".well-known/jwks.json").must(p.t, http.StatusOK).body
	if list, _ := keys["keys"].([]any); len(list) < 2 {
		p.t.Errorf("only these keys: %v", keys)
	}
	return keys
}

// TestE2EReplicas starts several servers at once on one PostgreSQL database that has nothing in it. They become one server.
func TestE2EReplicas(t *testing.T) {
	t.Parallel()
	o := withE2ETenant(t, onPostgres(t))
	o.Database, o.Issuer = emptyDatabase(t, o.Database), sharedIssuer
	var replicas []*process
	for range 4 {
		replicas = append(replicas, launch(t, o))
	}
	for _, p := range replicas {
		p.awaitReady()
	}
	keys := publishedKeys(replicas[0])
	for _, p := range replicas[1:] {
		if diff := cmp.Diff(keys, publishedKeys(p)); diff != "" {
			t.Errorf("the replicas publish other keys:\n%s", diff)
		}
	}

	// Each exchange is done by the next replica; metadata that was set by the one is read at the others.
	f := replicas[0].native().login(t, fromUSA, replicas[0].e2eAlice())
	for i := range 8 {
		p := replicas[i%len(replicas)]
		r := p.native().exchange(fromUSA, f.RefreshToken, "set", "replica").must(t, http.StatusOK)
		f.RefreshToken = r.str("refresh_token")
	}
	for _, p := range replicas {
		wantMetadata(t, p.e2eOperator(), f.id, map[string]any{"replica": "set by the Action"})
	}
	// A browser may be sent to another replica between two requests.
	playWandering(t, replicas)
}

// playWandering plays a login whose requests go to one replica after another.
func playWandering(t *testing.T, replicas []*process) {
	t.Helper()
	alice := replicas[0].e2eAlice()
	count := 0
	alice.client.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		count++
		return fromUSA.transport(replicas[count%len(replicas)].wire).RoundTrip(r)
	})
	replicas[0].native().login(t, fromUSA, alice)
	if count < len(replicas) {
		t.Errorf("only %d requests", count)
	}
}

// emptyDatabase makes a database without any tables on the server of address.
func emptyDatabase(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/") + "_empty"
	if _, err := db.ExecContext(t.Context(), `CREATE DATABASE "`+name+`" TEMPLATE template0`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec(`DROP DATABASE "` + name + `" WITH (FORCE)`); err != nil {
			t.Errorf("drop the database: %v", err)
		}
		db.Close()
	})
	u.Path = "/" + name
	return u.String()
}
