package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// wire is one connection to a server that exchanges refresh tokens of its own, one after the other. It costs a fraction of what
// net/http's client does, so that the load generator leaves the machine to the server when it sends many times what that can answer.
type wire struct {
	address string
	tokens  *bulk
	fresh   func() int // the next token that nobody has presented; -1 when there is none

	conn   net.Conn
	reader *bufio.Reader
	token  int
	buffer []byte
}

// verdict is what became of a request.
type verdict int

// The verdicts. What is shed was told to come back later.
const (
	answered verdict = iota
	shed
	shedSilently // without Retry-After
	failed
)

var errNoTokens = errors.New("there are no tokens left")

// connect opens the connection if there is none.
func (c *wire) connect(ctx context.Context) error {
	if c.conn != nil {
		return nil
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return err
	}
	c.conn = conn
	if c.reader == nil {
		c.reader = bufio.NewReader(conn)
	}
	c.reader.Reset(conn)
	return nil
}

func (c *wire) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// exchange exchanges the connection's token. After a failure nobody knows what has become of it, so the next exchange is of a fresh one. The
// error says what failed.
func (c *wire) exchange(ctx context.Context) (verdict, error) {
	if c.token < 0 {
		if c.token = c.fresh(); c.token < 0 {
			return failed, errNoTokens
		}
	}
	v, err := c.try(ctx)
	if v == failed {
		c.close()
		c.token = -1
	}
	return v, err
}

func (c *wire) try(ctx context.Context) (verdict, error) {
	if err := c.connect(ctx); err != nil {
		return failed, err
	}
	if err := c.conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return failed, err
	}
	c.render(refreshForm(public, c.tokens.token(c.token)).Encode())
	if _, err := c.conn.Write(c.buffer); err != nil {
		return failed, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return failed, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return failed, err
	}
	if response.Close {
		c.close()
	}
	return c.judge(response, body)
}

// render writes the request into the buffer.
func (c *wire) render(form string) {
	c.buffer = append(c.buffer[:0], "POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: "+userAgent+"\r\nX-Forwarded-For: "+addressAbroad+
		"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "...)
	c.buffer = strconv.AppendInt(c.buffer, int64(len(form)), 10)
	c.buffer = append(append(c.buffer, "\r\n\r\n"...), form...)
}

func (c *wire) judge(response *http.Response, body []byte) (verdict, error) {
	switch response.StatusCode {
	case http.StatusOK:
		var got tokens
		if err := json.Unmarshal(body, &got); err != nil || got.Refresh == "" {
			return failed, fmt.Errorf("there is no new token in the answer: %w", err)
		}
		c.tokens.keep(c.token, got.Refresh)
		return answered, nil
	case http.StatusServiceUnavailable:
		if response.Header.Get("Retry-After") == "" {
			return shedSilently, nil
		}
		return shed, nil
	}
	return failed, &statusError{what: "POST oauth/token", status: response.StatusCode, body: string(body[:min(len(body), 300)])}
}
