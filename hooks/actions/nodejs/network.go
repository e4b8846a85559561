package nodejs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/dop251/goja"

	"example.com/keepsake/hooks/actions/egress"
)

// network is what an execution has under way with other hosts.
type network struct {
	env    *Env
	client *egress.Client
	lastID int64
	open   map[int64]*exchange
}

// exchange is one request and its answer.
type exchange struct {
	cancel   context.CancelFunc
	response *http.Response // set when it is there
}

// nativeFetch are the functions of lib/internal/fetch.js.
func (e *Env) nativeFetch() functions {
	e.network = &network{env: e, client: e.Client, open: make(map[int64]*exchange)}
	return functions{"send": e.network.send, "read": e.network.read, "cancel": e.network.abort}
}

// close ends everything. Goroutines that are still at it find nobody to answer to.
func (n *network) close() {
	for id := range n.open {
		n.end(id)
	}
}

func (n *network) end(id int64) {
	x, ok := n.open[id]
	if !ok {
		return
	}
	delete(n.open, id)
	x.cancel()
	if x.response != nil {
		_ = x.response.Body.Close() // nobody reads it
	}
}

// send({url, method, headers, body, redirect}, done) begins a request and returns its id. done gets an error, or undefined and
// {status, statusText, headers, url, redirected}.
func (n *network) send(call goja.FunctionCall) goja.Value {
	e := n.env
	if e.loop.pending >= maxRequests {
		panic(e.rangeError("Too many requests are under way at once."))
	}
	if len(n.open) >= maxOpen {
		panic(e.rangeError("Too many responses are open: read their bodies, or cancel them."))
	}
	o, ok := call.Argument(0).(*goja.Object)
	done, isFunction := goja.AssertFunction(call.Argument(1))
	if !ok || !isFunction {
		panic(e.typeError("", "send takes a request and a callback"))
	}
	ctx, cancel := context.WithCancel(e.Context)
	request, err := n.request(ctx, o)
	if err != nil {
		cancel()
		panic(e.typeError("", err.Error()))
	}
	e.outside()
	n.lastID++
	id, x := n.lastID, &exchange{cancel: cancel}
	n.open[id] = x
	client := &http.Client{Transport: n.transport(), CheckRedirect: redirects(o.Get("redirect").String())}
	e.loop.pending++
	go func() {
		response, err := client.Do(request)
		e.loop.post(e.Context, func() {
			e.loop.pending--
			if err != nil {
				n.end(id)
				n.call(done, n.failure(err))
				return
			}
			x.response = response
			n.call(done, goja.Undefined(), n.answer(response, request))
		})
	}()
	return e.rt.ToValue(id)
}

func (n *network) transport() http.RoundTripper {
	if n.client == nil {
		return egress.NewClient(egress.Off())
	}
	return n.client
}

var errRedirect = errors.New("the answer is a redirect, and redirect is \"error\"")

// redirects is a redirect mode of fetch: follow, error or manual.
func redirects(mode string) func(*http.Request, []*http.Request) error {
	return func(_ *http.Request, via []*http.Request) error {
		switch {
		case mode == "manual":
			return http.ErrUseLastResponse
		case mode == "error":
			return errRedirect
		case len(via) > maxRedirects:
			return errors.New("redirect count exceeded")
		}
		return nil
	}
}

// ownHeaders are those that the connection decides, and that fetch ignores too.
var ownHeaders = []string{"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer",
	"transfer-encoding", "upgrade"}

func (n *network) request(ctx context.Context, o *goja.Object) (*http.Request, error) {
	var body io.Reader
	if v := o.Get("body"); v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
		b := n.env.bytes(v)
		if len(b) > maxRequestBody {
			return nil, errors.New("The body of the request is too large.")
		}
		body = bytes.NewReader(bytes.Clone(b))
	}
	request, err := http.NewRequestWithContext(ctx, o.Get("method").String(), o.Get("url").String(), body)
	if err != nil {
		return nil, errors.New("The request is not valid.")
	}
	var pairs [][2]string
	if err := n.env.rt.ExportTo(o.Get("headers"), &pairs); err != nil {
		return nil, errors.New("The headers are not valid.")
	}
	for _, pair := range pairs {
		if !isOneOf(ownHeaders, strings.ToLower(pair[0])) {
			request.Header.Add(pair[0], pair[1])
		}
	}
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", "keepsake-actions")
	}
	return request, nil
}

