package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

// native is the public client of testdata/e2e.
func (p *process) native() *party { return p.party(e2eNative, "", oauth2.AuthStyleInParams) }

func (p *process) e2eAlice() *browser { return p.browser(fromUSA, e2eEmail, e2ePassword) }

func (p *process) e2eOperator() *visit { return p.operator(e2eMachine, e2eMachineSecret) }

// TestE2EOneOfManyWins presents one refresh token 64 times at once, without any leeway: one exchange is answered, one
// learns that there was reuse, the others learn nothing, and the family is dead.
func TestE2EOneOfManyWins(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		p := startProcess(t, withE2ETenant(t, o))
		a := p.native()
		for range 3 {
			f := a.login(t, fromUSA, p.e2eAlice())
			winner := playCrowd(t, a, f)
			a.exchange(fromUSA, winner).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
			a.exchange(fromUSA, f.RefreshToken).want(t, http.StatusForbidden, oauthError("invalid_grant", "Unknown or invalid refresh token."))
			operator := p.e2eOperator()
			operator.get(refreshTokenPath(f.id)).must(t, http.StatusNotFound)
			details, _ := newestRecord(t, operator, "ferrt")["details"].(map[string]any)
			if details["familyId"] != f.id {
				t.Errorf("the ferrt record is about %v", details)
			}
		}
	})
}

// playCrowd exchanges one token 64 times at once and returns the refresh token that came of it.
func playCrowd(t *testing.T, a *party, f family) string {
	t.Helper()
	const crowd = 64
	var (
		wg      sync.WaitGroup
		gun     = make(chan struct{})
		replies = make([]reply, crowd)
		errs    = make([]error, crowd)
		form    = a.refreshForm(f.RefreshToken).Encode()
		visitor = a.p.visit(fromUSA)
	)
	for i := range crowd {
		wg.Go(func() {
			<-gun
			replies[i], errs[i] = visitor.try(http.MethodPost, "oauth/token", "application/x-www-form-urlencoded", form)
		})
	}
	close(gun)
	wg.Wait()

	winner := ""
	count := map[string]int{}
	for i, r := range replies {
		switch {
		case errs[i] != nil:
			t.Fatal(errs[i])
		case r.status == http.StatusOK:
			count["200"]++
			winner = r.str("refresh_token")
			a.p.Vault.add("a refresh token", winner)
		default:
			count[fmt.Sprint(r.status, " ", r.str("error"), ": ", r.str("error_description"))]++
		}
	}
	want := map[string]int{
		"200": 1,
		"403 invalid_grant: Unsuccessful Refresh Token exchange, reused refresh token detected": 1,
		"403 invalid_grant: Unknown or invalid refresh token.":                                  crowd - 2,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	return winner
}

// TestE2EPatchesRaceExchanges lets an operator replace a token's metadata while an Action adds to it at an exchange of the
// same token, 1,000 times. Whatever the order, no write is lost: the operator's map is there, and the Action's key is in it
// unless the operator's map replaced it.
func TestE2EPatchesRaceExchanges(t *testing.T) {
	eachDatabase(t, func(t *testing.T, o processOptions) {
		const rounds = 1000
		p := startProcess(t, withE2ETenant(t, o))
		a, operator := p.native(), p.e2eOperator()
		f := a.login(t, fromUSA, p.e2eAlice())
		token, path := f.RefreshToken, refreshTokenPath(f.id)
		visitor := p.visit(fromUSA)
		orders := map[string]int{}
		for n := range rounds {
			// With these there are 23 entries. The Action can add one in this round and one in the next before the PATCH: as
			// many as there may be.
			patched := with(fullMetadata("by PATCH", 22), fmt.Sprintf("patch-%d", n), "by PATCH")
			actionKey := fmt.Sprintf("action-%d", n)
			token = playRound(t, a, visitor, operator, path, token, actionKey, patched, n)

			got := metadata(t, operator, f.id)
			switch _, set := got[actionKey]; {
			case cmp.Equal(got, patched):
				orders["the PATCH was last"]++
			case set && cmp.Equal(got, with(patched, actionKey, "set by the Action")):
				orders["the exchange was last"]++
			default:
				t.Fatalf("round %d: %v", n, got)
			}
			if len(got) > 25 {
				t.Fatalf("round %d: %d entries", n, len(got))
			}
		}
		p.Vault.add("a refresh token", token)
		t.Log(orders)
		if len(orders) != 2 {
			t.Errorf("there was no race: %v", orders)
		}
	})
}

// playRound does an exchange and a PATCH at once and returns the next refresh token.
func playRound(t *testing.T, a *party, visitor, operator *visit, path, token, actionKey string, patched map[string]any, n int) string {
	t.Helper()
	var (
		wg              sync.WaitGroup
		exchange, patch reply
		exchangeErr     error
	)
	wg.Go(func() {
		form := a.refreshForm(token, "set", actionKey).Encode()
		exchange, exchangeErr = visitor.try(http.MethodPost, "oauth/token", "application/x-www-form-urlencoded", form)
	})
	// A PATCH is faster than an exchange. After some requests of its own it meets it at other moments.
	for range n % 5 {
		operator.get(path).must(t, http.StatusOK)
	}
	patch = operator.call(http.MethodPatch, path, map[string]any{"refresh_token_metadata": patched})
	wg.Wait()
	if exchangeErr != nil {
		t.Fatal(exchangeErr)
	}
	if exchange.status != http.StatusOK || patch.status != http.StatusOK {
		t.Fatalf("round %d: the exchange got %d %s, the PATCH %d %s", n, exchange.status, exchange.text, patch.status, patch.text)
	}
	return exchange.str("refresh_token")
}
