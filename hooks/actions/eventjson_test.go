package actions_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fullEvent is baseEvent as an Action sees it: every member, its name and its type (contract section 2).
const fullEvent = `{
  "authentication": {
    "methods": [{"name": "pwd", "timestamp": "2026-11-22T10:08:00.005Z"}],
    "riskAssessment": {
      "confidence": "medium", "version": "1",
      "assessments": {
        "ImpossibleTravel": {"code": "minimal_travel_from_last_login", "confidence": "high"},
        "NewDevice": {"code": "partial_match", "confidence": "medium", "details": {"device": "unknown", "useragent": "known"}},
        "UntrustedIP": {"code": "not_found_on_deny_list", "confidence": "high"}
      }
    }
  },
  "authorization": {"roles": ["admin", "editor", "viewer"]},
  "client": {
    "client_id": "client123", "name": "My App", "metadata": {"tier": "gold"},
    "refresh_token": {"policies": [{"audience": "https://notes.example.com/", "scope": ["read:notes"]}]}
  },
  "configuration": {},
  "connection": {"id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0"},
  "custom_domain": {"domain": "login.example.com", "domain_metadata": {"region": "eu"}},
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
  "security_context": {"ja3": "c13a3e168d43e62e0ad96fae6347e2e4", "ja4": "t13d1516h2_8daaf6152771_02713d6af862"},
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
    "app_metadata": {"plan": "pro", "limits": {"seats": 5}}, "user_metadata": {"theme": "dark"}, "multifactor": ["google-authenticator", "guardian"],
    "enrolledFactors": [{"type": "otp"}, {"type": "phone"}, {"type": "recovery-code"}],
    "identities": [{"connection": "Username-Password-Authentication", "provider": "auth0", "user_id": "5f7c8ec7c33c6c004bbafe82", "isSocial": false}]
  }
}`

// enrolled are the factors of the user of fullEvent.
func enrolled(context.Context) ([]models.Factor, error) {
	return []models.Factor{{Type: "otp"}, {Type: "phone"}, {Type: "recovery-code"}}, nil
}

// What can't be looked up is an error of the Action's own, which tells nothing of the reason.
func TestAFailedLookupFailsTheTransaction(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection refused by 10.0.0.7")
	lookup := hooks.Lookup{
		Groups:  func(context.Context) ([]models.Group, error) { return nil, broken },
		Risk:    func(context.Context) (*models.RiskAssessment, error) { return nil, broken },
		Factors: func(context.Context) ([]models.Factor, error) { return nil, broken },
	}
	for name, code := range map[string]string{
		"groups": `await api.groups.getUserGroups();`, "membership": `await api.groups.hasGroupMembership(['x']);`,
		"risk": `event.authentication.riskAssessment?.confidence;`, "factors": `event.user.enrolledFactors.length;`,
		"providers": `event.user.multifactor.length;`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := baseEvent()
			event.Lookup = lookup
			h := newHook(t, `exports.onExecutePostLogin = async (event, api) => { `+code+` };`)
			_, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), event)
			var failed *hooks.FailedError
			if !errors.As(err, &failed) || failed.Cause.Message != "The server could not read what the event is made of." {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Without anything to look up the members are there as far as Actions read them unguarded.
func TestNothingToLookUp(t *testing.T) {
	t.Parallel()
	event := baseEvent()
	event.Lookup = hooks.Lookup{}
	h := newHook(t, `exports.onExecutePostLogin = async (event, api) => {
		console.log(event.user.enrolledFactors.length, event.user.multifactor.length, 'riskAssessment' in event.authentication,
			(await api.groups.getUserGroups()).groups.length);
	};`)
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}}).Run(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := out.Results[0].Logs, "0 0 false 0"; got != want {
		t.Errorf("logs %q, want %q", got, want)
	}
}

func TestTheWholeEvent(t *testing.T) {
	t.Parallel()
	h := newHook(t, `exports.onExecutePostLogin = async (event) => { console.log(JSON.stringify(event)); };`)
	event := baseEvent()
	event.Lookup.Factors = enrolled
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{h}, MaxLog: 1 << 16}).Run(t.Context(), event)
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
	event.Lookup.Factors = enrolled
	out, err := (&hooks.Chain{Hooks: []hooks.Hook{vandal, reader}, MaxLog: 1 << 16}).Run(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(baseEvent(), event, cmpopts.IgnoreFields(hooks.Event{}, "Lookup")); diff != "" {
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
