package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU times in /proc: USER_HZ, which is 100 on every architecture that Go runs on.
const tick = time.Second / 100

// stat is what is read of /proc/<pid>/stat (proc(5)).
type stat struct {
	pid    int
	parent int
	own    time.Duration // user and system time of the process
	reaped time.Duration // of its children that have ended
}

func parseStat(text []byte) (stat, error) {
	// The name, in parentheses, may have spaces and parentheses itself.
	end := bytes.LastIndexByte(text, ')')
	if end < 0 {
		return stat{}, fmt.Errorf("no process name in %q", text)
	}
	const parent, utime, cstime = 1, 11, 14 // fields after the name, from 0
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) <= cstime {
		return stat{}, fmt.Errorf("%d fields after the process name", len(fields))
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:max(bytes.IndexByte(text, '('), 0)])))
	if err != nil {
		return stat{}, err
	}
	var times [4]int64 // utime, stime, cutime, cstime
	for i := range times {
		n, err := strconv.ParseInt(fields[utime+i], 10, 64)
		if err != nil {
			return stat{}, err
		}
		times[i] = n
	}
	ppid, err := strconv.Atoi(fields[parent])
	if err != nil {
		return stat{}, err
	}
	return stat{pid: pid, parent: ppid, own: time.Duration(times[0]+times[1]) * tick, reaped: time.Duration(times[2]+times[3]) * tick}, nil
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(procFile(pid, "stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

func procFile(pid int, name string) string { return fmt.Sprintf("/proc/%d/%s", pid, name) }

// cpuOf returns the CPU time that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	s, err := readStat(pid)
	if err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return s.own, nil
}

// children returns the processes that a process has started and that have not ended.
func children(pid int) []stat {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is valid
	var found []stat
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		if s, err := parseStat(text); err == nil && s.parent == pid {
			found = append(found, s)
		}
	}
	return found
}

// cpuOfFamily returns the CPU time of a process and of its children, the ones that have ended included.
func cpuOfFamily(pid int) (time.Duration, error) {
	head, err := readStat(pid)
	if err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	total := head.own + head.reaped
	for _, child := range children(pid) {
		total += child.own
	}
	return total, nil
}

// resetPeak starts the measurement of the peak memory of a process and its children anew (proc(5), clear_refs).
func resetPeak(pid int) error {
	const peak = "5"
	if err := os.WriteFile(procFile(pid, "clear_refs"), []byte(peak), 0); err != nil {
		return fmt.Errorf("reset peak memory: %w", err)
	}
	for _, child := range children(pid) {
		_ = os.WriteFile(procFile(child.pid, "clear_refs"), []byte(peak), 0) // it may have ended
	}
	return nil
}

// The lines of /proc/<pid>/status about resident memory.
const (
	residentNow  = "VmRSS:"
	residentPeak = "VmHWM:"
)

// memoryOf returns the resident memory of a process and its children in bytes: now, or the most since resetPeak.
func memoryOf(pid int, which string) (int64, error) {
	total, err := statusLine(pid, which)
	if err != nil {
		return 0, fmt.Errorf("read memory: %w", err)
	}
	for _, child := range children(pid) {
		if n, err := statusLine(child.pid, which); err == nil { // else it has ended
			total += n
		}
	}
	return total, nil
}

func statusLine(pid int, which string) (int64, error) {
	text, err := os.ReadFile(procFile(pid, "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, which); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("no %s in %s", which, procFile(pid, "status"))
}
