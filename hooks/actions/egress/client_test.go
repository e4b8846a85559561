package egress

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, p *Policy, url string) (string, error) {
	t.Helper()
	c := NewClient(p)
	t.Cleanup(c.CloseIdle)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), nil
}

func TestConnectionsAreCheckedWhenTheyAreOpened(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	port := address[strings.LastIndexByte(address, ':'):]
	for _, tt := range []struct {
		name, spec, url string
		allowed         bool
	}{
		{"listed", address, server.URL, true},
		{"listed by name", "localhost" + port, "http://localhost" + port, true},
		{"nothing is open", "off", server.URL, false},
		{"loopback is not public", "open", server.URL, false},
		{"a name that resolves to loopback", "open", "http://localhost" + port, false},
		{"another port", "127.0.0.1:1", server.URL, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Parse(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			body, err := get(t, p, tt.url)
			if tt.allowed {
				if err != nil || body != "hello" {
					t.Errorf("got %q, %v", body, err)
				}
				return
			}
			if !errors.Is(err, ErrRefused) {
				t.Errorf("got %q, %v; want it to be refused", body, err)
			}
		})
	}
}

func TestNamesThatCanNotBeAllowedAreNotLookedUp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec, host string
		want       bool
	}{
		{"off", "example.com", false},
		{"api.example.com:443", "example.com", false},
		{"api.example.com:443", "api.example.com", true},
		{"*.example.com", "a.example.com", true},
		{"*.example.com", "secret.attacker.example", false},
		{"10.0.0.0/8", "example.com", true},
		{"open", "example.com", true},
	} {
		p, err := Parse(tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.mayReach(tt.host); got != tt.want {
			t.Errorf("%s may reach %s: %v", tt.spec, tt.host, got)
		}
	}
	p, err := Parse("api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, p, "http://nowhere.invalid/"); !errors.Is(err, ErrRefused) {
		t.Errorf("%v; want it to be refused before it is looked up", err)
	}
}

func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	if NewClient(Open()).transport.Proxy != nil {
		t.Error("the client has a proxy")
	}
}

func TestOnlyHTTPIsSpoken(t *testing.T) {
	t.Parallel()
	if _, err := get(t, Open(), "file:///etc/passwd"); err == nil {
		t.Error("a file was read")
	}
}
