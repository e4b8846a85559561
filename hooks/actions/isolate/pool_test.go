package isolate_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/keepsake/hooks/actions/isolate"
)

func TestMain(m *testing.M) {
	if isolate.IsWorker() {
		if err := isolate.Serve(work); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// work is what workers do here: what the unit says.
func work(_ string, unit, job []byte, c *isolate.Caller) []byte {
	if string(unit) == "slow start" { // of a new process
		for cpu() < 150*time.Millisecond {
		}
	}
	c.Begin()
	switch string(unit) {
	case "pid", "slow start":
		return []byte(strconv.Itoa(os.Getpid()))
	case "priority":
		priority, _ := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		return []byte(strconv.Itoa(priority))
	case "echo":
		return job
	case "environment":
		return []byte(strings.Join(os.Environ(), "\n"))
	case "files":
		entries, _ := os.ReadDir("/proc/self/fd")
		var open []string
		for _, e := range entries {
			if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
				open = append(open, target)
			}
		}
		return []byte(strings.Join(open, "\n"))
	case "talk":
		_ = c.Note(3, "a note")
		answer, err := c.Call("double", job)
		if err != nil {
			return []byte("error: " + err.Error())
		}
		return answer
	case "exit":
		os.Exit(7)
	case "memory":
		kept := make([][]byte, 0, 1000)
		for {
			b := make([]byte, 8<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
			runtime.KeepAlive(kept)
		}
	case "all of the memory":
		kept := make([][]byte, 0, 66)
		for range 66 {
			kept = append(kept, make([]byte, 1<<20))
		}
		runtime.KeepAlive(kept)
	case "half of the memory":
		b := make([]byte, 32<<20)
		for i := range b {
			b[i] = 1
		}
		runtime.KeepAlive(b)
	case "memory that is kept":
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return []byte(strconv.FormatUint(m.HeapSys-m.HeapReleased, 10))
	case "one allocation":
		return make([]byte, 8<<30)
	case "recursion":
		return []byte{byte(deep(1 << 40))}
	case "loop":
		_ = c.Note(0, "begun")
		for n := 0; ; n++ {
		}
	case "busy":
		for began := cpu(); cpu() < began+150*time.Millisecond; {
		}
		return []byte(strconv.Itoa(os.Getpid()))
	}
	return nil
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func deep(n int) int {
	var frame [1024]byte
	if n == 0 {
		return 0
	}
	return deep(n-1) + len(frame)
}

func newPool(t *testing.T, size int) *isolate.Pool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := isolate.New(isolate.Options{Command: []string{self}, Max: size, Memory: 64 << 20})
	t.Cleanup(p.Close)
	return p
}

func task(unit, job string) isolate.Task {
	return isolate.Task{Key: unit, UnitID: unit, Unit: []byte(unit), Job: []byte(job), Note: func(byte, []byte) {}}
}

func slow(unit string) isolate.Task {
	k := task(unit, "")
	k.Slow = true
	return k
}

func run(t *testing.T, p *isolate.Pool, k isolate.Task) string {
	t.Helper()
	r, err := p.Run(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	return string(r.Answer)
}

func TestAWorkerDoesOneJobAfterAnother(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	first := run(t, p, task("pid", ""))
	for range 20 {
		if again := run(t, p, task("pid", "")); again != first {
			t.Fatalf("worker %s, then %s", first, again)
		}
	}
	long := strings.Repeat("x", 1<<20)
	if got := run(t, p, task("echo", long)); got != long {
		t.Errorf("%d bytes came back of %d", len(got), len(long))
	}
	if first == strconv.Itoa(os.Getpid()) {
		t.Error("the job ran in this process")
	}
}

func TestAJobAsks(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	var notes []string
	k := task("talk", "ab")
	k.Note = func(tag byte, text []byte) { notes = append(notes, strconv.Itoa(int(tag))+" "+string(text)) }
	k.Call = func(name string, data []byte) ([]byte, error) {
		if name != "double" {
			return nil, errors.New("no such thing")
		}
		return append(data, data...), nil
	}
	if got := run(t, p, k); got != "abab" {
		t.Errorf("answer = %q", got)
	}
	if len(notes) != 1 || notes[0] != "3 a note" {
		t.Errorf("notes = %q", notes)
	}
	k.Call = func(string, []byte) ([]byte, error) { return nil, errors.New("not today") }
	if got := run(t, p, k); got != "error: not today" {
		t.Errorf("answer = %q", got)
	}
	k.Call = nil
	if got := run(t, p, k); !strings.HasPrefix(got, "error: ") {
		t.Errorf("answer without anybody to ask = %q", got)
	}
}

func TestWhatEndsAWorkerEndsItsJobOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		unit string
		want func(error) bool
	}{
		{"exit", func(err error) bool { var exit *isolate.ExitError; return errors.As(err, &exit) }},
		{"memory", func(err error) bool { return errors.Is(err, isolate.ErrMemory) }},
		{"one allocation", func(err error) bool { return errors.Is(err, isolate.ErrMemory) }},
		{"recursion", func(err error) bool { return errors.Is(err, isolate.ErrStack) || errors.Is(err, isolate.ErrMemory) }},
	} {
		t.Run(test.unit, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, 2)
			before := run(t, p, task("pid", ""))
			if _, err := p.Run(t.Context(), task(test.unit, "")); !test.want(err) {
				t.Errorf("error = %v", err)
			}
			if after := run(t, p, task("pid", "")); after == before {
				t.Error("the worker lives")
			}
		})
	}
}

