package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/keepsake/models/password"
)

// world is everything that runs during a benchmark.
type world struct {
	options *options
	out     io.Writer
	folder  string
	binary  string
	cluster *cluster
	targets map[targetKey]*target
	floor   *floorProcess
	players map[playerKey][]player
	// passwordHash is of userPassword, at the cost that Keepsake's own hashes have.
	passwordHash string
}

// playerKey tells groups of players apart. A player keeps its place from run to run.
type playerKey struct {
	target targetKey
	play   string
	client string
	alg    string
}

func newWorld(ctx context.Context, o *options, out io.Writer) (_ *world, err error) {
	w := &world{options: o, out: out, binary: o.Binary, targets: map[targetKey]*target{}, players: map[playerKey][]player{}}
	if w.folder, err = os.MkdirTemp(o.Folder, "keepsake-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.passwordHash, err = password.NewHasher(password.Options{}).Hash(ctx, userPassword); err != nil {
		return nil, err
	}
	if w.binary == "" {
		w.binary = filepath.Join(w.folder, "keepsake")
		w.say("building keepsake")
		if err := build(ctx, w.binary); err != nil {
			return nil, err
		}
	} else if w.binary, err = filepath.Abs(w.binary); err != nil {
		return nil, err
	}
	w.say("starting PostgreSQL")
	w.cluster, err = startCluster(ctx, o.Folder)
	return w, err
}

func (w *world) say(format string, args ...any) { fmt.Fprintf(w.out, "# "+format+"\n", args...) }

func (w *world) close() {
	for _, t := range w.targets {
		t.process.stop()
	}
	if w.cluster != nil {
		w.cluster.stop()
	}
	os.RemoveAll(w.folder)
}

// target returns the server of a key, and starts it if it is not there yet.
func (w *world) target(ctx context.Context, key targetKey) (*target, error) {
	if t := w.targets[key]; t != nil {
		return t, nil
	}
	if key.server == floor {
		return w.startFloor(ctx, key)
	}
	w.say("starting %s", key)
	t := &target{key: key, folder: filepath.Join(w.folder, key.String())}
	if err := os.Mkdir(t.folder, 0o700); err != nil {
		return nil, err
	}
	if err := writeTenant(t.folder, key.actions, w.passwordHash, tokenLifetime); err != nil {
		return nil, err
	}
	t.url = "sqlite:" + filepath.Join(t.folder, "keepsake.db")
	if key.database == postgres {
		var err error
		t.dbName = "bench_" + key.actions
		if key.study != "" {
			t.dbName += "_" + key.study
		}
		if t.url, err = w.cluster.create(ctx, t.dbName); err != nil {
			return nil, err
		}
	}
	var err error
	if t.process, t.client, err = w.start(ctx, t, t.url, w.binary); err != nil {
		return nil, err
	}
	w.targets[key] = t
	return t, nil
}

// conns is the limit that a server is started with; SQLite keeps its own.
func (w *world) conns(key targetKey) int {
	if key.database == sqlite {
		return 0
	}
	return w.options.Conns
}

// startFloor starts the floor on the database of the Keepsake server without Actions, and compares the two.
func (w *world) startFloor(ctx context.Context, key targetKey) (*target, error) {
	model, err := w.target(ctx, targetKey{server: keepsake, database: postgres, actions: noAction})
	if err != nil {
		return nil, err
	}
	w.say("starting the floor")
	if w.floor, err = newFloor(ctx, model, w.options.Conns); err != nil {
		return nil, err
	}
	t := &target{key: key, folder: model.folder, url: model.url, dbName: model.dbName}
	if t.process, t.client, err = w.start(ctx, t, t.url, ""); err != nil {
		return nil, err
	}
	w.targets[key] = t
	w.floor.target = t
	return t, w.floor.compare(ctx, model)
}

// playersOf returns the players of a cell, one per worker, and makes those that are missing.
func (w *world) playersOf(ctx context.Context, c cell) ([]player, error) {
	t, err := w.target(ctx, c.target())
	if err != nil {
		return nil, err
	}
	key := playerKey{t.key, c.Play, c.Client, c.Alg}
	for n := len(w.players[key]); n < c.Workers; n++ {
		p, err := w.newPlayer(ctx, t, c, n)
		if err != nil {
			return nil, fmt.Errorf("prepare worker %d of %s: %w", n, c, err)
		}
		w.players[key] = append(w.players[key], p)
	}
	return w.players[key][:c.Workers], nil
}

func (w *world) newPlayer(ctx context.Context, t *target, c cell, worker int) (player, error) {
	if t.key.server != floor {
		return newPlayer(ctx, t, c, worker)
	}
	form, err := w.floor.chain(ctx, t.url, audienceOf(c.Alg))
	return func(ctx context.Context) error { return t.refresh(ctx, form) }, err
}

// sortedTargets are the keys of the running servers, always in the same order.
func (w *world) sortedTargets() []targetKey {
	return slices.SortedFunc(maps.Keys(w.targets), func(a, b targetKey) int { return strings.Compare(a.String(), b.String()) })
}

// start starts a process of a target on a URL of its database. The floor is this program, whatever binary is.
func (w *world) start(ctx context.Context, t *target, url, binary string, env ...string) (*process, *http.Client, error) {
	if t.key.server == floor {
		return w.floor.start(ctx, t, url, env...)
	}
	env = append(env, w.options.Env...)
	return startKeepsake(ctx, binary, t, url, w.conns(t.key), env...)
}
