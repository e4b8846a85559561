package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker (Makefile, Dockerfile); a plain go build leaves it to the module's build information.
var version string

// versionCmd prints the version.
type versionCmd struct{}

// Run prints one line.
func (*versionCmd) Run(h host) error {
	_, err := fmt.Fprintf(h.stdout, "keepsake %s (%s, %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// versionText returns the release, or for a build between releases the commit.
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
