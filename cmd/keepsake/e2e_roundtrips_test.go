package main

import (
	"math"
	"net/http"
	"testing"

	"golang.org/x/oauth2"

	"example.com/keepsake/models/store/storetest"
)

// TestE2ERoundTrips counts what the hot requests cost on the wire between a serving process and PostgreSQL.
func TestE2ERoundTrips(t *testing.T) {
	t.Parallel()
	o := onPostgres(t)
	proxy := storetest.NewProxy(t, o.Database)
	o.Database = proxy.URL()
	p := startProcess(t, withE2ETenant(t, o))
	a, alice, operator := p.native(), p.e2eAlice(), p.e2eOperator()
	f := a.login(t, fromUSA, alice)
	path := refreshTokenPath(f.id)

	refresh := func() {
		r := a.exchange(fromUSA, f.RefreshToken, "set", "key").must(t, http.StatusOK)
		f.RefreshToken = r.str("refresh_token")
	}
	read := func() { operator.get(path).must(t, http.StatusOK) }
	patch := func() {
		operator.call(http.MethodPatch, path, map[string]any{"refresh_token_metadata": map[string]any{"a": "b"}}).must(t, http.StatusOK)
	}
	var codes []func()
	exchangeCode := func() { codes[0](); codes = codes[1:] }
	signIn := func() { // by the session of the first login: no page is shown
		verifier := oauth2.GenerateVerifier()
		code := alice.open(t, a.authorizeURL(verifier)).Get("code")
		codes = append(codes, func() {
			p.visit(fromUSA).post("oauth/token", pairs("grant_type", "authorization_code", "client_id", e2eNative, "code", code,
				"redirect_uri", e2eCallback, "code_verifier", verifier)).must(t, http.StatusOK)
		})
	}
	for _, c := range []struct {
		what string
		do   func()
		want int64
	}{
		{"a refresh with an Action", refresh, 2},
		{"GET of a refresh token", read, 1},
		{"PATCH of a refresh token", patch, 1},
		{"/authorize with a session and an Action", signIn, 4},
		{"a code exchange", exchangeCode, 2},
	} {
		if got := cost(proxy, c.do); got != times*c.want {
			t.Errorf("%d times %s cost %d round trips, want %d", times, c.what, got, times*c.want)
		}
	}
}

// times is how often something is done to count its round trips.
const times = 20

// cost returns how many round trips it costs to do something that many times: the least over some runs, because the server
// has work of its own now and then, which can only add to what is counted.
func cost(proxy *storetest.Proxy, do func()) int64 {
	do() // prepares statements and fills caches
	least := int64(math.MaxInt64)
	for range 3 {
		before := proxy.RoundTrips()
		for range times {
			do()
		}
		least = min(least, proxy.RoundTrips()-before)
	}
	return least
}
