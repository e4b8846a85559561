package actions_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/egress"
)

// slowServer answers /hello at once, and anything else never. Gone gets a value when a client has left.
func slowServer(t *testing.T) (url string, policy *egress.Policy, gone chan struct{}) {
	t.Helper()
	gone = make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hello" {
			io.WriteString(w, `{"hello": "world"}`)
			return
		}
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	t.Cleanup(server.Close)
	policy, err := egress.Parse(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, policy, gone
}

func TestFetchGoesWhereThePolicyAllows(t *testing.T) {
	t.Parallel()
	url, policy, _ := slowServer(t)
	h := newHookWith(t, `exports.onExecutePostLogin = async (event, api) => {
  const response = await fetch('`+url+`/hello', { signal: AbortSignal.timeout(10000) });
  const { hello } = await response.json();
  api.accessToken.setCustomClaim('https://example.com/hello', hello);
};`, actions.Options{Network: policy})
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), baseEvent())
	if err != nil || out.AccessTokenClaims["https://example.com/hello"] != "world" {
		t.Errorf("claims %v, error %v", out.AccessTokenClaims, err)
	}
}

// Waiting ends with the trigger's time, whatever for, and what was under way ends with it.
func TestWaitingEndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	url, policy, gone := slowServer(t)
	for _, tt := range []struct{ name, code string }{
		{"a timer", "await new Promise((resolve) => setTimeout(resolve, 1e8));"},
		{"a request", "await fetch('" + url + "/never');"},
		{"an interval that does nothing", "setInterval(() => {}, 1); await new Promise(() => {});"},
		{"a timer that plans itself again", "const again = () => setImmediate(again); again(); await new Promise(() => {});"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHookWith(t, "exports.onExecutePostLogin = async (event, api) => { "+tt.code+" };", actions.Options{Network: policy})
			_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, Timeout: 100 * time.Millisecond}).Run(t.Context(), baseEvent())
			var failed *hooks.FailedError
			if !errors.As(err, &failed) || failed.Cause.Class != hooks.ClassActionTimeout {
				t.Errorf("error = %v, want a timeout", err)
			}
		})
	}
	t.Cleanup(func() {
		select {
		case <-gone:
		case <-time.After(10 * time.Second):
			t.Error("the request goes on")
		}
	})
}
