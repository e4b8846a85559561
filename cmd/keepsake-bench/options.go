package main

import (
	"flag"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	Quick    bool
	Full     bool
	List     bool
	Run      *regexp.Regexp // which cells and studies; nil: all cells and no study
	Workers  []int          // instead of each cell's own; nil: those
	Duration time.Duration  // of one run
	Warmup   time.Duration  // before each run, not measured
	Runs     int            // of each cell
	Conns    int            // of each server to the database
	Env      []string       // of the Keepsake servers
	Binary   string         // a keepsake to measure instead of one built from this tree
	Profile  string         // folder for CPU profiles; empty: none
	Out      []string       // files for the report
	Folder   string         // where the data is put; empty: the system's folder for temporary files
	sizes
}

// sizes are how much the studies do.
type sizes struct {
	Rotations int           // of the study of that name
	Tokens    int           // in the large table of the study "size"
	Soak      time.Duration // of the study of that name
	Overload  time.Duration // how long too much arrives
	Starts    int           // of a server, in the study "ready"
	Races     int           // tokens that are presented several times at once
	Changes   int           // of the configuration
}

// fullSizes are those that the goals are stated for.
var (
	fullSizes  = sizes{Rotations: 1_000_000, Tokens: 10_000_000, Soak: 10 * time.Minute, Overload: 15 * time.Second, Starts: 10, Races: 1000, Changes: 10}
	quickSizes = sizes{Rotations: 20_000, Tokens: 200_000, Soak: time.Minute, Overload: 5 * time.Second, Starts: 3, Races: 200, Changes: 3}
)

// Defaults of the flags that -quick changes.
const (
	fullDuration, quickDuration = 3 * time.Second, time.Second
	fullWarmup, quickWarmup     = 500 * time.Millisecond, 200 * time.Millisecond
)

func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("keepsake-bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.Quick, "quick", false, "the few scenarios that matter most, in about a minute; studies at a small scale")
	f.BoolVar(&o.Full, "full", false, "every combination of what is played, Actions, client, algorithm, database and workers; over an hour")
	f.BoolVar(&o.List, "list", false, "print the names of the scenarios and of the studies and stop")
	f.Func("run", "only scenarios and studies whose name matches this `regexp` (see -list); studies run only when they are named", func(s string) (err error) {
		o.Run, err = regexp.Compile(s)
		return err
	})
	f.Func("workers", "`numbers` of workers, as 1,8,32, instead of each scenario's own", func(s string) (err error) {
		o.Workers, err = parseNumbers(s)
		return err
	})
	f.DurationVar(&o.Duration, "duration", 0, "how long one run is measured (default 3s; 1s with -quick)")
	f.DurationVar(&o.Warmup, "warmup", 0, "how long a run goes on before it is measured (default 500ms; 200ms with -quick)")
	f.IntVar(&o.Runs, "runs", 3, "runs of each scenario; the median is shown")
	f.IntVar(&o.Conns, "conns", 0, "most connections of each server to PostgreSQL (default Keepsake's own default)")
	f.Func("env", "environment `variable` of the Keepsake servers, NAME=VALUE, for experiments; may be repeated", func(s string) error {
		if !strings.Contains(s, "=") {
			return fmt.Errorf("no NAME=VALUE")
		}
		o.Env = append(o.Env, s)
		return nil
	})
	f.StringVar(&o.Binary, "binary", "", "measure this keepsake `program` instead of building one from the working tree")
	f.StringVar(&o.Profile, "profile", "", "afterwards, profile the refresh scenarios of most workers into this `folder`")
	f.StringVar(&o.Folder, "dir", "", "put the databases into this `folder`, which must be on a disk; it is empty again afterwards (default the system's for temporary files)")
	o.sizes.flags(f)
	f.Func("o", "write the report to this `file`, .json or .md; may be repeated", func(s string) error {
		if !strings.HasSuffix(s, ".json") && !strings.HasSuffix(s, ".md") {
			return fmt.Errorf("neither .json nor .md")
		}
		o.Out = append(o.Out, s)
		return nil
	})
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.Quick && o.Full {
		return nil, fmt.Errorf("-quick and -full exclude each other")
	}
	if o.Runs < 1 {
		return nil, fmt.Errorf("-runs must be at least 1")
	}
	o.setDurations()
	o.sizes.complete(o.Quick)
	return o, nil
}

func (o *options) setDurations() {
	duration, warmup := fullDuration, fullWarmup
	if o.Quick {
		duration, warmup = quickDuration, quickWarmup
	}
	if o.Duration <= 0 {
		o.Duration = duration
	}
	if o.Warmup <= 0 {
		o.Warmup = warmup
	}
}

func (s *sizes) flags(f *flag.FlagSet) {
	f.IntVar(&s.Rotations, "rotations", 0, "rotations of the study of that name (default 1000000; 20000 with -quick)")
	f.IntVar(&s.Tokens, "tokens", 0, "tokens in the large table of the study \"size\" (default 10000000; 200000 with -quick)")
	f.DurationVar(&s.Soak, "soak", 0, "how long the study of that name goes on (default 10m; 1m with -quick)")
	f.DurationVar(&s.Overload, "overload", 0, "how long too much arrives in the study of that name (default 15s; 5s with -quick)")
	f.IntVar(&s.Starts, "starts", 0, "starts of a server in the study \"ready\" (default 10; 3 with -quick)")
	f.IntVar(&s.Races, "races", 0, "tokens in the study \"replicas/race\" (default 1000; 200 with -quick)")
	f.IntVar(&s.Changes, "changes", 0, "changes in the study \"replicas/changes\" (default 10; 3 with -quick)")
}

// complete gives everything that was not given its default.
func (s *sizes) complete(quick bool) {
	given, standard := *s, fullSizes
	if quick {
		standard = quickSizes
	}
	*s = sizes{
		Rotations: positive(given.Rotations, standard.Rotations), Tokens: positive(given.Tokens, standard.Tokens), Soak: positive(given.Soak, standard.Soak),
		Overload: positive(given.Overload, standard.Overload), Starts: positive(given.Starts, standard.Starts), Races: positive(given.Races, standard.Races),
		Changes: positive(given.Changes, standard.Changes),
	}
}

func positive[N int | time.Duration](n, standard N) N {
	if n > 0 {
		return n
	}
	return standard
}

func parseNumbers(s string) ([]int, error) {
	var numbers []int
	for field := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 || n > maxWorkers {
			return nil, fmt.Errorf("%q is no number from 1 to %d", field, maxWorkers)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
