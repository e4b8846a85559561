package nodejs

import (
	"time"

	"github.com/dop251/goja"
)

// nativeIntl are the functions of lib/internal/intl.js.
func (e *Env) nativeIntl() functions {
	return functions{
		// parts(milliseconds, zone or undefined) returns an instant's numbers in a time zone, the zone and its name then.
		"parts": func(call goja.FunctionCall) goja.Value {
			location := time.Local
			if zone := call.Argument(1); !goja.IsUndefined(zone) {
				var err error
				if location, err = time.LoadLocation(zone.String()); err != nil || zone.String() == "Local" || zone.String() == "" {
					panic(e.newError("RangeError", "", "Invalid time zone specified: "+zone.String()))
				}
			}
			t := time.UnixMilli(call.Argument(0).ToInteger()).In(location)
			name, offset := t.Zone()
			zone := location.String()
			if zone == "Local" {
				zone = "UTC" // the server's own has no name
			}
			o := e.rt.NewObject()
			for member, v := range map[string]any{
				"year": t.Year(), "month": int(t.Month()), "day": t.Day(), "weekday": int(t.Weekday()), "hour": t.Hour(), "minute": t.Minute(),
				"second": t.Second(), "offset": offset / 60, "zone": zone, "name": name,
			} {
				_ = o.Set(member, v)
			}
			return o
		},
	}
}
