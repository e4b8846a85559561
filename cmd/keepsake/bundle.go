package main

import (
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

// bundleActions puts the packages that Actions require into their code, from the node_modules in dir, and compiles them all, so that
// a mistake in one is reported with the others and not at the first login. The errors are all that is wrong.
func bundleActions(list []models.Action, dir string) []error {
	var errs []error
	for i := range list {
		a := &list[i]
		bundle, err := actions.Build(*a, dir)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		a.Bundle = bundle
		if _, err := actions.Compile(actions.Source{Name: a.Name, File: a.File, Code: a.Code, Bundle: bundle}); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
