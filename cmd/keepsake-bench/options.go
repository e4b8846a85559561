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
	List     bool
	Run      *regexp.Regexp // which cells; nil: all
	Workers  []int          // instead of each cell's own; nil: those
	Duration time.Duration  // of one run
	Warmup   time.Duration  // before each run, not measured
	Runs     int            // of each cell
	Conns    int            // of each server to the database
	Env      []string       // of the Keepsake servers
	Binary   string         // a keepsake to measure instead of one built from this tree
	Profile  string         // folder for CPU profiles; empty: none
	Out      []string       // files for the report
}

// Defaults of the flags that -quick changes.
const (
	fullDuration, quickDuration = 3 * time.Second, time.Second
	fullWarmup, quickWarmup     = 500 * time.Millisecond, 200 * time.Millisecond
)

func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("keepsake-bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&o.Quick, "quick", false, "the few scenarios that matter most, in about a minute")
	f.BoolVar(&o.List, "list", false, "print the names of the scenarios and stop")
	f.Func("run", "only scenarios whose name matches this `regexp` (see -list)", func(s string) (err error) {
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
	if o.Runs < 1 {
		return nil, fmt.Errorf("-runs must be at least 1")
	}
	o.setDurations()
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
