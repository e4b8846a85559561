package main

import (
	"context"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromiumPath is where this machine has Chromium; empty: nowhere.
func chromiumPath() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// chromiumTimeout ends a test whose browser hangs.
const chromiumTimeout = 2 * time.Minute

// chromium is a person with a real browser.
type chromium struct {
	t   *testing.T
	ctx context.Context
}

func newChromium(t *testing.T, path string) *chromium {
	t.Helper()
	deadline, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), chromiumTimeout)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("headless", true), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-features", "BackForwardCache"), // a page that comes from there is not loaded, and Back would wait for ever
	}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	allocator, stop := chromedp.NewExecAllocator(deadline, options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser's end, so that its folder can be removed
		closeBrowser()
		stop()
		cancel()
	})
	c := &chromium{t: t, ctx: ctx}
	c.do(chromedp.Navigate("about:blank"))
	return c
}

func (c *chromium) do(step chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, step); err != nil {
		c.t.Fatalf("Chromium: %v", err)
	}
}

// ask returns what an action finds out.
func ask[T any](c *chromium, question chromedp.Action[T]) T {
	c.t.Helper()
	answer, err := chromedp.Run(c.ctx, question)
	if err != nil {
		c.t.Fatalf("Chromium: %v", err)
	}
	return answer
}

// arrive does what leads to another page, and waits for that.
func (c *chromium) arrive(step chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	before := ask(c, chromedp.Location())
	if _, err := chromedp.RunResponse(c.ctx, step); err != nil {
		c.t.Fatalf("Chromium did not come to another page than %s: %v", before, err)
	}
}

// Open implements person.
func (c *chromium) Open(address string) {
	c.t.Helper()
	c.do(chromedp.Navigate(address))
}

// Address implements person.
func (c *chromium) Address() *url.URL {
	c.t.Helper()
	u, err := url.Parse(ask(c, chromedp.Location()))
	if err != nil {
		c.t.Fatal(err)
	}
	return u
}

// Text implements person.
func (c *chromium) Text() string {
	c.t.Helper()
	return strings.Join(strings.Fields(ask(c, chromedp.Text(chromedp.CSS("body")))), " ")
}

// Attribute implements person.
func (c *chromium) Attribute(selector, name string) string {
	c.t.Helper()
	return ask(c, chromedp.Evaluate[string](`document.querySelector(`+quoted(selector)+`)?.getAttribute(`+quoted(name)+`) ?? ""`))
}

// Fill implements person.
func (c *chromium) Fill(name, value string) {
	c.t.Helper()
	c.do(chromedp.SetValue(chromedp.CSS(`[name=`+quoted(name)+`]`), value))
}

// Check implements person.
func (c *chromium) Check(name, value string) {
	c.t.Helper()
	selector := `[name=` + quoted(name) + `]`
	if value != "" {
		selector += `[value=` + quoted(value) + `]`
	}
	c.do(chromedp.Click(chromedp.CSS(selector)))
}

// Press implements person.
func (c *chromium) Press(caption string) {
	c.t.Helper()
	c.arrive(chromedp.Click(`//button[normalize-space()=` + quoted(caption) + `]`))
}

// Follow implements person.
func (c *chromium) Follow(text string) {
	c.t.Helper()
	c.arrive(chromedp.Click(`//a[normalize-space()=` + quoted(text) + `]`))
}

// Back implements person.
func (c *chromium) Back() {
	c.t.Helper()
	c.do(chromedp.NavigateBack())
}

// quoted writes a text in JavaScript, CSS and XPath alike. None of the tests' texts has a quotation mark.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, "") + `"` }
