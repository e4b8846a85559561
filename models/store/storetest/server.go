package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// serverUser is the superuser of a server that is started here.
const serverUser = "keepsake"

// start makes a PostgreSQL server in a temporary folder, on a free port of the loopback interface, and returns its URL and
// what ends it. It trades durability for speed.
func start(ctx context.Context) (address string, stop func(), err error) {
	folder, err := os.MkdirTemp("", "keepsake-postgres-")
	if err != nil {
		return "", nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(folder)
		}
	}()
	bin, err := binaries(folder)
	if err != nil {
		return "", nil, err
	}
	account, err := unprivileged()
	if err != nil {
		return "", nil, err
	}
	if account != nil {
		if err := os.Chown(folder, int(account.Uid), int(account.Gid)); err != nil {
			return "", nil, err
		}
	}
	data := filepath.Join(folder, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", serverUser, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	prepare(initdb, folder, account)
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	stop, err = run(bin, data, folder, port, account)
	if err != nil {
		return "", nil, err
	}
	u := url.URL{Scheme: "postgres", User: url.User(serverUser), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/postgres", RawQuery: "sslmode=disable"}
	return u.String(), stop, nil
}

// prepare runs a command in a folder that its account may enter.
func prepare(c *exec.Cmd, folder string, account *syscall.Credential) {
	c.Dir = folder
	c.SysProcAttr = &syscall.SysProcAttr{Credential: account}
}

// run starts the server. It is started by a thread that lives as long as it, because the kernel ends it with the thread that
// started it: that is what ends it when the tests are killed.
func run(bin, data, folder string, port int, account *syscall.Credential) (stop func(), err error) {
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=300",
		"-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB", "-c", "log_min_messages=fatal")
	prepare(server, folder, account)
	dieWithParent(server.SysProcAttr)
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlock
		defer close(ended)
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait() // it was told to end: how it did does not matter
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	stop = func() {
		signal.Stop(interrupted)
		_ = server.Process.Signal(syscall.SIGQUIT) // at once: there is nothing to keep
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = server.Process.Kill()
			<-ended
		}
		os.RemoveAll(folder)
	}
	go func() {
		if _, ok := <-interrupted; ok {
			stop()
			os.Exit(130)
		}
	}()
	return stop, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// binaries returns the folder with initdb and postgres, which are downloaded into folder when there are none.
func binaries(folder string) (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			initdb = real
		}
		if hasServer(filepath.Dir(initdb)) {
			return filepath.Dir(initdb), nil
		}
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is valid
	slices.SortFunc(installed, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	for _, dir := range installed {
		if hasServer(dir) {
			return dir, nil
		}
	}
	return download(folder)
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// majorVersion reads the version from /usr/lib/postgresql/15/bin.
func majorVersion(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // 0 sorts last
	return n
}

// download has embedded-postgres fetch the server. It is used for that only: it would not run as root, nor end with the tests.
func download(folder string) (string, error) {
	dir := filepath.Join(folder, "binaries")
	port, err := freePort()
	if err != nil {
		return "", err
	}
	server := embedded.NewDatabase(embedded.DefaultConfig().BinariesPath(dir).RuntimePath(filepath.Join(folder, "runtime")).
		Port(uint32(port)).Logger(io.Discard))
	startErr := server.Start()
	if startErr == nil {
		startErr = server.Stop()
	}
	if bin := filepath.Join(dir, "bin"); hasServer(bin) {
		return bin, nil
	}
	return "", fmt.Errorf("there are no server binaries on PATH or in /usr/lib/postgresql, and the download did not work: %w", startErr)
}
