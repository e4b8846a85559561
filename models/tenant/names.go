package tenant

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"example.com/keepsake/models"
)

// names is what sections may refer to in other sections.
type names struct {
	clients       map[string]string // id by id and by name
	apis          map[string]*models.ResourceServer
	connections   map[string]bool
	organizations map[string]string // id by id and by name
	roles         map[string]string // id by name
	actions       map[string]*models.Action

	// What was left out of a section, by its names. To refer to it is no mistake: the reference is left out too.
	skippedClients, skippedAPIs, skippedConnections, skippedActions map[string]bool

	// later are the checks of references to sections that are read afterwards.
	later []func()
}

func newNames() names {
	return names{
		clients: make(map[string]string), apis: make(map[string]*models.ResourceServer),
		connections: make(map[string]bool), organizations: make(map[string]string),
		roles: make(map[string]string), actions: make(map[string]*models.Action),
		skippedClients: make(map[string]bool), skippedAPIs: make(map[string]bool),
		skippedConnections: make(map[string]bool), skippedActions: make(map[string]bool),
	}
}

// derive returns 32 bytes that stand for a name. Ids that the document leaves out are made from them, so that loading it
// again means the same things. Such ids are public: that they can be worked out harms nobody.
func derive(parts ...string) [32]byte {
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// derivedID returns an id in the form of models.NewID.
func derivedID(prefix string, parts ...string) string {
	sum := derive(append([]string{prefix}, parts...)...)
	return models.FormatID(prefix, [16]byte(sum[:16]))
}

// derivedClientID returns a client_id: 32 letters and digits, as Auth0's are.
func derivedClientID(name string) string {
	sum := derive("client", name)
	return (models.FormatID("", [16]byte(sum[:16])) + models.FormatID("", [16]byte(sum[16:])))[:32]
}

// derivedHex returns 24 hexadecimal digits, as users and APIs have at Auth0.
func derivedHex(parts ...string) string {
	sum := derive(parts...)
	return hex.EncodeToString(sum[:12])
}
