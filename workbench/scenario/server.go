package scenario

import (
	"context"
	"time"

	"example.com/keepsake/models"
)

// Server is a running Keepsake that one test has for itself.
type Server struct {
	// Issuer is its address, with a trailing slash.
	Issuer string
	// Config is the tenant that it serves.
	Config *models.TenantConfig
	// Secret is the secret of every client that has one, Password the password of every user.
	Secret   string
	Password string
	// Machine is a client that may do everything over the Management API.
	Machine string
	Store   Store
	// Advance lets time pass.
	Advance func(d time.Duration) error
	// Now is the server's clock.
	Now func() time.Time
	// Stop ends the server and removes its data.
	Stop func() error
}

// Store is what a test looks into.
type Store interface {
	RefreshToken(ctx context.Context, id string) (*models.RefreshToken, error)
	RefreshTokens(ctx context.Context, filter models.RefreshTokenFilter, page models.Page) ([]models.RefreshToken, string, error)
	Session(ctx context.Context, id string) (*models.Session, error)
	User(ctx context.Context, id string) (*models.User, error)
	LogsAfter(ctx context.Context, id string, take int) ([]models.LogEvent, error)
}

// Setup is what a test wants of its server.
type Setup struct {
	// Dir is the folder of the scenario file.
	Dir string
	// Tenant is the tenant.yaml; empty: the nearest one above Dir, or the demo tenant.
	Tenant string
	// Actions are to be bound, in order; nil: what the tenant binds.
	Actions []Action
	// Start is the time at which the clock begins; zero: now.
	Start time.Time
}

// Start starts a server.
type Start func(ctx context.Context, s Setup) (*Server, error)
