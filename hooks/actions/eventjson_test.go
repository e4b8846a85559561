package actions_test

import (
	"encoding/json"
	"testing"

	"example.com/keepsake/hooks"
	"github.com/google/go-cmp/cmp"
)

// fullEvent is baseEvent as an Action sees it: every member, its name and its type (contract section 2).
const fullEvent = `{
  "authentication": {"methods": [{"name": "pwd", "timestamp": "2026-11-22T10:08:00.005Z"}]},
  "authorization": {"roles": ["admin"]},
  "client": {"client_id": "client123", "name": "My App", "metadata": {"tier": "gold"}},
  "configuration": {},
  "connection": {"id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0"},
  "organization": {"id": "org_abc123", "name": "acme", "display_name": "Acme Corp", "metadata": {"region": "eu"}},
  "refresh_token": {
    "id": "rt_123fake", "user_id": "auth0|5f7c8ec7c33c6c004bbafe82", "client_id": "client123", "session_id": "sess_123fake",
    "created_at": "2026-11-22T10:00:00.005Z", "expires_at": "2026-11-22T10:50:00.005Z", "idle_expires_at": "2026-11-22T10:40:00.005Z",
    "last_exchanged_at": "2026-11-22T10:10:00.005Z", "rotating": true,
    "resource_servers": [{"audience": "https://api.example.com/", "scopes": "openid offline_access read:notes"}],
    "device": {
      "initial_ip": "13.33.86.47", "initial_asn": "AS16509", "initial_user_agent": "curl/7.64.1",
      "last_ip": "203.0.113.9", "last_asn": "AS13335", "last_user_agent": "curl/8.5.0"
    },
    "metadata": {"deviceName": "Auth0's iPhone"}, "access": "offline"
  },
  "request": {
    "ip": "13.33.86.47", "asn": "AS16509", "method": "POST", "hostname": "localhost:8080", "language": "en", "user_agent": "curl/7.64.1",
    "query": {"audience": "https://api.example.com/"}, "body": {"grant_type": "refresh_token", "scope": ["a", "b"]},
    "geoip": {
      "cityName": "Bellevue", "continentCode": "NA", "countryCode": "US", "country_code": "US", "countryCode3": "USA",
      "countryName": "United States of America", "latitude": 47.61793, "longitude": -122.19584, "subdivisionCode": "WA",
      "subdivisionName": "Washington", "timeZone": "America/Los_Angeles"
    }
  },
  "resource_server": {"identifier": "https://api.example.com/"},
  "secrets": {"API_KEY": "s3cret"},
  "session": {
    "id": "sess_123fake", "user_id": "auth0|5f7c8ec7c33c6c004bbafe82", "created_at": "2026-11-22T10:04:00.005Z",
    "updated_at": "2026-11-22T10:05:00.005Z", "authenticated_at": "2026-11-22T10:06:00.005Z", "idle_expires_at": "2026-11-22T10:45:00.005Z",
    "expires_at": "2026-11-22T10:55:00.005Z", "last_interacted_at": "2026-11-22T10:07:00.005Z", "clients": [{"client_id": "client123"}],
    "cookie": {"mode": "persistent"},
    "device": {
      "initial_ip": "13.33.86.47", "initial_asn": "AS16509", "initial_user_agent": "curl/7.64.1",
      "last_ip": "203.0.113.9", "last_asn": "AS13335", "last_user_agent": "curl/8.5.0"
    },
    "metadata": {"kiosk": "no"}
  },
  "stats": {"logins_count": 4},
  "tenant": {"id": "demo"},
  "transaction": {
    "id": "tx_1", "protocol": "oauth2-refresh-token", "requested_scopes": ["openid", "offline_access"], "acr_values": [],
    "ui_locales": ["en"], "locale": "en", "metadata": {}
  },
  "user": {
    "user_id": "auth0|5f7c8ec7c33c6c004bbafe82", "email": "jane@example.com", "email_verified": true, "name": "Jane Doe", "nickname": "jane",
    "given_name": "Jane", "family_name": "Doe", "picture": "https://example.com/jane.png", "created_at": "2026-11-22T10:01:00.005Z",
    "updated_at": "2026-11-22T10:02:00.005Z", "last_password_reset": "2026-11-22T10:03:00.005Z",
    "app_metadata": {"plan": "pro", "limits": {"seats": 5}}, "user_metadata": {"theme": "dark"}, "multifactor": [], "enrolledFactors": [],
    "identities": [{"connection": "Username-Password-Authentication", "provider": "auth0", "user_id": "5f7c8ec7c33c6c004bbafe82", "isSocial": false}]
  }
}`

func TestTheWholeEvent(t *testing.T) {
	t.Parallel()
	h := newHook(t, `exports.onExecutePostLogin = async (event) => { console.log(JSON.stringify(event)); };`)
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, MaxLog: 1 << 16}).Run(t.Context(), baseEvent())
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	decode(t, []byte(out.Results[0].Logs), &got)
	decode(t, []byte(fullEvent), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// What an Action does to its event and to the globals reaches neither Go nor the Action after it.
func TestTheEventIsACopy(t *testing.T) {
	t.Parallel()
	vandal := newHook(t, `exports.onExecutePostLogin = async (event) => {
		const wreck = (o) => {
			for (const k of Object.keys(o)) {
				if (typeof o[k] === 'object' && o[k] !== null) wreck(o[k]);
				o[k] = 'wrecked';
			}
			o.more = 'wrecked';
		};
		wreck(event);
		const g = globalThis;
		for (const k of Object.getOwnPropertyNames(g)) delete g[k];
	};`)
	reader := newHook(t, `exports.onExecutePostLogin = async (event) => { console.log(JSON.stringify(event)); };`)
	event := baseEvent()
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{vandal, reader}, MaxLog: 1 << 16}).Run(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(baseEvent(), event); diff != "" {
		t.Errorf("Go's event (-want +got):\n%s", diff)
	}
	if !json.Valid([]byte(out.Results[1].Logs)) {
		t.Fatalf("the second Action saw %s", out.Results[1].Logs)
	}
	var got, want any
	decode(t, []byte(out.Results[1].Logs), &got)
	decode(t, []byte(fullEvent), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event of the second Action (-want +got):\n%s", diff)
	}
}
