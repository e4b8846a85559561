package pageform

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"

	"golang.org/x/net/html"
)

// Read finds the form of a page: where it is sent to, and what it sends when nothing is entered and its first button is pressed. It is an error
// if the page has none.
func Read(page []byte) (action string, fields url.Values, err error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return "", nil, fmt.Errorf("read the page: %w", err)
	}
	fields = url.Values{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		name := attribute(n, "name")
		switch {
		case n.Data == "form":
			action = attribute(n, "action")
		case (n.Data == "input" || n.Data == "button") && name != "" && !fields.Has(name):
			fields.Set(name, attribute(n, "value"))
		}
	}
	if action == "" {
		return "", nil, errors.New("the page has no form")
	}
	return action, fields, nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
