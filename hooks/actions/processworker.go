package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/hooks/actions/isolate"
	"example.com/keepsake/models"
)

// IsWorker reports whether this process was started to run Actions for another one: then its main function must call ServeWorker
// and nothing else.
func IsWorker() bool { return isolate.IsWorker() }

// ServeWorker runs Actions for the process that has started this one, until that one is gone. It is what Options.Worker has to do. The
// error says that this process was not started so, or that the other one is not understood.
func ServeWorker() error {
	w := &remoteWorker{programs: make(map[string]*remoteProgram)}
	return isolate.Serve(w.handle)
}

type remoteWorker struct{ programs map[string]*remoteProgram }

type remoteProgram struct {
	program *Program
	engine  *engine
	// began is the server's time when the execution began, started that of this process.
	began, started time.Time
}

// handle implements isolate.Handler. It answers what can't be understood with a platform error: the parent's log has the rest.
func (w *remoteWorker) handle(unitID string, unit, data []byte, c *isolate.Caller) []byte {
	answer, err := w.run(unitID, unit, data, c)
	if err != nil {
		var failed *hooks.ThrownError
		switch {
		case errors.Is(err, hooks.ErrNotHandled):
			answer.NotHandled = true
		case errors.As(err, &failed):
			answer = remoteAnswer{Error: &failed.ExecutionError}
		default:
			answer = remoteAnswer{Error: &models.ExecutionError{Class: hooks.ClassPlatformError, Name: "Error", Message: "The Action could not be run."}}
		}
	}
	encoded, err := json.Marshal(answer)
	if err != nil { // an Action's values are JSON, so this is ours
		encoded, _ = json.Marshal(remoteAnswer{Error: &models.ExecutionError{Class: hooks.ClassPlatformError, Name: "Error", Message: "The Action could not be run."}})
	}
	return encoded
}

func (w *remoteWorker) run(unitID string, unit, data []byte, c *isolate.Caller) (answer remoteAnswer, err error) {
	p, err := w.program(unitID, unit)
	if err != nil {
		return answer, err
	}
	var j remoteJob
	if err := json.Unmarshal(data, &j); err != nil {
		return answer, fmt.Errorf("decode the job: %w", err)
	}
	c.Begin() // a worker compiles each Program once, which takes longer than a run
	p.began, p.started = j.Run.Now, time.Now()
	api := j.Run.API(p.engine.now, c.Call)
	err = p.engine.run(context.Background(), job{
		program: p.program, secrets: j.Secrets, event: j.Run.Event, api: api, continues: j.Continues,
		log: func(level slog.Level, text string) { _ = c.Note(byte(int8(level)), text) },
	})
	return remoteAnswer{Changes: api.Changes()}, err
}

func (w *remoteWorker) program(id string, unit []byte) (*remoteProgram, error) {
	if p, ok := w.programs[id]; ok {
		return p, nil
	}
	var u remoteUnit
	if err := json.Unmarshal(unit, &u); err != nil {
		return nil, fmt.Errorf("decode the Action: %w", err)
	}
	program, err := Compile(u.Source)
	if err != nil {
		return nil, err
	}
	network, err := egress.Parse(u.Network)
	if err != nil {
		return nil, fmt.Errorf("read the network policy: %w", err)
	}
	p := &remoteProgram{program: program}
	// The clock of this process may not be the server's.
	now := func() time.Time {
		if u.Standing {
			return p.began
		}
		return p.began.Add(time.Since(p.started))
	}
	p.engine = newEngine(Options{MaxConcurrency: 1, MemoryLimit: u.Memory, Network: network, Now: now}.withDefaults())
	p.engine.alone = true
	w.programs[id] = p
	return p, nil
}