func isOneOf(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}

func (n *network) answer(r *http.Response, sent *http.Request) goja.Value {
	rt := n.env.rt
	headers := make([]any, 0, len(r.Header))
	for name, values := range r.Header {
		for _, v := range values {
			headers = append(headers, rt.NewArray(strings.ToLower(name), v))
		}
	}
	_, text, _ := strings.Cut(r.Status, " ")
	o := rt.NewObject()
	for name, v := range map[string]any{
		"status": r.StatusCode, "statusText": text, "headers": rt.NewArray(headers...), "url": r.Request.URL.String(), "redirected": r.Request != sent,
	} {
		_ = o.Set(name, v)
	}
	return o
}

// read(id, done) reads the body. done gets an error, or undefined and an ArrayBuffer.
func (n *network) read(call goja.FunctionCall) goja.Value {
	e := n.env
	id := call.Argument(0).ToInteger()
	done, ok := goja.AssertFunction(call.Argument(1))
	x, known := n.open[id]
	if !ok || !known || x.response == nil {
		panic(e.typeError("", "The body can't be read."))
	}
	body := x.response.Body
	e.loop.pending++
	go func() {
		b, err := io.ReadAll(io.LimitReader(body, maxResponseBody+1))
		e.loop.post(e.Context, func() {
			e.loop.pending--
			n.end(id)
			switch {
			case err != nil:
				n.call(done, n.failure(err))
			case len(b) > maxResponseBody:
				n.call(done, e.rangeError("The body of the response is larger than 10 MiB."))
			default:
				n.call(done, goja.Undefined(), e.arrayBuffer(b))
			}
		})
	}()
	return goja.Undefined()
}

// abort(id) ends an exchange; its callback is called with an error.
func (n *network) abort(call goja.FunctionCall) goja.Value {
	if x, ok := n.open[call.Argument(0).ToInteger()]; ok {
		x.cancel()
	}
	return goja.Undefined()
}

func (n *network) call(f goja.Callable, args ...goja.Value) {
	if _, err := f(goja.Undefined(), args...); err != nil {
		panic(err)
	}
}

// failure makes the error that becomes the cause of fetch's TypeError. What it says of the network is no more than Node.js says:
// it may reach the client.
func (n *network) failure(err error) *goja.Object {
	code, message := "", "the connection failed"
	var dns *net.DNSError
	switch {
	case errors.Is(err, egress.ErrRefused):
		code, message = "ERR_ACCESS_DENIED", "connection refused: "+egress.ErrRefused.Error()+" (--action-network)"
	case errors.Is(err, errRedirect):
		message = errRedirect.Error()
	case errors.As(err, &dns):
		code, message = "ENOTFOUND", "the host's name could not be resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		code, message = "ECONNREFUSED", "nothing answers at the host and port"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		code, message = "ECONNRESET", "the other side closed the connection"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		code, message = "ABORT_ERR", "the request was aborted"
	case isTimeout(err):
		code, message = "ETIMEDOUT", "the other side did not answer in time"
	case strings.Contains(err.Error(), "certificate"), strings.Contains(err.Error(), "tls:"):
		code, message = "ERR_TLS", "the TLS connection could not be established"
	case strings.Contains(err.Error(), "unsupported protocol"), strings.Contains(err.Error(), "neither http nor https"):
		message = "only http: and https: are supported"
	case strings.Contains(err.Error(), "redirect count"):
		message = "redirect count exceeded"
	}
	return n.env.newError("Error", code, message)
}

func isTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
