package actions

import (
	"log/slog"
	"slices"

	"github.com/dop251/goja"
)

// The functions of console that print, and their levels. The others (timers, counters, the ends of groups) exist and do
// nothing.
var (
	consoleLevels = map[string]slog.Level{
		"debug": slog.LevelDebug, "trace": slog.LevelDebug,
		"log": slog.LevelInfo, "info": slog.LevelInfo, "dir": slog.LevelInfo, "table": slog.LevelInfo, "group": slog.LevelInfo,
		"groupCollapsed": slog.LevelInfo,
		"warn":           slog.LevelWarn,
		"error":          slog.LevelError, "assert": slog.LevelError,
	}
	consoleNames = []string{
		"assert", "clear", "count", "countReset", "debug", "dir", "error", "group", "groupCollapsed", "groupEnd", "info", "log",
		"table", "time", "timeEnd", "timeLog", "trace", "warn",
	}
)

// newConsole makes the console object. What is printed goes to hooks.API.Log.
func (x *execution) newConsole() *goja.Object {
	return x.rt.NewDynamicObject(&lazyObject{names: slices.Clip(consoleNames), make: func(name string) goja.Value {
		level, prints := consoleLevels[name]
		return x.function(name, func(call goja.FunctionCall) goja.Value {
			args := call.Arguments
			if name == "assert" {
				if call.Argument(0).ToBoolean() {
					return goja.Undefined()
				}
				args = append([]goja.Value{x.rt.ToValue("Assertion failed")}, args[min(1, len(args)):]...)
			}
			if prints {
				x.print(level, args)
			}
			return goja.Undefined()
		})
	}})
}

func (x *execution) print(level slog.Level, args []goja.Value) {
	if x.printed > maxConsole {
		return
	}
	var text string
	if ex := x.rt.Try(func() { text = format(x.rt, args) }); ex != nil {
		text = "(a value that can't be shown)" // a getter or a toString of the Action's threw
	}
	text = cut(text, maxLine)
	if x.printed += len(text) + 1; x.printed > maxConsole {
		text = "(further console output of this execution is dropped)"
	}
	x.enter(func() error {
		if x.soft {
			x.lines = append(x.lines, line{level, text})
		} else {
			x.log(level, text)
		}
		return nil
	})
}
