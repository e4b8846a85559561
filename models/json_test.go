package models

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// reflected is what encoding/json makes of v.
func reflected(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func checkJSON(t *testing.T, v any) {
	t.Helper()
	want, wantErr := reflected(v)
	got, err := AppendJSON([]byte("before"), v)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%#v: %v, want %v", v, err, wantErr)
	}
	if diff := cmp.Diff("before"+want, string(got)); err == nil && diff != "" {
		t.Errorf("%#v (-want +got):\n%s", v, diff)
	}
}

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	var many = map[string]any{}
	for i := range 40 {
		many[strings.Repeat("k", i)] = i
	}
	for name, v := range map[string]any{
		"nothing":           nil,
		"texts":             []string{"", "a", "<&>", "ü", "\u2028\u2029", "\x00\x1f\x7f", `"\`, "\xff", "line\nbreak"},
		"numbers":           []any{0, -1, int64(math.MaxInt64), 1.5, -0.25, 1e20, 1e21, 1e-6, 9e-7, math.Copysign(0, -1), 52.520008, math.MaxFloat64, uint8(3), json.Number("12")},
		"truths":            []any{true, false},
		"nil lists, maps":   []any{[]string(nil), []any(nil), map[string]any(nil), map[string]string(nil)},
		"empty lists, maps": []any{[]string{}, []any{}, map[string]any{}, map[string]string{}},
		"claims": map[string]any{"iss": "https://login.example.com/", "aud": []string{"a", "b"}, "iat": int64(1785578400),
			"https://example.com/roles": []any{"admin", map[string]any{"<": "ü"}}},
		"many keys":      many,
		"strange keys":   map[string]string{"\x00": "1", `"`: "2", "ü": "3", "\xff": "4"},
		"other types":    []any{time.Unix(0, 0).UTC(), Metadata{"k": "v"}, &Origin{IP: "192.0.2.1"}, [2]int{1, 2}, map[int]string{1: "a"}},
		"raw JSON":       json.RawMessage(`{"a": 1}`),
		"not in JSON":    math.NaN(),
		"a function":     map[string]any{"f": func() {}},
		"NaN in a list":  []any{1, math.Inf(1)},
		"a broken piece": map[string]any{"a": json.RawMessage(`{`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkJSON(t, v)
		})
	}
	deep := any("end")
	for range 3 * maxPlainDepth {
		deep = map[string]any{"next": []any{deep}}
	}
	checkJSON(t, deep)
	circle := map[string]any{}
	circle["self"] = circle
	if _, err := AppendJSON(nil, circle); err == nil {
		t.Error("a circle was written")
	}
}

func FuzzAppendJSON(f *testing.F) {
	f.Add(`{"a":["b",1,true,null,{"c":1.5e300}],"\u0000":"\ud800"}`)
	f.Add(`"<ü\u2028>"`)
	f.Fuzz(func(t *testing.T, text string) {
		checkJSON(t, text)
		var v any
		if json.Unmarshal([]byte(text), &v) == nil {
			checkJSON(t, v)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	claims := map[string]any{
		"iss": "https://login.example.com/", "sub": "auth0|0123456789abcdef", "aud": "https://api.example.com", "azp": "0123456789abcdef0123456789abcdef",
		"iat": int64(1785578400), "exp": int64(1785664800), "jti": "0123456789abcdef", "scope": "openid profile offline_access", "gty": "refresh_token",
	}
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := AppendJSON(make([]byte, 0, 512), claims); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(claims); err != nil {
				b.Fatal(err)
			}
		}
	})
}
