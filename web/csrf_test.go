package web

import (
	"bytes"
	"testing"
)

func TestFormTokenCoversEveryPart(t *testing.T) {
	t.Parallel()
	key := []byte("key")
	token := formToken(key, "page", &step{browser: "browser", id: "id"}, "session")
	for name, other := range map[string][]byte{
		"key":     formToken([]byte("other"), "page", &step{browser: "browser", id: "id"}, "session"),
		"page":    formToken(key, "other", &step{browser: "browser", id: "id"}, "session"),
		"browser": formToken(key, "page", &step{browser: "other", id: "id"}, "session"),
		"id":      formToken(key, "page", &step{browser: "browser", id: "other"}, "session"),
		"session": formToken(key, "page", &step{browser: "browser", id: "id"}, "other"),
		"borders": formToken(key, "pageb", &step{browser: "rowser", id: "id"}, "session"),
	} {
		if bytes.Equal(token, other) {
			t.Errorf("another %s has the same token", name)
		}
	}
}
