package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthcheckTimeout bounds the whole question, below the timeouts that container engines give such a command.
const healthcheckTimeout = 4 * time.Second

// healthcheckCmd asks /readyz. It is for container images, which have no curl.
type healthcheckCmd struct {
	Listen string `default:"127.0.0.1:8080" help:"Address that the server listens on, as its own --listen."`
}

// Run returns an error unless the server says that it is ready.
func (cmd *healthcheckCmd) Run(ctx context.Context, h host) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()

	c := &checker{}
	listen := checkListen(c, cmd.Listen)
	if err := c.err(); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(listen)+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	fmt.Fprintf(h.stdout, "%s", body)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready: %s", resp.Status)
	}
	return nil
}

// reachable turns an address to listen on into one to connect to: a server on all addresses is on loopback too.
func reachable(listen string) string {
	host, port, _ := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
