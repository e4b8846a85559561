package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// unmatched is the route label of requests that no route took.
const unmatched = "unmatched"

// metrics counts what the process does, for Prometheus.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	inFlight prometheus.Gauge
	shed     prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "keepsake_http_request_duration_seconds",
			Help: "How long requests took, by route template, method and status.",
			// From a refresh on a local database (under a millisecond) to an Action that runs into its deadline.
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25},
		}, []string{"route", "method", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "keepsake_http_requests_in_flight",
			Help: "Requests that are being answered now.",
		}),
		shed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "keepsake_http_requests_shed_total",
			Help: "Requests that were refused because the server was too busy. They are in no other metric.",
		}),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "keepsake_build_info",
		Help:        "Always 1; the labels say which build runs.",
		ConstLabels: prometheus.Labels{"version": versionText()},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.inFlight, m.shed, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) routes(r *mux.Router) {
	r.Handle("/metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})).Methods(http.MethodGet, http.MethodHead)
	r.Use(noteRoute)
}

// measure observes every request that is served. It stands outside the router, so that what no route takes is seen too; the route's
// template comes from noteRoute, which stands inside.
func (m *metrics) measure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.inFlight.Inc()
		defer m.inFlight.Dec()

		seen := &observed{ResponseWriter: w, route: unmatched}
		started := time.Now()
		aborted := true
		// Deferred, so that a request whose handler panicked is counted as well.
		defer func() {
			if aborted && seen.status == 0 {
				seen.status = http.StatusInternalServerError
			}
			m.requests.WithLabelValues(seen.route, methodLabel(r.Method), strconv.Itoa(seen.code())).Observe(time.Since(started).Seconds())
		}()
		next.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), observedKey{}, seen)))
		aborted = false
	})
}

type observedKey struct{}

// observed is a response writer that remembers the status, and the route that noteRoute found.
type observed struct {
	http.ResponseWriter
	route  string
	status int
}

// WriteHeader remembers the first final status.
func (o *observed) WriteHeader(status int) {
	if o.status == 0 && status >= http.StatusOK {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write counts as a 200 when it comes first, as in net/http.
func (o *observed) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	return o.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the writer inside.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// code is 200 for a handler that wrote nothing, which is what net/http sends then.
func (o *observed) code() int {
	if o.status == 0 {
		return http.StatusOK
	}
	return o.status
}

// noteRoute tells measure the template of the route that was taken ("/api/v2/refresh-tokens/{id}"): a label with one
// value per route, whatever the paths are.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seen, ok := r.Context().Value(observedKey{}).(*observed); ok {
			if route := mux.CurrentRoute(r); route != nil {
				if template, err := route.GetPathTemplate(); err == nil {
					seen.route = template
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// methodLabel bounds the label: a method can be any text that a client makes up.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
