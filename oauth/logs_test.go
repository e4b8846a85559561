package oauth

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/keepsake/models"
)

func TestCodeIsMaskedInTheLog(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		code := s.code(authorizationForm())
		masked := strings.Repeat("*", len(code)-3) + code[len(code)-3:]
		s.wantToken(s.exchange(code))
		s.exchange(code)
		s.token("grant_type", "authorization_code", "client_id", "nobody", "code", code)
		s.exchange("no")
		s.exchange("éé") // the last three bytes begin inside a character
		s.exchange(strings.Repeat("x", 10_000))
		if logs := s.logged(models.LogCodeExchange); len(logs) != 1 || logs[0].Details["code"] != masked {
			t.Errorf("seacft: %+v", logs)
		}
		got := map[any]int{}
		for _, e := range s.logged(models.LogFailedCodeExchange) {
			got[e.Details["code"]]++
		}
		want := map[any]int{masked: 2, "**": 1, "**é": 1, strings.Repeat("*", 61) + "xxx": 1}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("feacft (-want +got):\n%s", d)
		}
	})
}
