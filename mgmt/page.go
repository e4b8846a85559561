package mgmt

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"example.com/keepsake/models"
)

// Checkpoint paging: at most maxTake entries after a cursor that the previous answer gave.
const (
	defaultTake    = 50
	maxTake        = 100
	cursorLifetime = 24 * time.Hour
)

// badCursor is contract 4.2's sentence for a from that has expired or was not made here.
func badCursor() error {
	return badRequest("", "The checkpoint ID provided in the 'from' parameter has expired or is invalid, please remove the checkpoint ID and try again")
}

// page reads from and take. list names the listing that the cursor must be of: what is listed, and of whom.
func (c *request) page(list ...string) (models.Page, error) {
	take, err := c.query.integer("take", defaultTake, 1, maxTake)
	if err != nil {
		return models.Page{}, err
	}
	p := models.Page{Take: take}
	if from, sent := c.query["from"]; sent {
		id, ok := openCursor(from, c.now, list)
		if !ok {
			return models.Page{}, badCursor()
		}
		p.From = id
	}
	return p, nil
}

// A cursor is base64url of: 8 bytes of checksum, 8 bytes of the time of issue (Unix seconds), the id to go on after. The
// checksum covers the listing too. It is there to tell a mistake from a cursor, not to keep anybody out: an id of one's
// own invention shows nothing that the listing would not.

func newCursor(id string, now time.Time, list []string) string {
	b := make([]byte, 16, 16+len(id))
	binary.BigEndian.PutUint64(b[8:], uint64(now.Unix()))
	b = append(b, id...)
	copy(b, cursorSum(b[8:], list))
	return base64.RawURLEncoding.EncodeToString(b)
}

func openCursor(cursor string, now time.Time, list []string) (string, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) <= 16 || string(b[:8]) != string(cursorSum(b[8:], list)) {
		return "", false
	}
	issued := time.Unix(int64(binary.BigEndian.Uint64(b[8:16])), 0)
	if !now.Before(issued.Add(cursorLifetime)) {
		return "", false
	}
	id := string(b[16:])
	return id, cleanText(id)
}

func cursorSum(content []byte, list []string) []byte {
	h := sha256.New()
	for _, part := range list {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	h.Write(content)
	return h.Sum(nil)[:8]
}

// listing adds next to a list's answer, as a cursor, unless this was the last page.
func (c *request) listing(body map[string]any, next string, list ...string) answer {
	if next != "" {
		body["next"] = newCursor(next, c.now, list)
	}
	return ok(body)
}