func TestTheEndOfTheContextKillsTheWorker(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	pid, err := strconv.Atoi(run(t, p, task("pid", "")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Run(ctx, task("loop", "")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v", err)
	}
	p.Close() // waits for it
	if err := syscall.Kill(pid, 0); err == nil {
		t.Errorf("process %d lives", pid)
	}
	if _, err := p.Run(t.Context(), task("pid", "")); !errors.Is(err, isolate.ErrClosed) {
		t.Errorf("error after Close = %v", err)
	}
}

func TestABusyWorkerIsReplaced(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	r, err := p.Run(t.Context(), task("busy", ""))
	if err != nil {
		t.Fatal(err)
	}
	if r.CPU < 20*time.Millisecond {
		t.Errorf("processor time = %v", r.CPU)
	}
	if after := run(t, p, task("pid", "")); after == string(r.Answer) {
		t.Error("a worker that was slowed down got another job")
	}
}

// A slow job's worker gives way from the beginning to the end, and needs no successor.
func TestSlowJobsHaveWorkersOfTheirOwn(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	ordinary, low := run(t, p, task("priority", "")), run(t, p, slow("priority"))
	if ordinary == low {
		t.Errorf("both have priority %s", low)
	}
	busy := run(t, p, slow("busy"))
	if after := run(t, p, slow("pid")); after != busy {
		t.Errorf("worker %s was replaced by %s", busy, after)
	}
	if after := run(t, p, slow("priority")); after != low {
		t.Errorf("its priority was %s and became %s", low, after)
	}
	if other := run(t, p, task("pid", "")); other == busy {
		t.Error("an ordinary job got it")
	}
}

// Many jobs at once don't start as many processes: they would all be long in starting, and a job is over in a moment.
func TestJobsWaitForWorkersThatAreAboutToBeReady(t *testing.T) {
	t.Parallel()
	jobs := 8 * runtime.GOMAXPROCS(0)
	p := newPool(t, jobs)
	var mu sync.Mutex
	pids := make(map[string]bool)
	var all sync.WaitGroup
	for i := range jobs {
		all.Go(func() {
			k := task("slow start", "")
			k.Key = strconv.Itoa(i)
			pid := run(t, p, k)
			mu.Lock()
			defer mu.Unlock()
			pids[pid] = true
		})
	}
	all.Wait()
	if len(pids) > jobs/2 {
		t.Errorf("%d processes for %d jobs", len(pids), jobs)
	}
}

// What a worker does to get ready, once, makes it no busy one.
func TestAWorkerThatTakesLongToGetReadyIsKept(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	r, err := p.Run(t.Context(), task("slow start", ""))
	if err != nil {
		t.Fatal(err)
	}
	if again := run(t, p, task("slow start", "")); again != string(r.Answer) || r.CPU > 100*time.Millisecond {
		t.Errorf("worker %s took %v for its job, then there was worker %s", r.Answer, r.CPU, again)
	}
}

// A worker that has needed much gives it back when its job is done: nobody may ask for the next one for long.
func TestAWorkerGivesMemoryBack(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	run(t, p, slow("half of the memory")) // a slow job's worker is kept
	kept, err := strconv.Atoi(run(t, p, slow("memory that is kept")))
	if err != nil {
		t.Fatal(err)
	}
	if kept > 16<<20 {
		t.Errorf("%d bytes are kept from the system", kept)
	}
}

// A job does not end because of what the one before it has left in its worker.
func TestWhatAJobLeavesBehindIsNotTheNextOnes(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	followed := 0
	for i := 0; followed < 10; i++ {
		if i == 200 {
			t.Fatal("hardly a job was over before its memory was seen to be too much")
		}
		if _, err := p.Run(t.Context(), slow("all of the memory")); err != nil {
			continue // it was seen in time
		}
		run(t, p, slow("pid"))
		followed++
	}
}

// What workers keep of the units they got is bounded by size, too.
func TestAWorkerThatGotMuchIsReplaced(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	k := task("pid", "")
	k.UnitID, k.Unit = "large", append(make([]byte, 0, 1<<20), "pid"...)
	before := run(t, p, k)
	if again := run(t, p, k); again != before {
		t.Errorf("worker %s was replaced by %s for nothing", before, again)
	}
	k.UnitID, k.Unit = "larger", make([]byte, 2<<20)
	run(t, p, k)
	if after := run(t, p, task("pid", "")); after == before {
		t.Error("a worker that got 2 MiB of code was kept")
	}
}

// A panic of who answers a job is its caller's; the place is free again.
func TestAPanicOfWhoAnswers(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // without a place they would wait for ever
	defer cancel()
	for range 8 { // more than there are places
		func() {
			defer func() {
				if cause := recover(); cause != "no answer" {
					t.Errorf("panic = %v", cause)
				}
			}()
			k := task("talk", "x")
			k.Call = func(string, []byte) ([]byte, error) { panic("no answer") }
			_, err := p.Run(ctx, k)
			t.Errorf("error = %v, want a panic", err)
		}()
	}
	if _, err := p.Run(ctx, task("pid", "")); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsAJob(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	begun, ended := make(chan struct{}, 1), make(chan error, 1)
	k := task("loop", "")
	k.Note = func(byte, []byte) { begun <- struct{}{} }
	go func() {
		_, err := p.Run(t.Context(), k)
		ended <- err
	}()
	<-begun
	p.Close()
	if err := <-ended; !errors.Is(err, isolate.ErrClosed) {
		t.Errorf("error = %v", err)
	}
}

// A job that comes too late costs no worker.
func TestAJobThatComesTooLate(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	before := run(t, p, task("pid", ""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if _, err := p.Run(ctx, task("pid", "")); err == nil {
			t.Error("no error")
		}
	}
	if after := run(t, p, task("pid", "")); after != before {
		t.Errorf("worker %s, then %s", before, after)
	}
}

func TestAWorkerIsBare(t *testing.T) {
	t.Setenv("KEEPSAKE_SECRET", "a secret of the server's")
	p := newPool(t, 2)
	if env := run(t, p, task("environment", "")); strings.Contains(env, "SECRET") || strings.Contains(env, "PATH=") {
		t.Errorf("environment:\n%s", env)
	}
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		return // not on this system; the environment was the test
	}
	for target := range strings.SplitSeq(run(t, p, task("files", "")), "\n") {
		if !strings.HasPrefix(target, "pipe:") && !strings.HasPrefix(target, "anon_inode:") && !strings.HasPrefix(target, "/proc/") && !strings.HasPrefix(target, "/sys/") {
			t.Errorf("a worker has %s open", target)
		}
	}
}

// Jobs that run away leave workers to short ones, also to those of the same key.
func TestRunawaysDoNotKeepShortJobsWaiting(t *testing.T) {
	t.Parallel()
	p := newPool(t, 4)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun, ended := make(chan struct{}, 2), make(chan error, 2)
	for range 2 {
		k := task("loop", "")
		k.Key = "mine"
		k.Note = func(byte, []byte) { begun <- struct{}{} }
		go func() {
			_, err := p.Run(ctx, k)
			ended <- err
		}()
	}
	<-begun
	<-begun
	for range 10 {
		k := task("pid", "")
		k.Key = "mine"
		run(t, p, k)
	}
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("a loop ended with %v", err)
		}
	}
}

// However many jobs run away, none is ended before its time, and the jobs of other keys have their turn.
func TestRunawaysOfManyKeys(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const loops = 16 // two for each place: for short jobs, for long ones, and the keys' own
	ended := make(chan error, loops)
	for i := range loops {
		k := task("loop", "")
		k.Key = []string{"one", "two"}[i%2]
		go func() {
			_, err := p.Run(ctx, k)
			ended <- err
		}()
	}
	for range 10 {
		run(t, p, task("pid", ""))
	}
	if n := len(ended); n != 0 {
		t.Errorf("%d loops ended by themselves, the first with %v", n, <-ended)
	}
	cancel()
	for range loops {
		if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, isolate.ErrBusy) {
			t.Errorf("a loop ended with %v", err)
		}
	}
}

