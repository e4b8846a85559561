package scenario

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// answer is an HTTP response.
type answer struct {
	status   int
	location string
	text     []byte
}

// send sends a request; form nil is one without a body.
func (p *player) send(ctx context.Context, client *http.Client, where Where, method, address string, form url.Values) (answer, error) {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return answer{}, fmt.Errorf("make a request: %w", err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("User-Agent", cmp.Or(where.UserAgent, defaultUserAgent))
	r.Header.Set("X-Forwarded-For", cmp.Or(where.IP, countries[where.From], defaultAddress))
	return do(client, r)
}

func do(client *http.Client, r *http.Request) (answer, error) {
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("send a request: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return answer{}, fmt.Errorf("read an answer: %w", err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), text}, nil
}
