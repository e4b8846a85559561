package main

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// seenWithin is how long a test waits until a server goes by a change that another one made. It is well below the time after which a
// server looks for changes by itself, so what is seen was told.
const seenWithin = 5 * time.Second

// tenantCopy is a copy of testdata/e2e that a test changes.
type tenantCopy struct {
	t      *testing.T
	folder string
}

func newTenantCopy(t *testing.T) *tenantCopy {
	t.Helper()
	c := &tenantCopy{t: t, folder: t.TempDir()}
	if err := os.CopyFS(c.folder, os.DirFS("testdata/e2e")); err != nil {
		t.Fatal(err)
	}
	return c
}

// change replaces the one place of a file where old stands.
func (c *tenantCopy) change(file, old, changed string) {
	c.t.Helper()
	path := filepath.Join(c.folder, file)
	text, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.Count(string(text), old) != 1 {
		c.t.Fatalf("%q is not once in %s", old, file)
	}
	write(c.t, path, strings.Replace(string(text), old, changed, 1))
}

// startReplicas starts servers on one PostgreSQL database. What returns starts a further one, on a tenant of its own.
func startReplicas(t *testing.T, n int) (replicas []*process, another func(tenant string) *process) {
	t.Helper()
	o := withE2ETenant(t, onPostgres(t))
	o.Issuer = sharedIssuer
	for range n {
		replicas = append(replicas, launch(t, o))
	}
	for _, p := range replicas {
		p.awaitReady()
	}
	return replicas, func(tenant string) *process {
		changed := o
		changed.Tenant = tenant
		return startProcess(t, changed)
	}
}

// awaitEach waits until every server answers yes.
func awaitEach(t *testing.T, replicas []*process, what string, ask func(p *process) bool) {
	t.Helper()
	deadline := time.Now().Add(seenWithin)
	for i, p := range replicas {
		begun := time.Now()
		for !ask(p) {
			if time.Now().After(deadline) {
				t.Fatalf("server %d does not go by %s", i, what)
			}
		}
		t.Logf("server %d goes by %s after %s", i, what, time.Since(begun))
	}
}

// TestE2EReplicasSeeChanges has one server change the configuration, and the others go by it, whose caches were full of what was before.
func TestE2EReplicasSeeChanges(t *testing.T) {
	t.Parallel()
	replicas, another := startReplicas(t, 2)
	tenant := newTenantCopy(t)
	const newSecret = "e2e-machine-secret-after-the-change"
	machine := func(p *process, secret string) reply {
		p.Vault.add("the machine's secret", secret)
		r := p.visit(fromUSA).post("oauth/token", pairs("grant_type", "client_credentials", "client_id", e2eMachine, "client_secret", secret, "audience", p.url("api/v2/")))
		p.Vault.add("a Management API token", r.str("access_token"))
		return r
	}
	families := make([]family, len(replicas))
	for i, p := range replicas {
		machine(p, e2eMachineSecret).must(t, http.StatusOK)
		families[i] = p.native().login(t, fromUSA, p.e2eAlice())
	}
	refresh := func(p *process) reply {
		i := slices.Index(replicas, p)
		r := p.native().exchange(fromUSA, families[i].RefreshToken).must(t, http.StatusOK)
		families[i].RefreshToken = r.str("refresh_token")
		return r
	}

	t.Log("a client")
	tenant.change("tenant.yaml", e2eMachineSecret, newSecret)
	another(tenant.folder)
	awaitEach(t, replicas, "a client's new secret", func(p *process) bool { return machine(p, newSecret).status == http.StatusOK })
	for _, p := range replicas {
		machine(p, e2eMachineSecret).must(t, http.StatusUnauthorized)
	}

	t.Log("an API")
	tenant.change("tenant.yaml", "    allow_offline_access: true\n", "    allow_offline_access: true\n    token_lifetime: 1234\n")
	another(tenant.folder)
	awaitEach(t, replicas, "an API's token lifetime", func(p *process) bool { return refresh(p).body["expires_in"] == float64(1234) })

	t.Log("an Action")
	const claim = "https://e2e.example.com/changed"
	tenant.change("actions/do-as-asked.js", "  if (asked(\"set\"))", "  api.accessToken.setCustomClaim(\""+claim+"\", \"yes\");\n  if (asked(\"set\"))")
	another(tenant.folder)
	awaitEach(t, replicas, "an Action's new code", func(p *process) bool { return claimsOf(refresh(p).str("access_token"))[claim] == "yes" })

	t.Log("a key")
	known := publishedIDs(replicas[0])
	retireKeys(t, replicas[0].Database)
	another(tenant.folder) // it makes new ones
	awaitEach(t, replicas, "a new signing key", func(p *process) bool { return len(publishedIDs(p)) > len(known) })
	fresh := publishedIDs(replicas[0])
	for i, p := range replicas {
		if got := publishedIDs(p); !slices.Equal(got, fresh) {
			t.Errorf("server %d publishes %v, server 0 %v", i, got, fresh)
		}
		if kid := keyOf(t, refresh(p).str("access_token")); slices.Contains(known, kid) || !slices.Contains(fresh, kid) {
			t.Errorf("server %d signs with the key %s; the retired ones are %v, all are %v", i, kid, known, fresh)
		}
	}
}

