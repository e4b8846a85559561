package middleware

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"example.com/keepsake/models"
)

// busyBody is the answer to a request that is refused (RFC 6749 4.1.2.1 has the code).
var busyBody = []byte(`{"error":"temporarily_unavailable","error_description":"The server is too busy. Try again soon."}` + "\n")

// busyHeader is what is set with it. The values are shared by all answers, which nobody adds to.
var busyHeader = map[string][]string{
	"Content-Type":  {"application/json; charset=utf-8"},
	"Cache-Control": {"no-store"},
	"Retry-After":   {models.RetryAfter},
}

// logShedEvery is the least time between two lines about requests that were refused.
const logShedEvery = time.Second

// refusal tells requests that the server is too busy.
//
// It does so after a moment in which nothing is done. A refusal is so much quicker than an answer that clients who come back at once would have
// the server refuse them most of its time, and those who are served would wait behind thousands of refusals at every step. A connection that is
// kept waiting asks nothing, and does not come back on another.
type refusal struct {
	hold   time.Duration
	most   int64
	held   *atomic.Int64
	shed   func()
	now    func() time.Time
	logger *slog.Logger
	unsaid *atomic.Int64 // refused since the last line about it
	said   *atomic.Int64 // when that was, in nanoseconds
}

func newRefusal(o LimitOptions) refusal {
	f := refusal{
		hold: positive(o.Hold, DefaultHold), most: int64(positive(o.Held, DefaultHeld)), held: new(atomic.Int64), shed: o.Shed, now: o.Now, logger: o.Logger,
		unsaid: new(atomic.Int64), said: new(atomic.Int64),
	}
	if f.shed == nil {
		f.shed = func() {}
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.logger == nil {
		f.logger = slog.New(slog.DiscardHandler)
	}
	return f
}

// answer keeps the request for a moment and answers it. When too many are kept, it answers at once and closes the connection.
func (f refusal) answer(w http.ResponseWriter, r *http.Request) {
	f.shed()
	f.note()
	h := w.Header()
	if !f.wait(r) {
		h.Set("Connection", "close")
	}
	for name, value := range busyHeader {
		h[name] = value
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(busyBody) // the client may be gone
}

// wait returns false at once when too many wait here.
func (f refusal) wait(r *http.Request) bool {
	defer f.held.Add(-1)
	if f.held.Add(1) > f.most {
		return false
	}
	timer := time.NewTimer(f.hold)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
	return true
}

// note logs how many were refused since it last did, unless that was just now.
func (f refusal) note() {
	f.unsaid.Add(1)
	now, last := f.now().UnixNano(), f.said.Load()
	if now-last < int64(logShedEvery) && last != 0 || !f.said.CompareAndSwap(last, now) {
		return
	}
	f.logger.Warn("too busy: requests are refused", "refused", f.unsaid.Swap(0))
}