// One key's jobs leave workers to others, however many they are.
func TestOneKeyDoesNotGetAllWorkers(t *testing.T) {
	t.Parallel()
	p := newPool(t, 4)
	ctx, cancel := context.WithCancel(t.Context())
	var loops sync.WaitGroup
	for range 8 {
		loops.Go(func() { _, _ = p.Run(ctx, task("loop", "")) })
	}
	for range 4 {
		run(t, p, task("pid", ""))
	}
	cancel()
	loops.Wait()
}

// Who finds no place waits for one, until its context ends.
func TestAJobWaitsForAPlace(t *testing.T) {
	t.Parallel()
	p := newPool(t, 2) // one short job of a key, two long ones, and one on the key's own place
	const all = 4
	started, leave := make(chan struct{}, all), make(chan struct{})
	k := task("talk", "x")
	k.Call = func(_ string, data []byte) ([]byte, error) {
		started <- struct{}{}
		<-leave
		return data, nil
	}
	var jobs sync.WaitGroup
	for range all {
		jobs.Go(func() {
			if _, err := p.Run(t.Context(), k); err != nil {
				t.Error(err)
			}
		})
	}
	for range all {
		<-started // the last two when the first two have become long ones
	}
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := p.Run(short, k); !errors.Is(err, isolate.ErrBusy) {
		t.Errorf("who came too late: %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := p.Run(t.Context(), k)
		waiting <- err
	}()
	close(leave)
	if err := <-waiting; err != nil {
		t.Errorf("who waited: %v", err)
	}
	jobs.Wait()
}

func TestACommandThatIsNoWorker(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{"gone": {t.TempDir() + "/gone"}, "false": {"/bin/false"}, "echo": {"/bin/echo", "hello"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := isolate.New(isolate.Options{Command: command, Max: 2, Memory: 1 << 20})
			t.Cleanup(p.Close)
			if _, err := p.Run(t.Context(), task("pid", "")); err == nil {
				t.Error("no error")
			}
			var start *isolate.StartError
			if _, err := p.Run(t.Context(), task("pid", "")); name == "gone" && !errors.As(err, &start) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// A process that nobody has started as a worker does not become one.
func TestServeIsForWorkersOnly(t *testing.T) {
	t.Parallel()
	if err := isolate.Serve(work); err == nil {
		t.Error("no error")
	}
}
