package isolate

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"
)

// A job that gives up passes on what it was called with: the next one need not wait for its time to be over.
func TestWhoGivesUpPassesItsTurnOn(t *testing.T) {
	t.Parallel()
	for name, called := range map[string]*worker{"a worker": {}, "the word to look again": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := New(Options{})
			queue := func() *turn {
				mine := &turn{worker: make(chan *worker, 1), pause: time.Hour}
				p.fast.queue = append(p.fast.queue, mine)
				return mine
			}
			gone, next := queue(), queue()
			p.fast.call(called)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for {
				if _, err := p.await(ctx, false, gone); errors.Is(err, ErrBusy) {
					break
				}
				gone.worker <- called // it has heard the call first: once more
			}
			if w, err := p.await(t.Context(), false, next); w != called || err != nil {
				t.Errorf("the next one got %p, %v", w, err)
			}
		})
	}
}

// However many ask for a worker to be ready, one process is started.
func TestWarmStartsOne(t *testing.T) {
	t.Parallel()
	p := New(Options{Command: []string{"/bin/cat"}, Memory: 1 << 20})
	t.Cleanup(p.Close)
	var all sync.WaitGroup
	for range 20 {
		all.Go(p.Warm)
	}
	all.Wait()
	p.Warm()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) != 1 {
		t.Errorf("%d processes", len(p.all))
	}
}

func TestAJobThatGivesUpIsNotCalled(t *testing.T) {
	t.Parallel()
	s := &stock{starting: runtime.GOMAXPROCS(0), started: time.Now()}
	gone, next := s.wait(), s.wait()
	if gone == nil || next == nil {
		t.Fatal("a process is started although enough are on their way")
	}
	if _, called := s.leave(gone); called {
		t.Error("a job that nobody has called was called")
	}
	w := &worker{}
	s.put(w)
	if got := <-next.worker; got != w || len(s.idle) > 0 {
		t.Errorf("the next one got %p, %d are idle", got, len(s.idle))
	}
	s.put(w)
	if s.get() != w || s.get() != nil {
		t.Error("a worker that nobody waited for was not kept")
	}
}

func TestOneProcessForEachProcessorIsStartedAtOnce(t *testing.T) {
	t.Parallel()
	s := &stock{}
	for range runtime.GOMAXPROCS(0) {
		if s.wait() != nil {
			t.Fatal("a job waits although no process is being started for it")
		}
	}
	mine := s.wait()
	if mine == nil || mine.pause > startPatience {
		t.Fatalf("one more: %+v", mine)
	}
	s.ready()
	if w := <-mine.worker; w != nil {
		t.Errorf("it got %p when a process was ready", w)
	}
	if s.wait() != nil {
		t.Error("a job waits although a process may be started for it")
	}
	s.started = s.started.Add(-startPatience)
	if s.wait() != nil {
		t.Error("a job waits although those that were started have taken too long")
	}
}
