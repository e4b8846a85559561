package middleware

import (
	"io"
	"net/http"
)

// recorder remembers what was answered. http.ResponseController reaches the writer below it through Unwrap.
type recorder struct {
	http.ResponseWriter
	status int // 0: nothing yet
	bytes  int64
}

// WriteHeader remembers the first final status; the 1xx ones before it are passed on.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts what was written.
func (r *recorder) Write(b []byte) (int, error) {
	r.status = r.sent()
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the writer's own way of copying, which for a file needs no buffer.
func (r *recorder) ReadFrom(src io.Reader) (int64, error) {
	r.status = r.sent()
	n, err := io.Copy(r.ResponseWriter, src)
	r.bytes += n
	return n, err
}

// Flush sends what is buffered, for handlers that look for http.Flusher.
func (r *recorder) Flush() {
	r.status = r.sent()
	_ = http.NewResponseController(r.ResponseWriter).Flush() // not every writer can
}

// Unwrap returns the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// sent returns the status that was or will be sent: a handler that says nothing says 200.
func (r *recorder) sent() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
