package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// readyTimeout is when a start counts as failed.
const readyTimeout = time.Minute

// pollReady is how often a server is asked that does not listen yet.
const pollReady = 500 * time.Microsecond

// readyOn measures the time from the start of the process to the first 200 of /readyz, with the demo tenant.
func readyOn(database string) func(context.Context, *world, *section) error {
	return func(ctx context.Context, w *world, s *section) error {
		fresh, existing := make([]float64, 0, w.options.Starts), make([]float64, 0, w.options.Starts)
		for n := range w.options.Starts {
			first, second, err := w.startTwice(ctx, s, database, n)
			if err != nil {
				return err
			}
			fresh, existing = append(fresh, asMillis(first)), append(existing, asMillis(second))
			w.say("ready after %s ms on a fresh database, %s ms on an existing one", inMillis(first), inMillis(second))
		}
		s.note("The demo tenant; %d starts on fresh databases, each followed by one on what it left. A fresh database has no tables, keys or tenant yet.", w.options.Starts)
		rows := s.add("", "start to ready on", "median ms", "least", "most")
		for _, starts := range []struct {
			on     string
			millis []float64
		}{{"an existing database", existing}, {"a fresh database", fresh}} {
			f := spreadOf(starts.millis)
			s.Figures["ready_ms/"+starts.on] = f.Median
			rows.row(starts.on, fmt.Sprintf("%.0f", f.Median), fmt.Sprintf("%.0f", f.Min), fmt.Sprintf("%.0f", f.Max))
		}
		return nil
	}
}

// startTwice starts a server on a fresh database, ends it, and starts it again on the same.
func (w *world) startTwice(ctx context.Context, s *section, database string, n int) (fresh, existing time.Duration, err error) {
	folder, err := os.MkdirTemp(w.folder, "ready-")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(folder)
	url := "sqlite:" + filepath.Join(folder, "keepsake.db")
	if database == postgres {
		name := fmt.Sprintf("bench_%s_%d", studyKey(s.Name), n)
		if url, err = w.cluster.create(ctx, name); err != nil {
			return 0, 0, err
		}
		defer func() {
			if dropErr := w.cluster.drop(context.WithoutCancel(ctx), name); err == nil {
				err = dropErr
			}
		}()
	}
	if fresh, err = w.timeStart(ctx, folder, url); err != nil {
		return 0, 0, err
	}
	existing, err = w.timeStart(ctx, folder, url)
	return fresh, existing, err
}

// timeStart starts a server, waits until it is ready, and ends it.
func (w *world) timeStart(ctx context.Context, folder, url string) (time.Duration, error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	log, err := os.CreateTemp(folder, "server-*.log")
	if err != nil {
		return 0, err
	}
	defer log.Close()
	cmd := exec.Command(w.binary, "serve", "--listen="+address)
	cmd.Dir, cmd.Stderr = folder, log
	cmd.Env = append([]string{"KEEPSAKE_DATABASE_URL=" + url, "KEEPSAKE_SECRET=" + serverSecret}, w.options.Env...)
	begun := time.Now()
	p, err := startProcess(cmd)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if err := awaitReady(ctx, p, address); err != nil {
		text, _ := os.ReadFile(log.Name()) // for the message; without it there is less of one
		return 0, fmt.Errorf("start keepsake: %w: %s", err, text)
	}
	return time.Since(begun), nil
}

// awaitReady asks until the answer is 200. A server takes its address before it is ready, and its answer then comes when it is.
func awaitReady(ctx context.Context, p *process, address string) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	client := newClient(address)
	defer client.CloseIdleConnections()
	ticker := time.NewTicker(pollReady)
	defer ticker.Stop()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(r)
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ticker.C:
		case <-p.ended:
			return fmt.Errorf("it ended: %w", p.err)
		case <-ctx.Done():
			return fmt.Errorf("it was never ready: %w", ctx.Err())
		}
	}
}

// freeAddress returns an address of the loopback interface that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
