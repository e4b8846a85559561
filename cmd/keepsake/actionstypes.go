package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/keepsake/hooks/actions/types"
)

// actionsTypesCmd writes the definitions of event and api.
type actionsTypesCmd struct {
	Output string `twin:"-" short:"o" placeholder:"DIR" help:"Write the definitions, and a jsconfig.json where there is none, into this folder. Default: print the definitions."`
}

// Help is shown under "keepsake actions types --help".
func (*actionsTypesCmd) Help() string {
	return `Editors that know TypeScript (VS Code and others) then complete event and api in the Actions of that folder and below. To have a file checked as well, begin it with:

    // @ts-check
    /** @type {PostLoginHandler} */
    exports.onExecutePostLogin = async (event, api) => {

On the command line: npx -p typescript tsc -p DIR/jsconfig.json`
}

// Run writes the files. One that is there and differs from a jsconfig.json of ours is left alone.
func (cmd *actionsTypesCmd) Run(h host) error {
	if cmd.Output == "" {
		_, err := io.WriteString(h.stdout, types.Definitions())
		return err
	}
	if err := os.MkdirAll(cmd.Output, 0o777); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	definitions := filepath.Join(cmd.Output, types.FileName)
	if err := os.WriteFile(definitions, []byte(types.Definitions()), 0o666); err != nil {
		return fmt.Errorf("write the definitions: %w", err)
	}
	fmt.Fprintf(h.stdout, "wrote %s\n", definitions)
	config := filepath.Join(cmd.Output, types.ConfigName)
	f, err := os.OpenFile(config, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		fmt.Fprintf(h.stdout, "kept %s\n", config)
		return nil
	}
	if err != nil {
		return fmt.Errorf("write the project file: %w", err)
	}
	_, err = io.WriteString(f, types.Config())
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the project file: %w", err)
	}
	fmt.Fprintf(h.stdout, "wrote %s\n", config)
	return nil
}
