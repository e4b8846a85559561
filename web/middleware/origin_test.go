package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/keepsake/models"
	"example.com/keepsake/web/middleware"
	"github.com/google/go-cmp/cmp"
)

// see returns the origin that a handler behind the middleware sees.
func see(o middleware.OriginOptions, r *http.Request) models.Origin {
	var got models.Origin
	h := middleware.Origin(o)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = models.OriginFrom(r.Context()) }))
	h.ServeHTTP(httptest.NewRecorder(), r)
	return got
}

func TestOriginIP(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"),
		netip.MustParsePrefix("::ffff:172.16.0.0/108"), // 172.16.0.0/12, written as mapped addresses
	}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"direct", "203.0.113.9:1234", nil, "203.0.113.9"},
		{"direct, IPv6", "[2001:db8::9]:1234", nil, "2001:db8::9"},
		{"direct, IPv4 seen as IPv6", "[::ffff:203.0.113.9]:1234", nil, "203.0.113.9"},
		{"direct, with a zone", "[fe80::1%eth0]:1234", nil, "fe80::1"},
		{"a stranger's header is ignored", "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9"},
		{"behind a proxy", "10.0.0.1:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"behind a proxy seen as IPv6", "[::ffff:10.0.0.1]:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"behind a proxy named as a mapped network", "172.20.0.1:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		{"behind an IPv6 proxy", "[2001:db8:1::1]:1234", []string{"2001:db8:2::5"}, "2001:db8:2::5"},
		{"what the client put in front is not believed", "10.0.0.1:1234", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"a made-up proxy in front is not believed", "10.0.0.1:1234", []string{"1.1.1.1, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
		{"several proxies", "10.0.0.1:1234", []string{"198.51.100.1, 10.9.9.9, 10.0.0.2"}, "198.51.100.1"},
		{"several headers", "10.0.0.1:1234", []string{"1.1.1.1, 198.51.100.1", "10.9.9.9", "10.0.0.2"}, "198.51.100.1"},
		{"only proxies", "10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"no header", "10.0.0.1:1234", nil, "10.0.0.1"},
		{"empty header", "10.0.0.1:1234", []string{""}, "10.0.0.1"},
		{"entry with a port", "10.0.0.1:1234", []string{"198.51.100.1:5555"}, "198.51.100.1"},
		{"IPv6 entry with a port", "10.0.0.1:1234", []string{"[2001:db8::5]:5555"}, "2001:db8::5"},
		{"IPv6 entry in brackets", "10.0.0.1:1234", []string{"[2001:db8::5]"}, "2001:db8::5"},
		{"mapped entry", "10.0.0.1:1234", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"garbage ends the search at the proxy that sent it", "10.0.0.1:1234", []string{"198.51.100.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"only garbage", "10.0.0.1:1234", []string{"<script>, \x00, 999.1.1.1"}, "10.0.0.1"},
		{"only commas", "10.0.0.1:1234", []string{",,,,"}, "10.0.0.1"},
		{"spaces", "10.0.0.1:1234", []string{"   198.51.100.1   ,\t10.0.0.2 "}, "198.51.100.1"},
		{"peer without a port", "203.0.113.9", nil, "203.0.113.9"},
		{"a socket's peer has no address", "@", []string{"198.51.100.1"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			if got := see(middleware.OriginOptions{TrustedProxies: trusted}, r).IP; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzOriginIP(f *testing.F) {
	f.Add("10.0.0.1:1", "1.2.3.4, [::1]:5, ::ffff:1.2.3.4, x")
	o := middleware.OriginOptions{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"] = []string{forwarded}
		if ip := see(o, r).IP; ip != "" {
			a, err := netip.ParseAddr(ip)
			if err != nil || a.Is4In6() || a.Zone() != "" {
				t.Errorf("%q behind %q is %q", forwarded, peer, ip)
			}
		}
	})
}

func TestOriginTexts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, userAgent, host string
		wantAgent, wantHost   string
	}{
		{name: "ordinary", userAgent: "Mozilla/5.0 (X11)", host: "login.example:8443", wantAgent: "Mozilla/5.0 (X11)", wantHost: "login.example"},
		{name: "no port", host: "login.example", wantHost: "login.example"},
		{name: "IPv6", host: "[2001:db8::1]:8080", wantHost: "2001:db8::1"},
		{name: "IPv6 without a port", host: "[2001:db8::1]", wantHost: "2001:db8::1"},
		{name: "control characters", userAgent: "a\x00b\r\nc\x7fd\u0085e", host: "h\x00ost", wantAgent: "abcde", wantHost: "host"},
		{name: "broken UTF-8", userAgent: "a\xff\xfeb", wantAgent: "ab"},
		{name: "other languages", userAgent: "Браузер/1", wantAgent: "Браузер/1"},
		{name: "too long", userAgent: strings.Repeat("x", 5000), host: strings.Repeat("h", 300), wantAgent: strings.Repeat("x", 1024), wantHost: strings.Repeat("h", 255)},
		{name: "cut between characters", userAgent: "x" + strings.Repeat("é", 600), wantAgent: "x" + strings.Repeat("é", 511)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Host = tt.host
			r.Header.Set("User-Agent", tt.userAgent)
			got := see(middleware.OriginOptions{}, r)
			if got.UserAgent != tt.wantAgent || got.Hostname != tt.wantHost || !utf8.ValidString(got.UserAgent) {
				t.Errorf("got %q and %q", got.UserAgent, got.Hostname)
			}
		})
	}
}

type fakeGeo struct{}

func (fakeGeo) Lookup(addr netip.Addr) (string, *models.Geo) {
	if addr == netip.MustParseAddr("198.51.100.1") {
		return "AS64500", &models.Geo{CountryCode: "DE"}
	}
	return "", nil
}

func TestOriginGeo(t *testing.T) {
	t.Parallel()
	o := middleware.OriginOptions{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Geo: fakeGeo{}}
	r := httptest.NewRequest(http.MethodGet, "http://h/", nil)
	r.RemoteAddr = "10.0.0.1:1"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	want := models.Origin{IP: "198.51.100.1", ASN: "AS64500", Geo: &models.Geo{CountryCode: "DE"}, Hostname: "h"}
	if diff := cmp.Diff(want, see(o, r)); diff != "" {
		t.Error(diff)
	}
	r.Header.Del("X-Forwarded-For")
	if diff := cmp.Diff(models.Origin{IP: "10.0.0.1", Hostname: "h"}, see(o, r)); diff != "" {
		t.Error(diff)
	}
}

func TestTLSFingerprints(t *testing.T) {
	t.Parallel()
	options := middleware.OriginOptions{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, JA3: "X-Ja3", JA4: "X-Ja4"}
	for _, tt := range []struct {
		name, peer string
		options    middleware.OriginOptions
		header     http.Header
		ja3, ja4   string
	}{
		{"from a proxy", "10.0.0.1:1", options, http.Header{"X-Ja3": {"c13a"}, "X-Ja4": {"t13d"}}, "c13a", "t13d"},
		{"from a stranger", "203.0.113.9:1", options, http.Header{"X-Ja3": {"c13a"}}, "", ""},
		{"one of them", "10.0.0.1:1", options, http.Header{"X-Ja4": {"t13d"}}, "", "t13d"},
		{"twice", "10.0.0.1:1", options, http.Header{"X-Ja3": {"made up", "c13a"}}, "", ""},
		{"not configured", "10.0.0.1:1", middleware.OriginOptions{TrustedProxies: options.TrustedProxies}, http.Header{"X-Ja3": {"c13a"}, "": {"x"}}, "", ""},
		{"control characters and no end", "10.0.0.1:1", options, http.Header{"X-Ja3": {"a\x00" + strings.Repeat("b", 600)}}, "a" + strings.Repeat("b", 511), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr, r.Header = tt.peer, tt.header
			if got := see(tt.options, r); got.JA3 != tt.ja3 || got.JA4 != tt.ja4 {
				t.Errorf("got %q and %q", got.JA3, got.JA4)
			}
		})
	}
}
