package actions_test

import (
	"encoding/json"
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
	"golang.org/x/tools/txtar"
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

// The Action of Auth0's first page about Actions tells a webhook of every login, with a package. Where the webhook does not take it, the
// login fails, because the Action does not catch that.
func TestPageWriteYourFirstAction(t *testing.T) {
	t.Parallel()
	told := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)
		if r.URL.Path != "/services/T000" {
			w.WriteHeader(http.StatusNotFound)
		}
		io.WriteString(w, "ok")
	}))
	t.Cleanup(server.Close)
	policy, err := egress.Parse(strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for isolation, engine := range newEngines(t, actions.Options{Network: policy}) {
		for path, failure := range map[string]string{"/services/T000": "", "/services/gone": "the webhook answered 404"} {
			archive, err := txtar.ParseFile("testdata/network/page-write-your-first-action.txtar")
			if err != nil {
				t.Fatal(err)
			}
			secrets, err := json.Marshal(map[string]string{"SLACK_WEBHOOK_URL": server.URL + path})
			if err != nil {
				t.Fatal(err)
			}
			archive.Files = append(archive.Files, txtar.File{Name: "secrets.json", Data: secrets})
			h := buildHook(t, engine, archive, archive.Files[0])
			event := newEventWithoutToken()
			_, err = (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), event)
			var failed *hooks.FailedError
			if got := errors.As(err, &failed); got != (failure != "") || got && failed.Cause.Message != failure {
				t.Errorf("%s: %s: error = %v, want %q", isolation, path, err, failure)
			}
			select {
			case got := <-told:
				if want := `POST application/json {"text":"Logging In..."}`; got != want {
					t.Errorf("%s: %s: the webhook got %s, want %s", isolation, path, got, want)
				}
			default:
				t.Errorf("%s: %s: the webhook got nothing", isolation, path)
			}
		}
	}
}
