package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxWorkers bounds -workers.
const maxWorkers = 1024

// What is played.
const (
	playRefresh = "refresh"            // one exchange of a worker's own chain
	playLogin   = "login"              // /authorize, the login page, the code exchange
	playCode    = "code"               // /authorize with a session, the code exchange
	playPass    = "password"           // the password grant
	playMachine = "client_credentials" // a machine's token
	playGet     = "get"                // Management API: read a refresh token
	playPatch   = "patch"              // Management API: replace its metadata
)

// Who answers.
const (
	keepsake = "keepsake"
	floor    = "floor"
)

// Where the data is.
const (
	postgres = "postgres"
	sqlite   = "sqlite"
)

// Which Actions are bound.
const (
	noAction = "none"
	device   = "device" // the seed's that validates the device; a refresh sets two keys
	five     = "five"   // the demo tenant's five
)

// Which client asks.
const (
	public = "public" // PKCE, no secret
	post   = "post"   // client_secret_post
)

// Signatures of access tokens.
const (
	es256 = "ES256"
	rs256 = "RS256"
)

// cell is one scenario: what is measured under one name.
type cell struct {
	Play     string `json:"play"`
	Server   string `json:"server"`
	Database string `json:"database"`
	Actions  string `json:"actions"`
	Client   string `json:"client"`
	Alg      string `json:"alg"`
	Workers  int    `json:"workers"`
}

// String is the cell's name: refresh/keepsake/postgres/none/public/ES256/32.
func (c cell) String() string {
	return strings.Join([]string{c.Play, c.Server, c.Database, c.Actions, c.Client, c.Alg, strconv.Itoa(c.Workers)}, "/")
}

// target is the server that the cell is played against.
func (c cell) target() targetKey {
	return targetKey{server: c.Server, database: c.Database, actions: c.Actions}
}

// floor is the cell of the floor that this one is compared with, if it is comparable.
func (c cell) floor() (cell, bool) {
	if c.Play != playRefresh || c.Database != postgres || c.Server == floor {
		return cell{}, false
	}
	c.Server, c.Actions, c.Client = floor, noAction, public
	return c, true
}

// counted is the cell as the counting of round trips sees it: the number of workers does not matter.
func (c cell) counted() cell {
	c.Workers = 1
	return c
}

// group is a cell for several numbers of workers.
type group struct {
	cell
	workers []int
}

var allWorkers = []int{1, 8, 32, 64}

// groups are the scenarios that are run when nothing else is asked for. Those that are compared stand next to each other: they are run in this
// order, over and over.
func groups(quick bool) []group {
	refresh := func(server, database, actions, client, alg string, workers ...int) group {
		return group{cell{Play: playRefresh, Server: server, Database: database, Actions: actions, Client: client, Alg: alg}, workers}
	}
	other := func(play, database, actions, client string, workers ...int) group {
		return group{cell{Play: play, Server: keepsake, Database: database, Actions: actions, Client: client, Alg: es256}, workers}
	}
	if quick {
		return []group{
			refresh(floor, postgres, noAction, public, es256, 32),
			refresh(keepsake, postgres, noAction, public, es256, 32),
			refresh(keepsake, postgres, device, public, es256, 32),
			refresh(keepsake, postgres, five, public, es256, 32),
			refresh(keepsake, postgres, noAction, post, es256, 32),
			refresh(keepsake, sqlite, noAction, public, es256, 8),
			other(playLogin, postgres, noAction, public, 8),
			other(playCode, postgres, noAction, public, 8),
			other(playPass, postgres, noAction, post, 8),
			other(playMachine, postgres, noAction, post, 8),
			other(playGet, postgres, noAction, post, 8),
			other(playPatch, postgres, noAction, post, 8),
		}
	}
	return []group{
		refresh(floor, postgres, noAction, public, es256, allWorkers...),
		refresh(keepsake, postgres, noAction, public, es256, allWorkers...),
		refresh(keepsake, postgres, device, public, es256, allWorkers...),
		refresh(keepsake, postgres, five, public, es256, allWorkers...),
		refresh(keepsake, postgres, noAction, post, es256, 32),
		refresh(floor, postgres, noAction, public, rs256, 32),
		refresh(keepsake, postgres, noAction, public, rs256, 32),
		refresh(keepsake, postgres, device, post, rs256, 32),
		other(playLogin, postgres, noAction, public, allWorkers...),
		other(playCode, postgres, noAction, public, allWorkers...),
		other(playCode, postgres, device, public, 32),
		other(playPass, postgres, noAction, post, allWorkers...),
		other(playMachine, postgres, noAction, post, allWorkers...),
		other(playGet, postgres, noAction, post, allWorkers...),
		other(playPatch, postgres, noAction, post, allWorkers...),
		refresh(keepsake, sqlite, noAction, public, es256, allWorkers...),
		refresh(keepsake, sqlite, device, public, es256, 32),
		other(playCode, sqlite, noAction, public, 8),
		other(playMachine, sqlite, noAction, post, 8),
		other(playGet, sqlite, noAction, post, 8),
		other(playPatch, sqlite, noAction, post, 8),
	}
}

// everything is every combination that makes a difference: Actions do not run for machines and operators, and only /oauth/token authenticates
// clients in more than one way.
func everything() []group {
	var all []group
	add := func(c cell) { all = append(all, group{c, allWorkers}) }
	for _, database := range []string{postgres, sqlite} {
		for _, play := range []string{playRefresh, playLogin, playCode, playPass} {
			for _, alg := range []string{es256, rs256} {
				if play == playRefresh && database == postgres {
					add(cell{Play: play, Server: floor, Database: database, Actions: noAction, Client: public, Alg: alg})
				}
				for _, actions := range []string{noAction, device, five} {
					for _, client := range []string{public, post} {
						add(cell{Play: play, Server: keepsake, Database: database, Actions: actions, Client: client, Alg: alg})
					}
				}
			}
		}
		for _, alg := range []string{es256, rs256} {
			add(cell{Play: playMachine, Server: keepsake, Database: database, Actions: noAction, Client: post, Alg: alg})
		}
		for _, play := range []string{playGet, playPatch} {
			add(cell{Play: play, Server: keepsake, Database: database, Actions: noAction, Client: post, Alg: es256})
		}
	}
	return all
}

// selected are the scenarios of which the flags choose.
func (o *options) selected() []group {
	if o.Full {
		return everything()
	}
	return groups(o.Quick)
}

// cells are the selected scenarios in the order in which they are run: those of equal numbers of workers together, so that
// what is compared is measured at nearly the same time.
func (o *options) cells() []cell {
	var cells []cell
	for _, g := range o.selected() {
		workers := g.workers
		if o.Workers != nil {
			workers = o.Workers
		}
		for _, n := range workers {
			c := g.cell
			c.Workers = n
			if o.Run == nil || o.Run.MatchString(c.String()) {
				cells = append(cells, c)
			}
		}
	}
	blocks := map[cell]int{}
	for _, c := range cells {
		if _, ok := blocks[c.block()]; !ok {
			blocks[c.block()] = len(blocks)
		}
	}
	slices.SortStableFunc(cells, func(a, b cell) int {
		return cmp.Or(cmp.Compare(blocks[a.block()], blocks[b.block()]), cmp.Compare(a.Workers, b.Workers))
	})
	return cells
}

// block is what cells of one comparison have in common.
func (c cell) block() cell { return cell{Play: c.Play, Database: c.Database, Alg: c.Alg} }
