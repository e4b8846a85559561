package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"

	"example.com/keepsake/models"
)

// floorCommand is the subcommand that runs the floor.
const floorCommand = "floor"

// floorReady is what the floor prints before its address.
const floorReady = "the floor listens on "

// floorServer answers refresh exchanges with the least that any server with these promises has to do: parse the form, check the token, read
// the row, sign, write the row and the log record, answer. One client, no hooks, no other grant, no middleware.
type floorServer struct {
	config  floorConfig
	db      *floorDB
	signers map[string]*floorSigner // by audience
}

// runFloor serves until ctx is done. It reads its configuration from in and prints its address to out.
func runFloor(ctx context.Context, in io.Reader, out io.Writer) error {
	f := &floorServer{signers: map[string]*floorSigner{}}
	if err := json.NewDecoder(in).Decode(&f.config); err != nil {
		return fmt.Errorf("read the floor's configuration: %w", err)
	}
	for audience, s := range f.config.Samples {
		signer, err := newFloorSigner(s, f.config.Keys)
		if err != nil {
			return err
		}
		f.signers[audience] = signer
		if err := s.check(); err != nil {
			return err
		}
	}
	var err error
	if f.db, err = openFloorDB(ctx, f.config.URL, f.config.Conns); err != nil {
		return fmt.Errorf("open the floor's database: %w", err)
	}
	defer f.db.pool.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: f}
	context.AfterFunc(ctx, func() { server.Close() })
	fmt.Fprintln(out, floorReady+listener.Addr().String())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ServeHTTP answers one exchange. What is wrong is told without ceremony: it does not happen in a run.
func (f *floorServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if r.PostForm.Get("grant_type") != "refresh_token" || r.PostForm.Get("client_id") != f.config.ClientID {
		http.Error(w, "not a refresh of the client", http.StatusForbidden)
		return
	}
	s, body, err := f.exchange(r.Context(), r)
	switch {
	case errors.Is(err, errRefused):
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	maps.Copy(w.Header(), s.Headers)
	_, _ = w.Write(body) // the client may be gone
}

var errRefused = errors.New("the refresh token is not valid")

func (f *floorServer) exchange(ctx context.Context, r *http.Request) (*sample, []byte, error) {
	token := r.PostForm.Get("refresh_token")
	id, generation, ok := parseFloorToken(f.config.MACKey, token)
	if !ok {
		return nil, nil, errRefused
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	x := &rotation{now: now, id: id, generation: generation, ip: r.Header.Get("X-Forwarded-For"), agent: r.UserAgent()}
	if err := f.db.load(ctx, x); err != nil {
		return nil, nil, fmt.Errorf("read: %w", err)
	}
	s := f.config.Samples[x.row.audience]
	if s == nil || !x.valid(f.config.ClientID, token) {
		return nil, nil, errRefused
	}
	next, ok := mintFloorToken(f.config.MACKey, id, generation+1)
	if !ok {
		return nil, nil, errRefused
	}
	x.secretHash = models.HashSecret(next)
	jti := models.NewID("", now)
	access, err := s.accessToken(f.signers[x.row.audience], x, jti)
	if err != nil {
		return nil, nil, fmt.Errorf("sign: %w", err)
	}
	if err := s.log(x, jti); err != nil {
		return nil, nil, fmt.Errorf("log: %w", err)
	}
	hit, err := f.db.save(ctx, x)
	if err != nil {
		return nil, nil, fmt.Errorf("write: %w", err)
	}
	if !hit {
		return nil, nil, errRefused
	}
	body := maps.Clone(s.Body)
	body["access_token"], body["refresh_token"], body["refresh_token_id"] = access, next, x.id
	text, err := json.Marshal(body)
	return s, append(text, s.end()...), err
}

// valid applies the guards of an exchange to what was read.
func (x *rotation) valid(clientID, token string) bool {
	past := func(t *time.Time) bool { return t != nil && !x.now.Before(*t) }
	return x.row.clientID == clientID && x.row.revokedAt == nil && !past(x.row.expiresAt) && !past(x.row.idleExpiresAt) &&
		x.row.generation == x.generation && subtle.ConstantTimeCompare(x.row.secretHash, models.HashSecret(token)) == 1
}

func (s *sample) accessToken(signer *floorSigner, x *rotation, jti string) (string, error) {
	claims := maps.Clone(s.Claims)
	lifetime := s.Claims["exp"].(float64) - s.Claims["iat"].(float64) // checked at the start
	claims["sub"], claims["jti"] = x.row.userID, jti
	claims["iat"], claims["exp"] = x.now.Unix(), x.now.Unix()+int64(lifetime)
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return signer.sign(payload)
}

// log makes the log record of x.
func (s *sample) log(x *rotation, jti string) error {
	x.logID, x.logType = models.NewLogID(x.now), s.LogType
	data := maps.Clone(s.LogData)
	details := maps.Clone(data["details"].(map[string]any)) // checked at the start
	token := maps.Clone(details["refresh_token"].(map[string]any))
	token["session_id"] = x.row.sessionID
	details["refresh_token"], details["familyId"], details["tokenCounter"], details["access_token_jti"] = token, x.id, x.generation+1, jti
	data["details"], data["user_name"] = details, x.row.userName
	text, err := json.Marshal(data)
	x.logData = string(text)
	return err
}

// end is the line break after the body, if Keepsake sends one.
func (s *sample) end() []byte {
	return bytes.Repeat([]byte("\n"), s.LineBreaks)
}
