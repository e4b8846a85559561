package messages

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"example.com/keepsake/models"
)

// webhookTimeout is how long the operator's endpoint may take. A person waits for it.
const webhookTimeout = 10 * time.Second

// Webhook posts codes to an endpoint of the operator's as JSON (body).
type Webhook struct {
	url, token string
	client     *http.Client
}

// body is what the endpoint gets. Text is a whole message, ready to be sent.
type body struct {
	Channel   string `json:"channel"` // "email" or "phone"
	To        string `json:"to"`
	Code      string `json:"code"`
	Subject   string `json:"subject"`
	Text      string `json:"text"`
	UserID    string `json:"user_id"`
	ExpiresIn int    `json:"expires_in"` // seconds
}

// WebhookOptions are what NewWebhook needs.
type WebhookOptions struct {
	// URL is where the messages are posted: https, or http on a loopback address.
	URL string
	// Token is sent as a bearer token, so that the endpoint knows who calls; empty: none.
	Token string
	// Client sends the requests; nil: one of its own. Redirects are not followed: a code goes to the address that was configured.
	Client *http.Client
}

// NewWebhook returns a Webhook, or an error about the URL.
func NewWebhook(o WebhookOptions) (*Webhook, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("the address for messages is no absolute URL")
	case u.Scheme == "https":
	case u.Scheme == "http" && isLoopback(u.Hostname()):
	default:
		return nil, errors.New("the address for messages must be https, or http on a loopback address")
	}
	w := &Webhook{url: u.String(), token: o.Token, client: o.Client}
	if w.client == nil {
		w.client = &http.Client{}
	}
	client := *w.client
	client.Timeout = webhookTimeout
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.client = &client
	return w, nil
}

func isLoopback(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// Send posts the message. Any answer of 2xx is a success. No error carries the code or the URL, which may have a key in it.
func (w *Webhook) Send(ctx context.Context, m models.Message) error {
	text := fmt.Sprintf("%s is your code for %s. It is good for %d minutes. Give it to nobody.", m.Code, m.Tenant, int(m.ExpiresIn.Minutes()))
	content, err := json.Marshal(body{
		Channel: string(m.Type), To: m.To, Code: m.Code, Subject: "Your code for " + m.Tenant, Text: text, UserID: m.UserID,
		ExpiresIn: int(m.ExpiresIn.Seconds()),
	})
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("post a message: %w", withoutURL(err))
	}
	r.Header.Set("Content-Type", "application/json")
	if w.token != "" {
		r.Header.Set("Authorization", "Bearer "+w.token)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		return fmt.Errorf("post a message: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("post a message: the endpoint answered %s", resp.Status)
	}
	return nil
}

func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
