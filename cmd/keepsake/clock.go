package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"
)

// clockPath is where a manual clock is read and advanced.
const clockPath = "/keepsake/clock"

// Values of --clock.
const (
	clockReal   = "real"
	clockManual = "manual"
)

// maxAdvance is the farthest that a clock goes in one step. It keeps times within what all parts of a server can write.
const maxAdvance = 20 * 365 * 24 * time.Hour

// lastMoment is how far it goes in all.
var lastMoment = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// manualClock is a clock that stands still until it is advanced. It never goes back: what has expired stays so.
type manualClock struct {
	mu  sync.Mutex
	now time.Time
}

func newManualClock(start time.Time) *manualClock {
	return &manualClock{now: start.UTC().Truncate(time.Millisecond)}
}

// Now returns the clock's time.
func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on and returns the new time.
func (c *manualClock) Advance(d time.Duration) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch next := c.now.Add(d); {
	case d <= 0:
		return c.now, fmt.Errorf("a clock only goes forward")
	case d > maxAdvance, next.After(lastMoment):
		return c.now, fmt.Errorf("that is too far")
	default:
		c.now = next.Truncate(time.Millisecond)
		return c.now, nil
	}
}

// clockRoutes are the endpoints of a manual clock, for this machine alone.
type clockRoutes struct {
	clock  *manualClock
	logger *slog.Logger
}

func (c *clockRoutes) routes(r *mux.Router) {
	r.HandleFunc(clockPath, c.serve).Methods(http.MethodGet, http.MethodPost)
}

func (c *clockRoutes) serve(w http.ResponseWriter, r *http.Request) {
	now, err := c.clock.Now(), error(nil)
	switch {
	case !fromLoopback(r):
		writeClock(w, http.StatusForbidden, map[string]string{"error": "the clock is for requests from this machine"})
		return
	case r.Method == http.MethodPost:
		if now, err = c.advance(r); err != nil {
			writeClock(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		c.logger.WarnContext(r.Context(), "the clock was advanced", "now", now)
	}
	writeClock(w, http.StatusOK, map[string]string{"now": now.Format(time.RFC3339Nano)})
}

// fromLoopback looks at the connection and not at what headers say of it. A request that a page of another site has a browser send
// names that site as its Origin, or the name that was made to lead here as its Host. What a proxy on this machine passes on is somebody else's.
func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || r.Header.Get("Origin") != "" || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	asked := r.Host
	if name, _, err := net.SplitHostPort(asked); err == nil {
		asked = name
	}
	return isLoopback(host) && isLoopback(strings.Trim(asked, "[]"))
}

// advance reads {"advance":"36h"} and carries it out.
func (c *clockRoutes) advance(r *http.Request) (time.Time, error) {
	var body struct {
		Advance string `json:"advance"`
	}
	decoder := json.NewDecoder(io.LimitReader(r.Body, 1<<10))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		return time.Time{}, fmt.Errorf(`the body must be {"advance":"36h"}`)
	}
	d, err := parseDuration(body.Advance)
	if err != nil {
		return time.Time{}, err
	}
	return c.clock.Advance(d)
}

func writeClock(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that is gone
}

// parseDuration reads what time.ParseDuration reads, and whole days (30d).
func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a length of time such as 20s, 12h or 30d", text)
	}
	return d, nil
}

// checkClock reports whether the clock is a manual one. It is refused where somebody may rely on the time.
func checkClock(c *checker, s *settings, text string, force bool) bool {
	if text == "" || text == clockReal {
		return false
	}
	if checkOneOf(c, "clock", text, clockReal, clockManual) != clockManual {
		return false
	}
	if host, _, _ := net.SplitHostPort(s.Listen); s.Listen != "" && !isLoopback(host) {
		c.flag("clock", "a manual clock is for a server on a loopback address, not for %s: whoever can reach it can let tokens expire", s.Listen)
	}
	if s.Database.url != "" && s.Database.File == "" && !force {
		c.flag("clock", "a manual clock is for a database of its own: add --force-manual-clock if nothing else uses this PostgreSQL database")
	}
	return true
}
