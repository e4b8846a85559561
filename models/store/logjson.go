package store

import (
	"strconv"
	"time"

	"example.com/keepsake/models"
)

// What every exchange stores in the log is written here member by member: encoding/json takes several times as long. What is written is what it
// would write, which a test holds, and it reads it again.

// appendTo appends the data as JSON text to b: what encoding/json makes of it.
func (d *logData) appendTo(b []byte) ([]byte, error) {
	b = append(b, '{')
	for _, member := range [...]struct{ name, value string }{
		{`"description":`, d.Description}, {`"connection_id":`, d.ConnectionID}, {`"connection":`, d.Connection},
		{`"organization_id":`, d.OrganizationID}, {`"organization_name":`, d.OrganizationName}, {`"client_name":`, d.ClientName},
		{`"user_name":`, d.UserName}, {`"audience":`, d.Audience}, {`"scope":`, d.Scope}, {`"strategy":`, d.Strategy},
		{`"strategy_type":`, d.StrategyType},
	} {
		if member.value != "" {
			b = append(models.AppendJSONString(append(b, member.name...), member.value), ',')
		}
	}
	b, err := appendOrigin(append(b, `"origin":`...), &d.Origin)
	for _, member := range [...]struct {
		name  string
		value map[string]any
	}{{`,"auth0_client":`, d.Auth0Client}, {`,"details":`, d.Details}} {
		if err == nil && len(member.value) > 0 {
			b, err = models.AppendJSON(append(b, member.name...), member.value)
		}
	}
	return append(b, '}'), err
}

func appendOrigin(b []byte, o *models.Origin) ([]byte, error) {
	b = models.AppendJSONString(append(b, `{"IP":`...), o.IP)
	b = models.AppendJSONString(append(b, `,"ASN":`...), o.ASN)
	b = append(b, `,"Geo":`...)
	var err error
	if o.Geo == nil {
		b = append(b, "null"...)
	} else if b, err = appendGeo(b, o.Geo); err != nil {
		return nil, err
	}
	b = models.AppendJSONString(append(b, `,"UserAgent":`...), o.UserAgent)
	b = models.AppendJSONString(append(b, `,"Hostname":`...), o.Hostname)
	for _, member := range [...]struct{ name, value string }{{`,"JA3":`, o.JA3}, {`,"JA4":`, o.JA4}} {
		if member.value != "" {
			b = models.AppendJSONString(append(b, member.name...), member.value)
		}
	}
	return append(b, '}'), nil
}

func appendGeo(b []byte, g *models.Geo) ([]byte, error) {
	b = append(b, '{')
	for _, member := range [...]struct{ name, value string }{
		{`"CityName":`, g.CityName}, {`"ContinentCode":`, g.ContinentCode}, {`"CountryCode":`, g.CountryCode}, {`"CountryCode3":`, g.CountryCode3},
		{`"CountryName":`, g.CountryName},
	} {
		b = append(models.AppendJSONString(append(b, member.name...), member.value), ',')
	}
	b, err := models.AppendJSON(append(b, `"Latitude":`...), g.Latitude)
	if err == nil {
		b, err = models.AppendJSON(append(b, `,"Longitude":`...), g.Longitude)
	}
	if err != nil {
		return nil, err
	}
	b = strconv.AppendBool(append(b, `,"HasPosition":`...), g.HasPosition)
	for _, member := range [...]struct{ name, value string }{
		{`,"SubdivisionCode":`, g.SubdivisionCode}, {`,"SubdivisionName":`, g.SubdivisionName}, {`,"TimeZone":`, g.TimeZone},
	} {
		b = models.AppendJSONString(append(b, member.name...), member.value)
	}
	return append(b, '}'), nil
}

// appendExecution appends the record of a run of the hooks as JSON text to b.
func appendExecution(b []byte, x *models.Execution) ([]byte, error) {
	b = models.AppendJSONString(append(b, `{"id":`...), x.ID)
	b = models.AppendJSONString(append(b, `,"trigger_id":`...), x.TriggerID)
	b = append(b, `,"results":`...)
	if x.Results == nil {
		return append(b, "null}"...), nil
	}
	b = append(b, '[')
	for i := range x.Results {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendResult(b, &x.Results[i]); err != nil {
			return nil, err
		}
	}
	return append(b, "]}"...), nil
}

func appendResult(b []byte, r *models.ExecutionResult) ([]byte, error) {
	b = append(b, '{')
	if r.ActionID != "" {
		b = append(models.AppendJSONString(append(b, `"action_id":`...), r.ActionID), ',')
	}
	b = models.AppendJSONString(append(b, `"action_name":`...), r.ActionName)
	if r.BindingID != "" {
		b = models.AppendJSONString(append(b, `,"binding_id":`...), r.BindingID)
	}
	if r.Version != 0 {
		b = strconv.AppendInt(append(b, `,"version":`...), r.Version, 10)
	}
	b = appendTime(append(b, `,"started_at":`...), r.StartedAt)
	b = appendTime(append(b, `,"ended_at":`...), r.EndedAt)
	if r.Error != nil {
		var err error
		if b, err = models.AppendJSON(append(b, `,"error":`...), r.Error); err != nil {
			return nil, err
		}
	}
	if r.Logs != "" {
		b = models.AppendJSONString(append(b, `,"logs":`...), r.Logs)
	}
	return append(b, '}'), nil
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}
