package nodejs

import (
	"fmt"

	"github.com/dop251/goja"
	"github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/idna"
)

// nativeURL are the functions of lib/url.js. They keep nothing: a URL is its text.
func (e *Env) nativeURL() functions {
	return functions{
		// parse(text, base or undefined) returns the parts of urlParts, or undefined for what is no URL.
		"parse": func(call goja.FunctionCall) goja.Value {
			text := e.urlText(call.Argument(0))
			var u *url.Url
			var err error
			if base := call.Argument(1); goja.IsUndefined(base) {
				u, err = parseURL("", text)
			} else {
				u, err = parseURL(e.urlText(base), text)
			}
			if err != nil {
				return goja.Undefined()
			}
			return e.urlParts(u)
		},
		// change(href, part, value) returns the parts of the changed URL.
		"change": func(call goja.FunctionCall) goja.Value {
			u, err := parseURL("", e.urlText(call.Argument(0)))
			if err != nil {
				return goja.Undefined()
			}
			changeURL(u, call.Argument(1).String(), e.urlText(call.Argument(2)))
			return e.urlParts(u)
		},
		"toASCII": func(call goja.FunctionCall) goja.Value {
			s, err := idna.ToASCII(e.urlText(call.Argument(0)))
			if err != nil {
				s = ""
			}
			return e.rt.ToValue(s)
		},
		"toUnicode": func(call goja.FunctionCall) goja.Value {
			s, err := idna.ToUnicode(e.urlText(call.Argument(0)))
			if err != nil {
				s = ""
			}
			return e.rt.ToValue(s)
		},
	}
}

func (e *Env) urlText(v goja.Value) string {
	s := v.String()
	if len(s) > maxURLLength {
		panic(e.typeError("ERR_INVALID_URL", "Invalid URL: it is too long."))
	}
	return s
}

// parseURL keeps a panic of the parser inside.
func parseURL(base, text string) (u *url.Url, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parse the URL: %v", p)
		}
	}()
	if base == "" {
		return url.Parse(text)
	}
	return url.ParseRef(base, text)
}

func changeURL(u *url.Url, part, value string) {
	defer func() { _ = recover() }() // it stays what it was then
	switch part {
	case "protocol":
		u.SetProtocol(value)
	case "username":
		u.SetUsername(value)
	case "password":
		u.SetPassword(value)
	case "host":
		u.SetHost(value)
	case "hostname":
		u.SetHostname(value)
	case "port":
		u.SetPort(value)
	case "pathname":
		u.SetPathname(value)
	case "search":
		u.SetSearch(value)
	case "hash":
		u.SetHash(value)
	}
}

// urlParts are the members of a URL object.
func (e *Env) urlParts(u *url.Url) goja.Value {
	origin := "null"
	switch u.Protocol() {
	case "http:", "https:", "ftp:", "ws:", "wss:":
		origin = u.Protocol() + "//" + u.Host()
	}
	o := e.rt.NewObject()
	for _, part := range [][2]string{
		{"href", u.Href(false)}, {"origin", origin}, {"protocol", u.Protocol()}, {"username", u.Username()}, {"password", u.Password()},
		{"host", u.Host()}, {"hostname", u.Hostname()}, {"port", u.Port()}, {"pathname", u.Pathname()}, {"search", u.Search()}, {"hash", u.Hash()},
	} {
		_ = o.Set(part[0], part[1])
	}
	return o
}