// publishedIDs returns the ids of the published keys in order.
func publishedIDs(p *process) []string {
	p.t.Helper()
	list, _ := publishedKeys(p)["keys"].([]any)
	var ids []string
	for _, key := range list {
		members, _ := key.(map[string]any)
		ids = append(ids, fmt.Sprint(members["kid"]))
	}
	slices.Sort(ids)
	return ids
}

// retireKeys retires all signing keys, which nothing but the database can be asked for yet.
func retireKeys(t *testing.T, address string) {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.ExecContext(t.Context(), "UPDATE signing_keys SET retired_at = now() - interval '1 minute'")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n < 2 || err != nil {
		t.Fatalf("%d keys were retired, %v", n, err)
	}
}

// keyOf returns the id of the key that signed a token.
func keyOf(t *testing.T, token string) string {
	t.Helper()
	part, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ Kid string }
	if err := json.Unmarshal(text, &header); err != nil {
		t.Fatal(err)
	}
	return header.Kid
}

// TestE2EReplicasRefuseWhatWasRevoked revokes a token at one server: from the answer on, no other takes it.
func TestE2EReplicasRefuseWhatWasRevoked(t *testing.T) {
	t.Parallel()
	replicas, _ := startReplicas(t, 2)
	first, second := replicas[0], replicas[1]
	for name, revoke := range map[string]func(t *testing.T, f family){
		"by the client": func(t *testing.T, f family) {
			first.in(t).visit(fromUSA).post("oauth/revoke", pairs("client_id", e2eNative, "token", f.RefreshToken)).must(t, http.StatusOK)
		},
		"by an operator": func(t *testing.T, f family) {
			first.in(t).e2eOperator().call(http.MethodDelete, refreshTokenPath(f.id), nil).must(t, http.StatusAccepted)
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := first.in(t).native().login(t, fromUSA, first.in(t).e2eAlice())
			// The other server has just seen the token alive.
			f = second.in(t).native().mustRefresh(t, fromUSA, f)
			operator := second.in(t).e2eOperator()
			operator.get(refreshTokenPath(f.id)).must(t, http.StatusOK)
			revoke(t, f)
			for _, p := range []*process{second, first} {
				p.in(t).native().exchange(fromUSA, f.RefreshToken).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
			}
			operator.get(refreshTokenPath(f.id)).must(t, http.StatusNotFound)
		})
	}
}

// TestE2EOneOfManyWinsAtTwoServers presents one refresh token at two servers at the same time, several times at each, without any leeway:
// one exchange is answered, whatever the token's generation.
func TestE2EOneOfManyWinsAtTwoServers(t *testing.T) {
	t.Parallel()
	replicas, _ := startReplicas(t, 2)
	for round := range 10 {
		f := replicas[0].native().login(t, fromUSA, replicas[0].e2eAlice())
		for n := range round % 3 {
			f = replicas[(round+n)%2].native().mustRefresh(t, fromUSA, f)
		}
		answers, err := presentEverywhere(replicas, replicas[0].native().refreshForm(f.RefreshToken))
		if err != nil {
			t.Fatal(err)
		}
		var winner string
		won, detected := 0, 0
		for _, r := range answers {
			switch {
			case r.status == http.StatusOK:
				won++
				winner = r.str("refresh_token")
				replicas[0].Vault.add("a refresh token", winner)
			case r.str("error_description") == "Unsuccessful Refresh Token exchange, reused refresh token detected":
				detected++
			case r.status != http.StatusForbidden || r.str("error_description") != "Unknown or invalid refresh token.":
				t.Errorf("round %d: %d %s", round, r.status, r.text)
			}
		}
		if won != 1 || detected != 1 {
			t.Errorf("round %d: %d exchanges were answered, %d learned of the reuse, of each there must be one", round, won, detected)
		}
		for _, p := range replicas {
			p.native().exchange(fromUSA, winner).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
		}
	}
}

// presentEverywhere posts a form to /oauth/token of all servers at once, four times to each.
func presentEverywhere(replicas []*process, form url.Values) ([]reply, error) {
	const each = 4
	var (
		wg      sync.WaitGroup
		gun     = make(chan struct{})
		answers = make([]reply, each*len(replicas))
		errs    = make([]error, len(answers))
		body    = form.Encode()
	)
	for i := range answers {
		visitor := replicas[i%len(replicas)].visit(fromUSA)
		wg.Go(func() {
			<-gun
			answers[i], errs[i] = visitor.try(http.MethodPost, "oauth/token", "application/x-www-form-urlencoded", body)
		})
	}
	close(gun)
	wg.Wait()
	return answers, errors.Join(errs...)
}
