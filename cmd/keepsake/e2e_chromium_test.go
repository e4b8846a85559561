package main

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"example.com/keepsake/internal/outside"
)

// chromiumTimeout ends a test whose browser hangs.
const chromiumTimeout = 2 * time.Minute

// chromium is a person with a real browser. What its console complains of, such as a style that the Content-Security-Policy refuses, fails the
// test.
type chromium struct {
	t   *testing.T
	ctx context.Context
}

// newChromium starts a browser with a fresh profile. On a machine without Chromium it skips the test.
func newChromium(t *testing.T) *chromium {
	t.Helper()
	path := outside.Program(t, "chromium")
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
	c := &chromium{t: t, ctx: ctx}
	console, read := chromedp.Console(ctx), make(chan struct{}) // starts the browser
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser's end, so that its folder can be removed
		closeBrowser()
		stop()
		cancel()
		<-read
	})
	go func() {
		defer close(read)
		for m, err := range console {
			if err != nil {
				return // the browser has ended
			}
			c.hear(m)
		}
	}()
	c.do(chromedp.Navigate("about:blank"))
	return c
}

// hear reports what the console complains of. Answers of 400 and the like are left to the test, which reads the pages (and a browser asks for
// a favicon.ico that no application has).
func (c *chromium) hear(m chromedp.ConsoleMessage) {
	if (m.Type == chromedp.ConsoleError || m.IsException()) && m.Source != "network" {
		c.t.Errorf("Chromium's console at %s: %s", m.URL, m)
	}
}

// look reports what of a page is not there: its style, or a picture; and a QR code that is scaled.
func (c *chromium) look() {
	c.t.Helper()
	lost := ask(c, chromedp.Evaluate[string](`[
		...[...document.querySelectorAll("link[rel=stylesheet]")].filter((link) => !link.sheet?.cssRules.length).map((link) => link.href),
		...[...document.images].filter((picture) => {
			const style = getComputedStyle(picture), width = picture.clientWidth - 2 * parseFloat(style.paddingLeft);
			return !picture.naturalWidth || style.imageRendering === "pixelated" && width !== picture.naturalWidth;
		}).map((picture) => picture.src),
	].join(" ")`))
	if lost != "" {
		c.t.Errorf("%s does not show as it should: %.200s", c.Address(), lost)
	}
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
	c.look()
}

// Open implements person.
func (c *chromium) Open(address string) {
	c.t.Helper()
	c.do(chromedp.Navigate(address))
	c.look()
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
