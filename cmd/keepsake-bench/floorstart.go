package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/keepsake/models"
)

// defaultFloorConns is how many connections the floor has: with more or fewer it was no faster.
const defaultFloorConns = 8

// floorProcess starts floors on the database of a Keepsake server, whose tokens it copies.
type floorProcess struct {
	config floorConfig
	target *target
}

// newFloor learns from a Keepsake server what the floor has to do.
func newFloor(ctx context.Context, model *target, conns int) (*floorProcess, error) {
	if conns == 0 {
		conns = defaultFloorConns
	}
	f := &floorProcess{config: floorConfig{
		URL: model.url, Conns: conns, MACKey: make([]byte, 32), ClientID: clientIDs[public], Samples: map[string]*sample{},
	}}
	rand.Read(f.config.MACKey)
	var err error
	if f.config.Keys, err = newFloorKeys(); err != nil {
		return nil, fmt.Errorf("make the floor's keys: %w", err)
	}
	for _, alg := range []string{es256, rs256} {
		if f.config.Samples[audienceOf(alg)], err = takeSample(ctx, model, alg); err != nil {
			return nil, fmt.Errorf("take an exchange as a sample: %w", err)
		}
	}
	return f, nil
}

// start starts a floor on a database, which may be behind a proxy.
func (f *floorProcess) start(ctx context.Context, t *target, url string, env ...string) (*process, *http.Client, error) {
	config := f.config
	config.URL = url
	input, err := json.Marshal(config)
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(self, floorCommand)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Env = append([]string{}, env...) // nothing of this program's own
	p, address, err := listen(ctx, cmd, t.folder, func(line string) (string, bool) { return strings.CutPrefix(line, floorReady) })
	if err != nil {
		return nil, nil, err
	}
	return p, newClient(address), nil
}

// chain gives a worker a token of its own: a copy of the newest that Keepsake issued for the same API. It is made in SQL, column by
// column, whatever the columns are.
func (f *floorProcess) chain(ctx context.Context, url, audience string) (url.Values, error) {
	id := models.NewID(models.PrefixRefreshToken, time.Now())
	token, _ := mintFloorToken(f.config.MACKey, id, 0)
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("copy a token: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	tag, err := db.Exec(ctx, `INSERT INTO refresh_tokens
		SELECT (jsonb_populate_record(t, jsonb_build_object('id', $1::text, 'generation', 0, 'secret_hash', '\x' || encode($2::bytea, 'hex')))).*
		FROM refresh_tokens AS t WHERE audience = $3 AND client_id = $4 ORDER BY id DESC LIMIT 1`, id, models.HashSecret(token), audience, clientIDs[public])
	if err != nil {
		return nil, fmt.Errorf("copy a token: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return nil, fmt.Errorf("copy a token: there is none for %s", audience)
	}
	return refreshForm(public, token), nil
}

// compare has both servers answer one exchange and makes sure that the floor did the same work: the same headers, members, claims,
// and the same rows but for their values.
func (f *floorProcess) compare(ctx context.Context, model *target) error {
	form, err := f.chain(ctx, model.url, apiES256)
	if err != nil {
		return err
	}
	mine, err := outcomeOf(ctx, f.target, model.url, form)
	if err != nil {
		return fmt.Errorf("the floor's exchange: %w", err)
	}
	if form, err = model.chain(ctx, cell{Client: public, Alg: es256}, 0); err != nil {
		return err
	}
	theirs, err := outcomeOf(ctx, model, model.url, form)
	if err != nil {
		return fmt.Errorf("Keepsake's exchange: %w", err)
	}
	for name, want := range theirs.shapes {
		if got := mine.shapes[name]; !reflect.DeepEqual(got, want) {
			return fmt.Errorf("the floor does not do what Keepsake does: %s: %v, not %v", name, got, want)
		}
	}
	const slack = 8 // ids of users and generations differ in length
	if d := mine.size - theirs.size; d < -slack || d > slack {
		return fmt.Errorf("the floor does not do what Keepsake does: its answer has %d bytes, not %d", mine.size, theirs.size)
	}
	return nil
}

// outcome is what an exchange left behind.
type outcome struct {
	size   int
	shapes map[string]any
}

func outcomeOf(ctx context.Context, t *target, url string, form url.Values) (*outcome, error) {
	a, err := t.do(ctx, call{method: http.MethodPost, path: "oauth/token", address: addressAbroad, form: form, want: http.StatusOK})
	if err != nil {
		return nil, err
	}
	for _, name := range volatileHeaders {
		delete(a.header, name)
	}
	var body map[string]any
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, fmt.Errorf("read token response: %w", err)
	}
	access, _ := body["access_token"].(string)
	header, claims, err := parseJWT(access)
	if err != nil {
		return nil, err
	}
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer db.Close(context.WithoutCancel(ctx))
	var log, token map[string]any
	if err := db.QueryRow(ctx, "SELECT to_jsonb(l) FROM log_events AS l ORDER BY log_id DESC LIMIT 1").Scan(&log); err != nil {
		return nil, fmt.Errorf("read log record: %w", err)
	}
	if err := db.QueryRow(ctx, "SELECT to_jsonb(t) FROM refresh_tokens AS t ORDER BY last_exchanged_at DESC NULLS LAST LIMIT 1").Scan(&token); err != nil {
		return nil, fmt.Errorf("read token: %w", err)
	}
	headers := make([]string, 0, len(a.header))
	for name, value := range a.header {
		headers = append(headers, fmt.Sprint(name, value))
	}
	slices.Sort(headers)
	return &outcome{size: len(a.body), shapes: map[string]any{
		"headers": headers, "response": shape(body), "token header": string(header), "claims": shape(claims), "log record": shape(log), "token's row": shape(token),
	}}, nil
}
