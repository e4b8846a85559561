package mgmt

import (
	"strings"

	"example.com/keepsake/models"
)

// environmentName is what the log schema's required environment_name says here.
const environmentName = "keepsake"

// logBody is a log event as the API shows it (contract 6.1). Strings that an event does not have are empty, and details
// is never null, so that every event validates against Auth0's log schemas.
type logBody struct {
	Date             timestamp         `json:"date"`
	Type             models.LogType    `json:"type"`
	Description      string            `json:"description"`
	Connection       string            `json:"connection"`
	ConnectionID     string            `json:"connection_id"`
	OrganizationID   string            `json:"organization_id"`
	OrganizationName string            `json:"organization_name"`
	ClientID         string            `json:"client_id"`
	ClientName       string            `json:"client_name"`
	IP               string            `json:"ip"`
	Hostname         string            `json:"hostname"`
	UserID           string            `json:"user_id"`
	UserName         string            `json:"user_name"`
	UserAgent        string            `json:"user_agent"`
	Audience         string            `json:"audience"`
	Scope            string            `json:"scope"`
	Strategy         string            `json:"strategy"`
	StrategyType     string            `json:"strategy_type"`
	Mobile           bool              `json:"isMobile"`
	Details          map[string]any    `json:"details"`
	Auth0Client      map[string]any    `json:"auth0_client,omitempty"`
	Location         *locationBody     `json:"location_info,omitempty"`
	Security         *securityBody     `json:"security_context,omitempty"`
	TenantName       string            `json:"tenant_name"`
	EnvironmentName  string            `json:"environment_name"`
	Schema           map[string]string `json:"$event_schema"`
	LogID            string            `json:"log_id"`
	ID               string            `json:"_id"`
}

// securityBody is what is known of the TLS client.
type securityBody struct {
	JA3 string `json:"ja3,omitempty"`
	JA4 string `json:"ja4,omitempty"`
}

func security(o models.Origin) *securityBody {
	if o.JA3 == "" && o.JA4 == "" {
		return nil
	}
	return &securityBody{JA3: o.JA3, JA4: o.JA4}
}

// locationBody is where an event came from. Members that are not known are left out: the schema has minimum lengths.
type locationBody struct {
	CountryCode   string   `json:"country_code,omitempty"`
	CountryCode3  string   `json:"country_code3,omitempty"`
	CountryName   string   `json:"country_name,omitempty"`
	CityName      string   `json:"city_name,omitempty"`
	Latitude      *float64 `json:"latitude,omitempty"`
	Longitude     *float64 `json:"longitude,omitempty"`
	TimeZone      string   `json:"time_zone,omitempty"`
	ContinentCode string   `json:"continent_code,omitempty"`
}

func (a *API) showLog(e *models.LogEvent) any {
	details := e.Details
	if details == nil {
		details = map[string]any{}
	}
	return logBody{
		Date: timestamp(e.Date), Type: e.Type, Description: e.Description,
		Connection: e.Connection, ConnectionID: e.ConnectionID,
		OrganizationID: e.OrganizationID, OrganizationName: e.OrganizationName,
		ClientID: e.ClientID, ClientName: e.ClientName,
		IP: e.Origin.IP, Hostname: e.Origin.Hostname,
		UserID: e.UserID, UserName: e.UserName, UserAgent: e.Origin.UserAgent,
		Audience: e.Audience, Scope: e.Scope,
		Strategy: e.Strategy, StrategyType: e.StrategyType,
		Mobile: mobile(e.Origin.UserAgent), Details: details, Auth0Client: e.Auth0Client,
		Location:   location(e.Origin.Geo),
		Security:   security(e.Origin),
		TenantName: a.tenantName, EnvironmentName: environmentName,
		Schema: map[string]string{"version": "1.0.0"},
		LogID:  e.ID, ID: e.ID,
	}
}

func location(g *models.Geo) *locationBody {
	if g == nil {
		return nil
	}
	l := &locationBody{
		CountryCode: g.CountryCode, CountryCode3: g.CountryCode3, CountryName: g.CountryName,
		CityName: g.CityName, TimeZone: g.TimeZone, ContinentCode: g.ContinentCode,
	}
	if g.HasPosition {
		l.Latitude, l.Longitude = &g.Latitude, &g.Longitude
	}
	return l
}

// mobile reports whether a User-Agent is a phone's or a tablet's, by the words that their browsers agree on.
func mobile(userAgent string) bool {
	for _, word := range []string{"Mobile", "Android", "iPhone", "iPad"} {
		if strings.Contains(userAgent, word) {
			return true
		}
	}
	return false
}
