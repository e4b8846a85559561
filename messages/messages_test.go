package messages_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/messages"
	"example.com/keepsake/models"
)

var message = models.Message{
	Type: models.FactorPhone, To: "+15551234567", Code: "042137", Tenant: "Globex", UserID: "auth0|alice", ExpiresIn: 5 * time.Minute,
}

func TestLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := messages.NewLog(slog.New(slog.NewTextHandler(&out, nil))).Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"level=INFO", messages.LogMark, "code=042137", "to=+15551234567"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in %s", want, out.String())
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	var got map[string]any
	var authorization string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = r.Header.Get("Authorization")
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(server.Close)
	w, err := messages.NewWebhook(messages.WebhookOptions{URL: server.URL, Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"channel": "phone", "to": "+15551234567", "code": "042137", "subject": "Your code for Globex", "user_id": "auth0|alice", "expires_in": 300.0,
		"text": "042137 is your code for Globex. It is good for 5 minutes. Give it to nobody.",
	}
	if diff := cmp.Diff(want, got); diff != "" || authorization != "Bearer t0ken" {
		t.Errorf("%s %s", authorization, diff)
	}
}

func TestWebhookFails(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		},
		"no answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			w, err := messages.NewWebhook(messages.WebhookOptions{URL: server.URL + "/?key=s3cret"})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Send(t.Context(), message)
			if err == nil || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), message.Code) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestWebhookAddress(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://sms.example/send": true, "http://127.0.0.1:9/": true, "http://localhost/": true,
		"http://sms.example/": false, "sms.example": false, "": false, "ftp://x/": false, "https://": false,
	} {
		if _, err := messages.NewWebhook(messages.WebhookOptions{URL: address}); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}
