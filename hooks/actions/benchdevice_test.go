package actions_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/models"
)

// BenchmarkEmptyAction is what it costs to run any Action.
func BenchmarkEmptyAction(b *testing.B) { benchmarkExchange(b, nothingAction, 1, actions.Options{}) }

// BenchmarkDeviceAction is the example tenant's device Action at an exchange from another country: it reads the token's
// metadata and the position, prints a line and sets two keys.
func BenchmarkDeviceAction(b *testing.B) {
	benchmarkExchange(b, exampleAction(b, "validate-device.js"), 1, actions.Options{})
}

// BenchmarkIsolation is the same Action in each of the places where a server may run it: auto has to be as fast as none.
func BenchmarkIsolation(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for name, isolation := range isolations {
		b.Run(name, func(b *testing.B) {
			benchmarkExchange(b, exampleAction(b, "validate-device.js"), 1, actions.Options{Isolation: isolation, Worker: []string{self}})
		})
	}
}

// BenchmarkTwentyActions shows that the cost of a chain is that of its Actions: ns/Action is BenchmarkDeviceAction's.
func BenchmarkTwentyActions(b *testing.B) {
	benchmarkExchange(b, exampleAction(b, "validate-device.js"), 20, actions.Options{})
}

func exampleAction(tb testing.TB, file string) string {
	code, err := os.ReadFile(filepath.Join("..", "..", "examples", "actions", file))
	if err != nil {
		tb.Fatal(err)
	}
	return string(code)
}

func benchmarkExchange(b *testing.B, code string, count int, o actions.Options) {
	source := bindings{&models.BoundActions{}}
	for i := range count {
		source.bound.Actions = append(source.bound.Actions, models.BoundAction{Action: models.Action{ID: strconv.Itoa(i), Name: "device", Code: code}})
	}
	o.Source = source
	registry := actions.NewRegistry(o)
	defer registry.Close()
	b.ReportAllocs()
	for b.Loop() {
		event := baseEvent()
		event.RefreshToken.Metadata = models.Metadata{"initial_country": "FR"}
		event.Request.Geo = &models.Geo{CountryCode: "DE"}
		chain, err := registry.Chain(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := chain.Run(b.Context(), event); err != nil {
			b.Fatal(err)
		}
		if event.RefreshToken.Metadata["last_country"] != "DE" && code != nothingAction {
			b.Fatal("the Action did not do its work")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/Action")
}
