package pageform_test

import (
	"testing"

	"example.com/keepsake/web/pageform"
)

func TestRead(t *testing.T) {
	t.Parallel()
	action, fields, err := pageform.Read([]byte(`<form action="/u/consent?state=a&amp;b" method=post><input type=hidden name=csrf value=tok><input name=username>
		<button name=decision value=accept>Accept</button><button name=decision value=decline>Decline</button></form>`))
	if err != nil || action != "/u/consent?state=a&b" || fields.Encode() != "csrf=tok&decision=accept&username=" {
		t.Errorf("action %q, fields %q, error %v", action, fields.Encode(), err)
	}
	if _, _, err := pageform.Read([]byte("<p>no form</p>")); err == nil {
		t.Error("no error for a page without a form")
	}
}
