package mgmt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

// encode writes JSON as it is meant: "≤" and "<" stay readable, since nothing here is put into HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// write sends an answer. Nothing of this API may stay in a cache.
func (a *API) write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		a.logger.DebugContext(r.Context(), "send the answer", slog.Any("error", err))
	}
}

// timestamp is a time as the API shows it: ISO 8601 in UTC with milliseconds; null when it is not set.
type timestamp time.Time

const timestampFormat = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the time.
func (t timestamp) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(t).UTC().Format(`"` + timestampFormat + `"`)), nil
}

// nullable is a string that is null when it is empty.
type nullable string

// MarshalJSON writes the string.
func (s nullable) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(s))
}

// selection is the fields and include_fields parameters.
type selection struct {
	names   map[string]bool // nil: everything
	exclude bool
}

// apply returns item, or what is selected of it. Names that item doesn't have select nothing.
func (s selection) apply(item any) (any, error) {
	if s.names == nil {
		return item, nil
	}
	b, err := encode(item)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return nil, fmt.Errorf("select fields: %w", err)
	}
	for name := range members {
		if s.names[name] == s.exclude {
			delete(members, name)
		}
	}
	return members, nil
}

// selectAll shows each of the things with show and applies the selection. It returns an empty list, not null, for none.
func selectAll[T any](s selection, things []T, show func(*T) any) ([]any, error) {
	out := make([]any, 0, len(things))
	for i := range things {
		item, err := s.apply(show(&things[i]))
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}
