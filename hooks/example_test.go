package hooks_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"example.com/keepsake/hooks"
	"example.com/keepsake/models"
)

// device remembers, with the refresh token, where a user signed in, and marks the token when it turns up in another country.
type device struct {
	// revoke ends the token instead of marking it.
	revoke bool
}

func (device) Info() hooks.Info { return hooks.Info{Name: "Track the device"} }

func (d device) PostLogin(_ context.Context, event *hooks.Event, api *hooks.API) error {
	country := "unknown"
	if event.Request.Geo != nil {
		country = cmp.Or(event.Request.Geo.CountryCode, country)
	}
	if event.RefreshToken == nil { // an initial login: what is set here waits for the token
		for key, value := range map[string]string{
			"initial_ip":         event.Request.IP,
			"initial_asn":        event.Request.ASN,
			"initial_country":    country,
			"initial_user_agent": event.Request.UserAgent,
		} {
			if err := api.RefreshToken.SetMetadata(key, cmp.Or(value, "unknown")); err != nil {
				return err
			}
		}
		return nil
	}

	initial := event.RefreshToken.Metadata["initial_country"]
	if initial == "" || initial == country {
		return nil
	}
	api.Log(slog.LevelInfo, fmt.Sprintf("Country changed from %s to %s", initial, country))
	if d.revoke {
		return api.RefreshToken.Revoke("Suspicious country change detected")
	}
	return errors.Join(
		api.RefreshToken.SetMetadata("country_changed", "true"),
		api.RefreshToken.SetMetadata("last_country", country),
	)
}

// A hook in Go does what an Action does in JavaScript, by the same rules.
func ExampleHook() {
	chain := hooks.Chain{Hooks: []hooks.Hook{device{}}}
	from := func(country string) hooks.Request {
		return hooks.Request{IP: "203.0.113.7", ASN: "AS64500", UserAgent: "App/1.0", Geo: &models.Geo{CountryCode: country}}
	}

	login, err := chain.Run(context.Background(), &hooks.Event{Request: from("DE")})
	if err != nil {
		fmt.Println("login:", err)
		return
	}
	stored := login.Metadata.Apply(nil)
	fmt.Println("stored:", stored["initial_country"], stored["initial_ip"], stored["initial_asn"], stored["initial_user_agent"])

	refresh, err := chain.Run(context.Background(), &hooks.Event{
		Request:      from("FR"),
		RefreshToken: &hooks.RefreshToken{ID: "rt_1", Metadata: stored},
	})
	if err != nil {
		fmt.Println("refresh:", err)
		return
	}
	fmt.Println("added:", refresh.Metadata.Set)
	fmt.Println("console:", refresh.Results[0].Logs)
	// Output:
	// stored: DE 203.0.113.7 AS64500 App/1.0
	// added: map[country_changed:true last_country:FR]
	// console: Country changed from DE to FR
}

// A hook that revokes the refresh token denies the exchange with its reason; hooks after it don't run.
func ExampleRefreshTokenAPI_Revoke() {
	chain := hooks.Chain{Hooks: []hooks.Hook{device{revoke: true}}}
	_, err := chain.Run(context.Background(), &hooks.Event{
		Request:      hooks.Request{Geo: &models.Geo{CountryCode: "FR"}},
		RefreshToken: &hooks.RefreshToken{ID: "rt_1", Metadata: models.Metadata{"initial_country": "DE"}},
	})
	var denied *hooks.DeniedError
	if errors.As(err, &denied) {
		fmt.Println(denied.Reason, denied.Revoke)
	}
	// Output: Suspicious country change detected true
}

// Func makes a hook of a function; an error that it returns fails the transaction and is shown to the client.
func ExampleFunc() {
	label := hooks.Func("Label", func(_ context.Context, event *hooks.Event, api *hooks.API) error {
		return api.RefreshToken.SetMetadata("device name", event.Request.UserAgent)
	})
	chain := hooks.Chain{Hooks: []hooks.Hook{label}}
	_, err := chain.Run(context.Background(), &hooks.Event{})
	fmt.Println(err)
	// Output: Failed to set refresh token metadata: Invalid metadata: Metadata keys may only include letters, numbers, underscores, or hyphens
}
