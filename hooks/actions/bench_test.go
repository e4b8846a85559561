package actions_test

import (
	"testing"

	"example.com/keepsake/hooks"
	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

// deviceAction is the guide's Action for device information at login.
const deviceAction = `exports.onExecutePostLogin = async (event, api) => {
  // Only set device info if this is NOT a refresh token exchange
  // (i.e., this is the initial authentication)
  if (event.refresh_token) return;

  // Store device information in refresh token metadata
  api.refreshToken.setMetadata("initial_ip", event.request?.ip || "unknown");
  api.refreshToken.setMetadata("initial_asn", event.request?.asn?.value || "unknown");
  api.refreshToken.setMetadata("initial_country", event.request?.geoip?.country_code || "unknown");
  api.refreshToken.setMetadata("initial_user_agent", event.request?.user_agent || "unknown");
};
`

const nothingAction = `exports.onExecutePostLogin = async (event, api) => {};`

func BenchmarkChain(b *testing.B) {
	for _, bench := range []struct {
		name  string
		code  string
		count int
	}{
		{"an Action that does nothing", nothingAction, 1},
		{"the device Action at login", deviceAction, 1},
		{"five device Actions", deviceAction, 5},
		{"a computed member", nothingAction + "var a = {}; a[a];", 1},
	} {
		b.Run(bench.name, func(b *testing.B) {
			chain := &hooks.Chain{}
			for range bench.count {
				h, err := actions.New(models.BoundAction{Action: models.Action{Name: "device", Code: bench.code}}, actions.Options{})
				if err != nil {
					b.Fatal(err)
				}
				chain.Hooks = append(chain.Hooks, h)
			}
			b.ReportAllocs()
			for b.Loop() {
				event := baseEvent()
				event.RefreshToken = nil
				if _, err := chain.Run(b.Context(), event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEvent(b *testing.B) {
	event, secrets := baseEvent(), map[string]string{"API_KEY": "s3cret"}
	for name, members := range map[string][]string{"none": nil, "request": {"request"}, "refresh_token": {"refresh_token"}, "all": actions.EventMembers()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				actions.BuildEvent(event, secrets, members...)
			}
		})
	}
}
