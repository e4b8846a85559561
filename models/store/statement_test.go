package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCompile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
		names            []string
	}{
		{"no parameters", "SELECT 1", "SELECT 1", nil},
		{"in order of their first use", "SELECT :b, :a, :b", "SELECT $1, $2, $1", []string{"b", "a"}},
		{"a cast is none", "SELECT :a::text, x::jsonb", "SELECT $1::text, x::jsonb", []string{"a"}},
		{"at the end", "WHERE id = :id", "WHERE id = $1", []string{"id"}},
		{"a name with an underscore", "(:log_ids,:log_dates)", "($1,$2)", []string{"log_ids", "log_dates"}},
		{"a lone colon", "a : b :", "a : b :", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := compile(tt.text)
			if diff := cmp.Diff(statement{tt.want, tt.names}, got, cmp.AllowUnexported(statement{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBind(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 8, 1, 12, 0, 0, 123456789, time.FixedZone("", 7200))
	s := compile(":time, :never, :text, :json, :number")
	values := args{"time": at, "never": time.Time{}, "text": "a\x00\xff", "json": asJSON(map[string]string{"<": "\x00"}), "number": int64(1)}
	want := []any{at.UTC().Truncate(time.Millisecond), nil, "a\ufffd\ufffd", `{"<":"\ufffd"}`, int64(1)}
	got, err := querier{dialect: postgresql}.bind(s, values)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	want[0] = at.UnixMilli()
	got, err = querier{dialect: sqlite}.bind(s, values)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := (querier{}).bind(s, args{}); err == nil {
		t.Error("a parameter without a value was bound")
	}
}

func TestReplaceNUL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a":"b"}`:        `{"a":"b"}`,
		`"\u0000"`:         `"\ufffd"`,
		`"\\u0000"`:        `"\\u0000"`,
		`"\\\u0000\u0001"`: `"\\\ufffd\u0001"`,
		`"\"\u0000\n"`:     `"\"\ufffd\n"`,
	} {
		if got := replaceNUL(in); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

func TestScannersTakeNullAndRefuseTheRest(t *testing.T) {
	t.Parallel()
	type scanner interface{ Scan(any) error }
	var m map[string]string
	for name, s := range map[string]scanner{
		"instant": new(instant), "text": new(text), "words": new(words), "flag": new(flag), "number": new(number), "document": document{&m},
	} {
		if err := s.Scan(nil); err != nil {
			t.Errorf("%s: NULL: %v", name, err)
		}
		if err := s.Scan(1.5); err == nil {
			t.Errorf("%s: a float was taken", name)
		}
	}
	if err := (document{&m}).Scan(`{"a":`); err == nil {
		t.Error("broken JSON was taken")
	}
}
