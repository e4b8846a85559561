package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wiresTo returns connections to a handler.
func wiresTo(t *testing.T, n int, h http.HandlerFunc) []*wire {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	tokens, err := newBulk(10*n, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	conns := newWires(strings.TrimPrefix(server.URL, "http://"), tokens)[:n]
	t.Cleanup(func() {
		for _, c := range conns {
			c.close()
		}
	})
	return conns
}

func TestOpenLoopAccountsForEveryRequest(t *testing.T) {
	t.Parallel()
	var served [4]atomic.Int64
	var turn atomic.Int64
	conns := wiresTo(t, 8, func(w http.ResponseWriter, r *http.Request) {
		n := turn.Add(1) % 4
		served[n].Add(1)
		switch n {
		case 0:
			fmt.Fprint(w, `{"refresh_token":"next"}`)
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			w.WriteHeader(http.StatusForbidden)
		}
	})
	v := fire(t.Context(), conns, 400, 200*time.Millisecond)
	want := map[verdict]int{}
	for i, verdict := range []verdict{answered, shed, shedSilently} {
		want[verdict] = int(served[i].Load())
	}
	got := map[verdict]int{}
	for _, s := range v.shots {
		got[s.verdict]++
		if s.latency < s.sent || s.sent < 0 {
			t.Errorf("a request was sent %s after it was due and answered after %s", s.sent, s.latency)
		}
	}
	// Those that failed and those for which there were no tokens left are one number to the generator.
	failures := got[failed]
	delete(got, failed)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if served := int(served[3].Load()); failures < served || v.first == nil {
		t.Errorf("%d failures, the server knows of %d; the first was %v", failures, served, v.first)
	}
	if len(v.shots) == 0 || len(between(v.shots, 0, time.Second)) != len(v.shots) || len(between(v.shots, time.Second, 2*time.Second)) != 0 {
		t.Errorf("%d requests, not all of them in the time in which they were due", len(v.shots))
	}
}

// TestLatencyCountsFromWhenARequestWasDue holds that waiting for a connection is not forgotten, and that it has an end.
func TestLatencyCountsFromWhenARequestWasDue(t *testing.T) {
	t.Parallel()
	conns := wiresTo(t, 1, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"refresh_token":"next"}`) })
	late := patience / 2
	v := &volley{begun: time.Now().Add(-patience - late)}
	queue := make(chan time.Duration, 2)
	queue <- 0        // has waited for longer than anybody does
	queue <- patience // is late
	close(queue)
	own := v.serve(t.Context(), conns[0], queue)
	if own.unsent != 1 || len(own.shots) != 1 || own.shots[0].verdict != answered {
		t.Fatalf("%d never sent, answers %+v, error %v", own.unsent, own.shots, own.first)
	}
	if s := own.shots[0]; s.sent < late || fromDue(s) < late || fromSent(s) >= fromDue(s) {
		t.Errorf("a request that was due %s ago: %+v", late, s)
	}
}

// TestTokenAfterAFailure holds that a token of which nobody knows what became of it is not presented again.
func TestTokenAfterAFailure(t *testing.T) {
	t.Parallel()
	var tokens []string
	conns := wiresTo(t, 1, func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.FormValue("refresh_token"))
		switch len(tokens) {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2:
			panic(http.ErrAbortHandler)
		default:
			fmt.Fprint(w, `{"refresh_token":"next"}`)
		}
	})
	var verdicts []verdict
	for range 4 {
		v, _ := conns[0].exchange(t.Context())
		verdicts = append(verdicts, v)
	}
	if diff := cmp.Diff([]verdict{shedSilently, failed, answered, answered}, verdicts); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if len(tokens) != 4 || tokens[0] != tokens[1] || tokens[2] == tokens[1] || tokens[3] != "next" {
		t.Errorf("presented were %q", tokens)
	}
}
