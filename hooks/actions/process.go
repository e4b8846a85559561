package actions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions/egress"
	"example.com/keepsake/hooks/actions/isolate"
	"example.com/keepsake/models"
)

// processes runs Programs in worker processes. A worker gets the code, the secrets, the event and the outcome so far, and sends back what the
// Action has made of them; console output comes along the way.
type processes struct {
	pool     *isolate.Pool
	memory   int64
	network  string
	standing bool
	logger   *slog.Logger
}

func newProcesses(o Options) *processes {
	pool := isolate.New(isolate.Options{Command: o.Worker, Max: o.MaxWorkers, Memory: 2 * o.MemoryLimit, Logger: o.Logger})
	return &processes{pool: pool, memory: o.MemoryLimit, network: networkOf(o), standing: o.StandingClock, logger: o.Logger}
}

func networkOf(o Options) string {
	if o.Network == nil {
		return egress.Off().String()
	}
	return o.Network.String()
}

// remoteUnit is a Program on its way to a worker.
type remoteUnit struct {
	Source Source `json:"source"`
	Memory int64  `json:"memory"`
	// Network is the policy for connections, as egress.Parse reads it.
	Network string `json:"network"`
	// Standing is Options.StandingClock.
	Standing bool `json:"standing,omitempty"`
}

// remoteJob is an execution on its way to a worker.
type remoteJob struct {
	Run       hooks.Remote      `json:"run"`
	Secrets   map[string]string `json:"secrets,omitempty"`
	Continues bool              `json:"continues,omitempty"`
}

// remoteAnswer is how it ended there.
type remoteAnswer struct {
	Changes    hooks.Changes          `json:"changes"`
	Error      *models.ExecutionError `json:"error,omitempty"`
	NotHandled bool                   `json:"not_handled,omitempty"`
}

// newUnit returns a Program as workers get it, and its id.
func newUnit(u remoteUnit) (id string, data []byte) {
	data, err := json.Marshal(u)
	if err != nil {
		panic(err) // strings and a number
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), data
}

// run is engine.run in a worker process; slow says that the execution has taken long already.
func (p *processes) run(ctx context.Context, j job, slow bool) error {
	data, err := json.Marshal(remoteJob{Run: j.api.Remote(), Secrets: j.secrets, Continues: j.continues})
	if err != nil {
		return fmt.Errorf("encode the Action's event: %w", err)
	}
	j.program.remote.Do(func() {
		j.program.unitID, j.program.unit = newUnit(remoteUnit{j.program.source, p.memory, p.network, p.standing})
	})
	result, err := p.pool.Run(ctx, isolate.Task{
		Key: j.program.name, UnitID: j.program.unitID, Unit: j.program.unit, Job: data, Slow: slow,
		Call: j.api.Answer,
		Note: func(tag byte, text []byte) { j.api.Log(slog.Level(int8(tag)), string(text)) },
	})
	if err != nil {
		return p.failure(ctx, j, err)
	}
	if result.CPU < easyTime {
		j.program.strain.easy()
	}
	var answer remoteAnswer
	if err := json.Unmarshal(result.Answer, &answer); err != nil {
		return p.failure(ctx, j, fmt.Errorf("decode the answer: %w", err))
	}
	switch {
	case answer.Error != nil:
		return &hooks.ThrownError{ExecutionError: *answer.Error}
	case answer.NotHandled:
		return hooks.ErrNotHandled
	}
	j.api.Apply(answer.Changes)
	return nil
}

// failure says in the words of an Action's author what happened to a worker. What is nobody's business but the operator's is logged.
func (p *processes) failure(ctx context.Context, j job, err error) error {
	switch {
	case errors.Is(err, isolate.ErrMemory):
		return thrown(hooks.ClassActionError, "RangeError", messageMemory)
	case errors.Is(err, isolate.ErrStack):
		return thrown(hooks.ClassActionError, "RangeError", messageOverflow)
	case errors.Is(err, isolate.ErrBusy):
		return errBusy()
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return fmt.Errorf("run the Action: %w", err)
	}
	p.logger.ErrorContext(ctx, "an Action could not be run in a worker process", "action", j.program.name, "error", err)
	return thrown(hooks.ClassPlatformError, "Error", "The Action could not be run.")
}
