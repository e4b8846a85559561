package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// superuser is the server's.
const superuser = "keepsake"

// stopTimeout is how long the server may take to end before it is killed.
const stopTimeout = 10 * time.Second

// Options are what Start needs. The zero value is a server with PostgreSQL's own settings.
type Options struct {
	// Settings are parameters of the server as "name=value" (postgres -c).
	Settings []string
	// Folder is where the server's own folder is made. Empty is the system's folder for temporary files.
	Folder string
	// Libraries are preloaded (shared_preload_libraries) as far as they are installed.
	Libraries []string
	// ExitOnInterrupt has an os.Interrupt stop the server and end the program, for programs that do not handle it themselves.
	ExitOnInterrupt bool
}

// Server is a running PostgreSQL server. It dies with the program, also when that is killed, where the kernel can see to it.
type Server struct {
	url       string
	folder    string
	libraries []string
	process   *os.Process
	ended     chan struct{}
	stopped   func() // of the signal handler
}

// Start makes a database cluster and starts its server, which may need a moment until it answers (Await). ctx is for
// the making.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	folder, err := os.MkdirTemp(o.Folder, "keepsake-postgres-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(folder)
		}
	}()
	bin, err := binaries(folder)
	if err != nil {
		return nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	if account != nil {
		if err := os.Chown(folder, int(account.Uid), int(account.Gid)); err != nil {
			return nil, err
		}
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(folder, "data"), "-U", superuser, "-A", "trust", "-E", "UTF8",
		"--no-locale", "--no-sync")
	prepare(initdb, folder, account)
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable"}
	s := &Server{url: u.String(), folder: folder, libraries: installedLibraries(bin, o.Libraries), ended: make(chan struct{})}
	if err := s.run(bin, port, account, o.Settings); err != nil {
		return nil, err
	}
	if o.ExitOnInterrupt {
		s.exitOnInterrupt()
	}
	return s, nil
}

// prepare runs a command in a folder that its account may enter.
func prepare(c *exec.Cmd, folder string, account *syscall.Credential) {
	c.Dir = folder
	c.SysProcAttr = &syscall.SysProcAttr{Credential: account}
}

// run starts the server. It is started by a thread that lives as long as it, because the kernel ends it with the thread that
// started it: that is what ends it when the program is killed.
func (s *Server) run(bin string, port int, account *syscall.Credential, settings []string) error {
	args := []string{"-D", filepath.Join(s.folder, "data"), "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="}
	if len(s.libraries) > 0 {
		args = append(args, "-c", "shared_preload_libraries="+strings.Join(s.libraries, ","))
	}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	log, err := os.Create(s.logFile())
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own
	server := exec.Command(filepath.Join(bin, "postgres"), args...)
	prepare(server, s.folder, account)
	dieWithParent(server.SysProcAttr)
	server.Stderr = log
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlock
		defer close(s.ended)
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait() // it was told to end: how it did does not matter
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	s.process = server.Process
	return nil
}

func (s *Server) logFile() string { return filepath.Join(s.folder, "postgres.log") }

// URL is the URL of the database "postgres", for a superuser.
func (s *Server) URL() string { return s.url }

// PID is the id of the server's first process, the parent of its others.
func (s *Server) PID() int { return s.process.Pid }

// Libraries are the ones that were preloaded.
func (s *Server) Libraries() []string { return s.libraries }

// Await waits until the server answers: until ping succeeds. The error is the last one of ping when ctx is done before, or says why the
// server ended.
func (s *Server) Await(ctx context.Context, ping func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.ended:
			log, _ := os.ReadFile(s.logFile()) // for the message; without it there is less of one
			cancel(fmt.Errorf("the server ended: %s", strings.TrimSpace(string(log))))
		case <-ctx.Done():
		}
	}()
	return Await(ctx, ping)
}

// pollInterval is how often Await asks.
const pollInterval = 20 * time.Millisecond

// Await calls ping until it succeeds or ctx is done.
func Await(ctx context.Context, ping func(context.Context) error) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", errors.Join(context.Cause(ctx), err))
		}
	}
}

// Stop ends the server at once and removes its data. A second call does nothing.
func (s *Server) Stop() {
	if s.stopped != nil {
		s.stopped()
	}
	_ = s.process.Signal(syscall.SIGQUIT) // at once: there is nothing to keep
	select {
	case <-s.ended:
	case <-time.After(stopTimeout):
		_ = s.process.Kill()
		<-s.ended
	}
	os.RemoveAll(s.folder)
}

func (s *Server) exitOnInterrupt() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	s.stopped = func() { signal.Stop(interrupted) }
	go func() {
		if _, ok := <-interrupted; ok {
			s.Stop()
			os.Exit(130)
		}
	}()
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
