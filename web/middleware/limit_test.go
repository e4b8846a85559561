package middleware_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/keepsake/web/middleware"
)

// crowd is a server behind a Limiter whose handler stays until it is told to leave. It runs in a bubble of synctest, where time stands still
// while anybody does something.
type crowd struct {
	limiter *middleware.Limiter
	handler http.Handler
	leave   chan struct{} // one element lets one request leave
	inside  chan string   // the paths of those that are worked on, in their order
	answers chan *httptest.ResponseRecorder
	aside   func() // what a request for /aside waits for while it has stepped aside
}

func newCrowd(o middleware.LimitOptions) *crowd {
	c := &crowd{leave: make(chan struct{}), inside: make(chan string, 100), answers: make(chan *httptest.ResponseRecorder, 100), limiter: middleware.NewLimiter(o)}
	c.handler = c.limiter.Limit(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.inside <- r.URL.Path
		if r.URL.Path == "/aside" {
			back := c.limiter.StepAside()
			c.aside()
			back()
			c.inside <- "/back"
		}
		<-c.leave
	}))
	return c
}

// send sends a request and waits until nothing more happens by itself.
func (c *crowd) send(ctx context.Context, path string) {
	go func() {
		w := httptest.NewRecorder()
		c.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx))
		c.answers <- w
	}()
	synctest.Wait()
}

// end lets all leave.
func (c *crowd) end() {
	close(c.leave)
	synctest.Wait()
}

// wantInside checks who came in since it was last asked.
func (c *crowd) wantInside(t *testing.T, when, want string) {
	t.Helper()
	var paths []string
	for len(c.inside) > 0 {
		paths = append(paths, <-c.inside)
	}
	if got := strings.Join(paths, " "); got != want {
		t.Errorf("%s: worked on %q, want %q", when, got, want)
	}
}

func TestLimitServesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(middleware.LimitOptions{Working: 2, Waiting: 2, Exempt: []string{"/healthz"}})
		for _, path := range []string{"/1", "/2", "/3", "/4"} {
			c.send(t.Context(), path)
		}
		c.wantInside(t, "two at once", "/1 /2")
		c.send(t.Context(), "/healthz")
		c.wantInside(t, "a probe is served whatever there is to do", "/healthz")
		for range 3 { // one of them is the probe, which took no turn
			c.leave <- struct{}{}
			synctest.Wait()
		}
		c.wantInside(t, "the others have their turn when those have left", "/3 /4")
		c.end()
		for range 5 {
			if w := <-c.answers; w.Code != http.StatusOK {
				t.Errorf("answered %d", w.Code)
			}
		}
	})
}

func TestLimitRefusesAfterAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shed := 0
		c := newCrowd(middleware.LimitOptions{Working: 1, Waiting: 1, Held: 1, Hold: time.Second, Shed: func() { shed++ }})
		for _, path := range []string{"/1", "/2", "/held"} {
			c.send(t.Context(), path)
		}
		if len(c.answers) != 0 {
			t.Fatal("somebody was answered at once")
		}
		c.send(t.Context(), "/too-many-to-hold")
		w := <-c.answers
		if got := w.Header().Get("Connection"); got != "close" || w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
			t.Errorf("who can't be held: %d %v", w.Code, w.Header())
		}

		begun := time.Now()
		w = <-c.answers
		if held := time.Since(begun); held != time.Second {
			t.Errorf("held for %s", held)
		}
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" || w.Header().Get("Connection") != "" || !strings.Contains(w.Body.String(), "temporarily_unavailable") {
			t.Errorf("who was held: %d %v %s", w.Code, w.Header(), w.Body)
		}
		c.wantInside(t, "no more than one at once", "/1")
		if shed != 2 {
			t.Errorf("%d were counted as refused, want 2", shed)
		}

		c.leave <- struct{}{}
		c.leave <- struct{}{}
		synctest.Wait()
		c.send(t.Context(), "/again")
		c.wantInside(t, "those who waited, and at once who comes when they have left", "/2 /again")
		c.end()
	})
}

// The more come, the fewer are let in, so that those who are need not wait for each other; and all are again when fewer come.
func TestLimitInACrowd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		active := 0
		c := newCrowd(middleware.LimitOptions{Working: 4, Waiting: 4, Hold: time.Second, Shed: func() { active-- }})
		come := func(n, want int, when string) {
			t.Helper()
			for range n {
				active++
				c.send(t.Context(), "/")
			}
			if active != want {
				t.Errorf("%s: %d are inside, want %d", when, active, want)
			}
		}
		leave := func(n int) {
			for range n {
				active--
				c.leave <- struct{}{}
				synctest.Wait()
			}
		}
		come(8, 8, "as many as there are places")
		come(2, 8, "two too many")
		leave(3)
		come(1, 6, "as many as there are places, and two of them are kept")
		come(3, 7, "three too many: one less than all is inside")
		come(20, 7, "a crowd, and nobody leaves")
		leave(6)
		come(5, 2, "a crowd, and there is room: half of what is worked on at once")
		time.Sleep(time.Second) // the bubble's clock
		synctest.Wait()
		come(6, 8, "nobody is kept any more")
		c.end()
	})
}

func TestLimitForgetsWhoHasGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(middleware.LimitOptions{Working: 1, Waiting: 1})
		c.send(t.Context(), "/1")
		ctx, goAway := context.WithCancel(t.Context())
		c.send(ctx, "/gone")
		goAway()
		synctest.Wait()
		if len(c.answers) != 1 {
			t.Error("who has gone is still waiting")
		}
		c.send(t.Context(), "/2")
		c.leave <- struct{}{}
		synctest.Wait()
		c.wantInside(t, "the place in the line is free again", "/1 /2")
		c.end()
	})
}

func TestLimitStepAside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		elsewhere := make(chan struct{})
		c := newCrowd(middleware.LimitOptions{Working: 1, Waiting: 1, Inside: 3})
		c.aside = func() { <-elsewhere }
		c.limiter.StepAside()() // outside of a request
		c.send(t.Context(), "/aside")
		c.send(t.Context(), "/1")
		c.wantInside(t, "another works meanwhile", "/aside /1")
		elsewhere <- struct{}{}
		synctest.Wait()
		c.wantInside(t, "who comes back waits for a turn", "")
		c.leave <- struct{}{}
		synctest.Wait()
		c.wantInside(t, "and has it", "/back")
		c.leave <- struct{}{}
		synctest.Wait()

		for range 3 {
			c.send(t.Context(), "/aside")
		}
		c.wantInside(t, "those aside take no turn", "/aside /aside /aside")
		c.send(t.Context(), "/1")
		c.wantInside(t, "but they are not without number", "")
		close(elsewhere)
		c.end()
	})
}

func TestLimitLogsOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := newCrowd(middleware.LimitOptions{Working: 1, Waiting: 1, Hold: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for range 10 {
			c.send(t.Context(), "/")
		}
		time.Sleep(time.Second) // the bubble's clock
		c.send(t.Context(), "/")
		if strings.Count(log.String(), "\n") != 2 || !strings.Contains(log.String(), "refused=1\n") || !strings.Contains(log.String(), "refused=8\n") {
			t.Errorf("logged:\n%s", log.String())
		}
		c.end()
	})
}
