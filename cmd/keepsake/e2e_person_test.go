package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// person is somebody in front of a browser: Chromium without a window, or one that is played (eachBrowser). Whatever goes wrong ends the
// test.
type person interface {
	// Open goes to an address and waits for the page.
	Open(address string)
	// Address is where the browser is now.
	Address() *url.URL
	// Text is what the page says.
	Text() string
	// Attribute returns an attribute of the first element that is called selector: "#id", or a tag. "" when there is none.
	Attribute(selector, name string) string
	// Fill enters a value into the field with that name, or chooses it in a list.
	Fill(name, value string)
	// Check marks a box, or one of several of a name; a value of "" is the one there is.
	Check(name, value string)
	// Press presses the button with that caption and waits for the next page.
	Press(caption string)
	// Follow follows the link with that text and waits for the next page.
	Follow(text string)
	// Back goes one page back.
	Back()
}

// eachBrowser runs a test with somebody in front of Chromium, and with somebody whose browser is played, which every machine has and which
// is quick: on every database.
func eachBrowser(t *testing.T, f func(t *testing.T, o processOptions, who person)) {
	t.Helper()
	t.Parallel()
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		who := newChromium(t)
		f(t, onSQLite(t), who)
	})
	t.Run("played", func(t *testing.T) {
		eachDatabase(t, func(t *testing.T, o processOptions) { f(t, o, newPlayed(t)) })
	})
}

// played is a browser that keeps cookies, follows redirects and sends forms. It runs no scripts.
type played struct {
	t       *testing.T
	client  *http.Client
	address *url.URL
	page    *html.Node
	entered map[string][]string
	history []string
}

func newPlayed(t *testing.T) *played {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &played{t: t, client: &http.Client{Jar: jar}}
}

// Open implements person.
func (p *played) Open(address string) {
	p.t.Helper()
	p.send(http.MethodGet, address, nil)
}

func (p *played) send(method, address string, form url.Values) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if p.page, err = html.Parse(res.Body); err != nil {
		p.t.Fatal(err)
	}
	p.address, p.entered = res.Request.URL, map[string][]string{}
	p.history = append(p.history, p.address.String())
}

// Address implements person.
func (p *played) Address() *url.URL { return p.address }

// Text implements person.
func (p *played) Text() string { return textOf(p.page) }

func textOf(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "style" && d.Parent.Data != "title" {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// Attribute implements person.
func (p *played) Attribute(selector, name string) string {
	for n := range p.page.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id, isID := strings.CutPrefix(selector, "#"); isID && attributeOf(n, "id") == id || n.Data == selector {
			return attributeOf(n, name)
		}
	}
	return ""
}

func attributeOf(n *html.Node, name string) string {
	v, _ := lookUp(n, name)
	return v
}

func lookUp(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Fill implements person.
func (p *played) Fill(name, value string) {
	p.t.Helper()
	p.named(name)
	p.entered[name] = []string{value}
}

// Check implements person.
func (p *played) Check(name, value string) {
	p.t.Helper()
	if n := p.named(name); value == "" {
		value = attributeOf(n, "value")
	}
	p.entered[name] = append(p.entered[name], value)
}

func (p *played) named(name string) *html.Node {
	p.t.Helper()
	for n := range p.page.Descendants() {
		if n.Type == html.ElementNode && attributeOf(n, "name") == name {
			return n
		}
	}
	p.t.Fatalf("%s has no field %q: %s", p.address, name, p.Text())
	return nil
}

// Press implements person.
func (p *played) Press(caption string) {
	p.t.Helper()
	button := p.find("button", caption)
	form := button
	for form != nil && form.Data != "form" {
		form = form.Parent
	}
	if form == nil {
		p.t.Fatalf("%q is in no form", caption)
	}
	fields := p.fields(form)
	if name := attributeOf(button, "name"); name != "" {
		fields.Set(name, attributeOf(button, "value"))
	}
	target, err := p.address.Parse(attributeOf(form, "action"))
	if err != nil {
		p.t.Fatal(err)
	}
	if strings.EqualFold(attributeOf(form, "method"), http.MethodPost) {
		p.send(http.MethodPost, target.String(), fields)
		return
	}
	target.RawQuery = fields.Encode()
	p.Open(target.String())
}

// fields is what a form sends: what it was filled with, else what it begins with.
func (p *played) fields(form *html.Node) url.Values {
	fields := url.Values{}
	for n := range form.Descendants() {
		name := attributeOf(n, "name")
		if n.Type != html.ElementNode || name == "" || fields.Has(name) {
			continue
		}
		_, checked := lookUp(n, "checked")
		kind := attributeOf(n, "type")
		choice := n.Data == "input" && (kind == "checkbox" || kind == "radio")
		switch entered, ok := p.entered[name]; {
		case ok:
			fields[name] = entered
		case choice && !checked:
		case n.Data == "input":
			fields.Set(name, attributeOf(n, "value"))
		case n.Data == "textarea":
			fields.Set(name, textOf(n))
		case n.Data == "select":
			fields.Set(name, selectedOf(n))
		}
	}
	return fields
}

func selectedOf(list *html.Node) string {
	first, found := "", false
	for n := range list.Descendants() {
		if n.Data != "option" {
			continue
		}
		if _, selected := lookUp(n, "selected"); selected {
			return attributeOf(n, "value")
		}
		if !found {
			first, found = attributeOf(n, "value"), true
		}
	}
	return first
}

// Follow implements person.
func (p *played) Follow(text string) {
	p.t.Helper()
	target, err := p.address.Parse(attributeOf(p.find("a", text), "href"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.Open(target.String())
}

func (p *played) find(tag, text string) *html.Node {
	p.t.Helper()
	for n := range p.page.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag && textOf(n) == text {
			return n
		}
	}
	p.t.Fatalf("%s has no %s %q: %s", p.address, tag, text, p.Text())
	return nil
}

// Back implements person. The pages must not be stored, so it asks again.
func (p *played) Back() {
	p.t.Helper()
	if len(p.history) < 2 {
		p.t.Fatal("there is no page to go back to")
	}
	target := p.history[len(p.history)-2]
	p.history = p.history[:len(p.history)-2]
	p.Open(target)
}

// site is another site than the server's: an application's callback, or where an Action sends the browser. To a browser localhost
// and 127.0.0.1 are two sites, so that its rules for cookies are those of the open web.
func site(t *testing.T, host string, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", host, 1)
}

// callbackSite is an application's callback, at a port of its own (RFC 8252 7.3).
func callbackSite(t *testing.T) string {
	t.Helper()
	return site(t, "127.0.0.1", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<!doctype html><title>app</title><p>Back at the application.</p>"))
	}) + "/callback"
}
