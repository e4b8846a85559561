package actions

import "testing"

// What adds a thing to itself is looked at, and nothing else: a check costs more than an addition.
func TestDoubles(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		`s += s`:                          true,
		`s = s + s`:                       true,
		`s = s + ',' + s`:                 true,
		`s += '(' + s.trim() + ')'`:       true,
		"s = `${s}${s}`":                  true,
		`s = f(s) + s`:                    true,
		`s = (c ? s : t) + s`:             true,
		`this.s += this.s`:                true,
		`o.list[0] += o.list[0]`:          true,
		`o["a"] += o.a`:                   true,
		`s += t`:                          false,
		`s += 'x'`:                        false,
		"s += `${t} of ${u}`":             false,
		"s = f`${s}${s}`":                 false,
		`a[0] + a[1]`:                     false,
		`o.a + o.b`:                       false,
		`s - s`:                           false,
		`let n = 1; n += n`:               false,
		`(s | 0) + (s | 0)`:               false,
		`s.length * 2 + (s.length - 1)`:   false,
		`s = s ? s : s`:                   false,
		`event.user.name + event.user.id`: false,
	} {
		p, err := Compile(Source{Name: "a", Code: "exports.onExecutePostLogin = async (event) => { let s = event.user.name; " + code + "};"})
		if err != nil {
			t.Errorf("%s: %v", code, err)
		} else if p.doubles != want {
			t.Errorf("%s: doubles = %v, want %v", code, p.doubles, want)
		}
	}
}
