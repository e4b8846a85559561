package types

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefinitionsAreReadable(t *testing.T) {
	t.Parallel()
	if _, err := Read(read("postlogin.d.ts")); err != nil {
		t.Fatal(err)
	}
	geo := Event().Member("request").Type.Member("geoip").Type
	for _, tt := range []struct {
		what string
		got  any
		want any
	}{
		{"a member that may be missing", *Event().Member("organization"), Member{Name: "organization", Type: Event().Member("organization").Type, Optional: true}},
		{"a member that Keepsake always has", Event().Member("transaction").Always, true},
		{"a number", geo.Member("latitude").Type.Kinds, Number},
		{"a member of Keepsake's own", geo.Member("country_code").Own, true},
		{"a text that has a member", Event().Member("request").Type.Member("asn").Type.Member("value").Own, true},
		{"an array", Event().Member("authorization").Type.Member("roles").Type.Element.Kinds, String},
		{"any member", Event().Member("user").Type.Index.Kinds, Unknown},
		{"several kinds", Event().Member("transaction").Type.Member("metadata").Type.Index.Kinds, String | Number | Boolean},
		{"a method", API().Member("refreshToken").Type.Member("setMetadata").Type.Kinds, Function},
		{"what chains", API().Member("access").Type.Member("deny").Type.Result == API(), true},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.what, diff)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a class":                          "class A {}",
		"an interface without an end":      "interface A { b: string;",
		"a type that is nowhere":           "interface A { b: B; }",
		"a member without a type":          "interface A { b; }",
		"a parameter list without an end":  "interface A { b(c: string }",
		"two members without a separator":  "interface A { b: string c: string }",
		"an array that is not closed":      "interface A { b: string[ }",
		"an alias without an equals sign":  "type A string;",
		"an operator where a type belongs": "type A = ;",
	} {
		if _, err := Read(text); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
