package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// This file is compiled into two programs: the benchmark, for the floor, and, laid over its sources for one build, Keepsake itself (profile.go),
// which has no such thing. So what is profiled is the product and this file, and nothing else. That is also why it begins in init
// and its names are so long.

// benchProfileEnv names the folder for profiles. Without it nothing here happens.
const benchProfileEnv = "KEEPSAKE_BENCH_PROFILE"

func init() {
	if folder := os.Getenv(benchProfileEnv); folder != "" {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
		go benchProfile(folder, signals)
	}
}

// benchProfile starts a CPU profile at the first signal, and at the second writes it with a profile of all allocations, then a file
// "done".
func benchProfile(folder string, signals <-chan os.Signal) {
	err := func() error {
		<-signals
		cpu, err := os.Create(filepath.Join(folder, "cpu.pprof"))
		if err != nil {
			return err
		}
		defer cpu.Close()
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return err
		}
		<-signals
		pprof.StopCPUProfile()
		allocs, err := os.Create(filepath.Join(folder, "allocs.pprof"))
		if err != nil {
			return err
		}
		defer allocs.Close()
		runtime.GC() // brings the statistics up to date
		if err := pprof.Lookup("allocs").WriteTo(allocs, 0); err != nil {
			return err
		}
		return nil
	}()
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "done"), nil, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
	}
}
