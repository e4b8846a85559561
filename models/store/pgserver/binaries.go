package pgserver

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	embedded "github.com/fergusstrange/embedded-postgres"
)

// binaries returns the folder with initdb and postgres, which are downloaded into folder when there are none.
func binaries(folder string) (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			initdb = real
		}
		if hasServer(filepath.Dir(initdb)) {
			return filepath.Dir(initdb), nil
		}
	}
	installed, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is valid
	slices.SortFunc(installed, func(a, b string) int { return majorVersion(b) - majorVersion(a) })
	for _, dir := range installed {
		if hasServer(dir) {
			return dir, nil
		}
	}
	return download(folder)
}

func hasServer(dir string) bool {
	return isFile(filepath.Join(dir, "initdb")) && isFile(filepath.Join(dir, "postgres"))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// majorVersion reads the version from /usr/lib/postgresql/15/bin.
func majorVersion(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // 0 sorts last
	return n
}

// installedLibraries returns those of the wanted libraries that the server of a bin folder could load: it does not start when it is
// told to load one that is not there.
func installedLibraries(bin string, wanted []string) []string {
	var found []string
	for _, name := range wanted {
		for _, dir := range []string{"../lib", "../lib/postgresql"} {
			if isFile(filepath.Join(bin, dir, name+".so")) {
				found = append(found, name)
				break
			}
		}
	}
	return found
}

// download has embedded-postgres fetch the server. It is used for that only: it would not run as root, nor end with the program.
func download(folder string) (string, error) {
	dir := filepath.Join(folder, "binaries")
	port, err := freePort()
	if err != nil {
		return "", err
	}
	server := embedded.NewDatabase(embedded.DefaultConfig().BinariesPath(dir).RuntimePath(filepath.Join(folder, "runtime")).
		Port(uint32(port)).Logger(io.Discard))
	startErr := server.Start()
	if startErr == nil {
		startErr = server.Stop()
	}
	if bin := filepath.Join(dir, "bin"); hasServer(bin) {
		return bin, nil
	}
	return "", fmt.Errorf("there are no server binaries on PATH or in /usr/lib/postgresql, and the download did not work: %w", startErr)
}
