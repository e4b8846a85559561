package main

import (
	"context"
	"fmt"
	"net/url"

	"example.com/keepsake/models/store/pgserver"
)

// counts is what one operation costs that does not depend on the load. It is counted with one worker.
type counts struct {
	// RoundTrips between server and PostgreSQL, on the wire.
	RoundTrips float64 `json:"round_trips,omitempty"`
	// Flushes of the write-ahead log to the disk.
	Flushes float64 `json:"wal_flushes,omitempty"`
}

// Round trips are counted over so many operations, several times: the server has work of its own now and then, which can
// only add to them.
const (
	countedOperations = 20
	countedTimes      = 3
)

// countedName is what PostgreSQL knows the connections of the counted process by.
const countedName = "counted"

// count counts what one operation of a cell costs, by other server processes on the same database, so that nothing that is timed is slowed
// down by it. PostgreSQL's own processes tell what they have flushed when they end: so the flushes of a server process that lived for
// one operation are taken off those of one that lived for many.
func (w *world) count(ctx context.Context, c cell) (counts, error) {
	trips, many, err := w.countLife(ctx, c, countedTimes*countedOperations)
	if err != nil {
		return counts{}, fmt.Errorf("count round trips of %s: %w", c, err)
	}
	_, few, err := w.countLife(ctx, c, 0)
	if err != nil {
		return counts{}, fmt.Errorf("count flushes of %s: %w", c, err)
	}
	if c.Play == playRefresh && c.Actions == device {
		if err := checkDevice(ctx, w.targets[c.target()].url); err != nil {
			return counts{}, err
		}
	}
	return counts{RoundTrips: trips, Flushes: max(0, float64(many-few)/(countedTimes*countedOperations))}, nil
}

// countLife has a server process of its own answer one operation and then some more, and ends it. It returns the round trips of one of
// those, and the flushes of all the process's life.
func (w *world) countLife(ctx context.Context, c cell, operations int) (trips float64, flushes int64, err error) {
	players, err := w.playersOf(ctx, c.counted())
	if err != nil {
		return 0, 0, err
	}
	t := w.targets[c.target()]
	u, err := url.Parse(t.url)
	if err != nil {
		return 0, 0, err
	}
	query := u.Query()
	query.Set("application_name", countedName)
	u.RawQuery = query.Encode()
	proxy, err := pgserver.NewProxy(u.String())
	if err != nil {
		return 0, 0, err
	}
	defer proxy.Close()
	before, err := w.cluster.flushes(ctx)
	if err != nil {
		return 0, 0, err
	}
	if trips, err = w.countTrips(ctx, t, proxy, players[0], operations); err != nil {
		return 0, 0, err
	}
	if err := w.cluster.awaitGone(ctx, countedName); err != nil {
		return 0, 0, err
	}
	after, err := w.cluster.flushes(ctx)
	return trips, after - before, err
}

// countTrips returns the round trips of one operation: the least of several times.
func (w *world) countTrips(ctx context.Context, t *target, proxy *pgserver.Proxy, play player, operations int) (float64, error) {
	p, client, err := w.start(ctx, t, proxy.URL(), w.binary)
	if err != nil {
		return 0, err
	}
	defer p.stop()
	least := int64(-1)
	err = t.through(client, func() error {
		if err := play(ctx); err != nil { // prepares statements and fills caches
			return err
		}
		for range operations / countedOperations {
			before := proxy.RoundTrips()
			for range countedOperations {
				if err := play(ctx); err != nil {
					return err
				}
			}
			if n := proxy.RoundTrips() - before; least < 0 || n < least {
				least = n
			}
		}
		return nil
	})
	return float64(least) / countedOperations, err
}
