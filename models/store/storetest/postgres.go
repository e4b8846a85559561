package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"example.com/keepsake/models"
	"example.com/keepsake/models/store"
	"example.com/keepsake/models/store/pgserver"
)

// EnvURL names the environment variable with the URL of a PostgreSQL server to use.
const EnvURL = "TEST_DATABASE_URL"

// startTimeout is how long a server may take to answer after it was started.
const startTimeout = time.Minute

// settings are those of a server that is started here. They trade durability for speed.
var settings = []string{
	"fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=300", "log_min_messages=fatal",
}

// cluster is the one PostgreSQL server of a test binary. This is process state by nature: Go has no other place for what all
// tests of a binary share and the end of the binary must undo.
type cluster struct {
	inMain bool // Main runs and will stop it

	once   sync.Once
	admin  *sql.DB
	url    *url.URL
	server *pgserver.Server // nil: not started here
	err    error
	prefix string

	creating sync.Mutex // PostgreSQL copies a template for one at a time
	count    int
}

var shared cluster

// Main runs a package's tests and stops the PostgreSQL server that they started, if they did. Call it from TestMain.
func Main(m *testing.M) {
	shared.inMain = true
	m.Run() // the exit code is kept by m
	shared.close()
}

// PostgresURL makes a fresh, migrated database and returns its URL. The database is gone after the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	if !shared.inMain {
		t.Fatal("storetest: TestMain of this package must call storetest.Main, which stops the PostgreSQL server")
	}
	shared.once.Do(func() { shared.err = shared.open() })
	if shared.err != nil {
		t.Fatalf("storetest: these tests need PostgreSQL: set %s to the URL of a server, or install its server binaries. %v", EnvURL, shared.err)
	}
	name, err := shared.create(t.Context())
	if err != nil {
		t.Fatalf("storetest: create database: %v", err)
	}
	t.Cleanup(func() {
		if err := shared.drop(name); err != nil {
			t.Errorf("storetest: %v", err)
		}
	})
	return shared.database(name)
}

// open finds or starts the server and migrates the template.
func (c *cluster) open() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*startTimeout)
	defer cancel()
	address := os.Getenv(EnvURL)
	if address == "" {
		var err error
		if c.server, err = pgserver.Start(ctx, pgserver.Options{Settings: settings, ExitOnInterrupt: true}); err != nil {
			return err
		}
		address = c.server.URL()
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return fmt.Errorf("%s is no postgres:// URL", EnvURL)
	}
	c.url = parsed
	if c.admin, err = sql.Open("pgx", address); err != nil {
		return fmt.Errorf("%s is no postgres:// URL", EnvURL)
	}
	c.admin.SetMaxOpenConns(4)
	if err := c.await(ctx); err != nil {
		return err
	}
	c.prefix = fmt.Sprintf("keepsake_%d_%d", os.Getpid(), time.Now().UnixNano())
	return c.makeTemplate(ctx)
}

// await waits until the server answers.
func (c *cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if c.server == nil { // somebody else's, which may still be starting
		return pgserver.Await(ctx, c.admin.PingContext)
	}
	return c.server.Await(ctx, c.admin.PingContext)
}

// makeTemplate makes the database that the others are copies of.
func (c *cluster) makeTemplate(ctx context.Context) error {
	if _, err := c.admin.ExecContext(ctx, `CREATE DATABASE "`+c.prefix+`"`); err != nil {
		return fmt.Errorf("create the template: %w", err)
	}
	keyring, err := models.NewKeyring(bytes.Repeat([]byte("t"), models.MinSecretLength))
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{URL: c.database(c.prefix), Keyring: keyring, MaxConns: 2})
	if err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	return s.Close()
}

func (c *cluster) create(ctx context.Context) (string, error) {
	c.creating.Lock()
	defer c.creating.Unlock()
	c.count++
	name := fmt.Sprintf("%s_%d", c.prefix, c.count)
	_, err := c.admin.ExecContext(ctx, `CREATE DATABASE "`+name+`" TEMPLATE "`+c.prefix+`"`)
	return name, err
}

func (c *cluster) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if _, err := c.admin.ExecContext(ctx, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// database returns the URL of a database on the server.
func (c *cluster) database(name string) string {
	u := *c.url
	u.Path = "/" + name
	return u.String()
}

// close removes what open made.
func (c *cluster) close() {
	if c.admin != nil {
		err := errors.Join(c.drop(c.prefix), c.admin.Close())
		if err != nil && c.server == nil {
			fmt.Fprintln(os.Stderr, "storetest:", err)
		}
	}
	if c.server != nil {
		c.server.Stop()
	}
}
