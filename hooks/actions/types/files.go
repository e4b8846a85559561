package types

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed postlogin.d.ts globals.d.ts jsconfig.json
var files embed.FS

// FileName is the name of the definitions where they are written.
const FileName = "keepsake-actions.d.ts"

// ConfigName is the name of the project file that makes editors read the definitions.
const ConfigName = "jsconfig.json"

// Definitions returns the definitions of event and api and of what an Action finds in its global scope.
func Definitions() string { return read("postlogin.d.ts") + "\n" + read("globals.d.ts") }

// Config returns a project file for the folder that has the definitions.
func Config() string { return read("jsconfig.json") }

func read(name string) string {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		panic(fmt.Sprintf("read the embedded file %s: %v", name, err)) // it was there when this was compiled
	}
	return string(b)
}
