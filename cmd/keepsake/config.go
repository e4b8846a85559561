package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"example.com/keepsake/hooks/actions"
	"example.com/keepsake/hooks/actions/egress"
)

// serveFlags are the flags of a server. All are texts here, so that every problem is found in one go (settings) and not
// only the first (kong). Each has an environment twin (twinOf); the flag wins over the environment, and that over the
// default.
type serveFlags struct {
	Listen         string `group:"Server" default:"127.0.0.1:8080" help:"Address to listen on, as host:port."`
	Issuer         string `group:"Server" placeholder:"URL" help:"URL by which clients reach this server, the issuer of its tokens. Default: http://<listen>/."`
	TrustedProxies string `group:"Server" placeholder:"CIDR,..." help:"Networks of the reverse proxies whose X-Forwarded-For is believed."`
	MaxRequests    string `group:"Server" placeholder:"N" help:"Most requests that are worked on at once. As many again may wait for their turn; others are told to come back. Default: 16 per CPU."`

	JA3Header string `group:"Server" name:"ja3-header" placeholder:"NAME" help:"Header in which trusted proxies tell the JA3 fingerprint of a TLS client, for event.security_context."`
	JA4Header string `group:"Server" name:"ja4-header" placeholder:"NAME" help:"The same for JA4."`

	DatabaseURL      string `group:"Data" name:"database-url" default:"sqlite:keepsake.db" help:"Where the data is: sqlite:<path> or postgres://<user>@<host>/<database>. Put a password into the environment, not into the flag."`
	DatabaseMaxConns string `group:"Data" placeholder:"N" help:"Most connections to the database at once. Default: chosen for the kind of database."`
	Tenant           string `group:"Data" placeholder:"PATH" help:"The tenant.yaml to load, or a folder that has one. Default: the demo tenant, on loopback addresses only."`
	LogRetention     string `group:"Data" default:"30d" help:"How long the tenant's log events are kept, as 12h or 30d."`

	GeoipCity string `group:"Location" placeholder:"FILE" help:"MaxMind City database (.mmdb), for event.request.geoip."`
	GeoipASN  string `group:"Location" name:"geoip-asn" placeholder:"FILE" help:"MaxMind ASN database (.mmdb), for event.request.asn."`

	UntrustedIPs string `group:"Risk" name:"untrusted-ips" placeholder:"FILE" help:"Addresses and networks that are not trusted, one a line, for event.authentication.riskAssessment."`

	actionFlags
	ActionIsolation string `group:"Actions" default:"auto" help:"Where Actions run: auto (in the server, and in worker processes what takes more than a moment), process (all in worker processes) or none (all in the server)."`
	ActionLogLimit  string `group:"Actions" default:"${action_log_limit}" help:"How many characters of its console output an execution record keeps."`

	MessageSender string `group:"Second factors" placeholder:"log|none|URL" help:"Who brings one-time codes to people by email and text message: the log, nobody, or the https endpoint to post them to. Default: the log on loopback addresses, nobody on others."`

	Clock            string `group:"Development" default:"real" help:"Which time it is: real, or manual: a clock that stands still until POST /keepsake/clock advances it. On loopback addresses only."`
	Watch            bool   `group:"Development" help:"Apply the tenant anew whenever it or one of its Actions is saved. What is broken leaves the last good one running."`
	ForceManualClock bool   `group:"Development" help:"Allow a manual clock with PostgreSQL."`

	LogFormat string `group:"Logging" default:"text" help:"Format of the server's own log: text or json."`
	LogLevel  string `group:"Logging" default:"info" help:"Least level that is logged: debug, info, warn or error."`
}

// actionFlags are those flags of a server that say what Actions may do. The commands that run Actions without one have them too.
type actionFlags struct {
	ActionTimeout string `group:"Actions" default:"${action_timeout}" help:"How long all Actions of one login or refresh may take together."`
	ActionNetwork string `group:"Actions" default:"open" placeholder:"POLICY" help:"Where Actions may connect to: off; open, which is every public address; or a list of HOST[:PORT], *.DOMAIN and networks, with open in it or not. Loopback and private addresses are reached only if they are in the list."`
}

// check returns the time that Actions have, and where they may connect to.
func (f *actionFlags) check(c *checker) (timeout time.Duration, network *egress.Policy) {
	timeout = checkDuration(c, "action-timeout", f.ActionTimeout)
	if timeout > actions.MaxTimeout {
		c.flag("action-timeout", "%q is more than %s", f.ActionTimeout, actions.MaxTimeout)
	}
	return timeout, checkNetwork(c, "action-network", f.ActionNetwork)
}

// settings is the checked configuration of a server.
type settings struct {
	Listen         string
	Issuer         string // with a trailing slash; empty: http://<address listened on>/
	TrustedProxies []netip.Prefix
	MaxRequests    int // 0: chosen for the machine
	Database       database
	MaxConns       int    // 0: the store chooses
	Tenant         string // empty: the demo tenant
	LogRetention   time.Duration
	GeoIPCity      string
	GeoIPASN       string
	UntrustedIPs   string
	JA3Header      string
	JA4Header      string
	ActionTimeout  time.Duration
	ActionNetwork  *egress.Policy
	ActionLogLimit int
	Isolation      actions.Isolation
	MessageSender  string // log, none or a URL; empty: it depends on the address
	MessageToken   string
	Watch          bool
	Clock          *manualClock // nil: the real time
	Playground     *playground  // nil: a server of its own right
	LogFormat      string
	LogLevel       slog.Level
	Secrets        secrets
}

// now returns the server's clock.
func (s *settings) now() func() time.Time {
	if s.Clock != nil {
		return s.Clock.Now
	}
	return time.Now
}

// Demo reports whether the demo tenant is to be loaded.
func (s *settings) Demo() bool { return s.Tenant == "" }

// configError is everything that is wrong with a configuration, one line each.
type configError struct {
	What     string // what is wrong: "the configuration"
	Problems []string
}

// Error returns a headline and the problems, each on a line of its own.
func (e *configError) Error() string {
	headline := fmt.Sprintf("%d problems with %s:", len(e.Problems), e.What)
	if len(e.Problems) == 1 {
		headline = fmt.Sprintf("a problem with %s:", e.What)
	}
	return headline + "\n  " + strings.Join(e.Problems, "\n  ")
}

// checker collects problems.
type checker struct {
	what     string // what is checked; empty: the configuration
	problems []string
}

// flag adds a problem of a flag, which it names together with its environment twin.
func (c *checker) flag(name, format string, args ...any) {
	c.add("--%s (%s): %s", name, twinOf(name), fmt.Sprintf(format, args...))
}

func (c *checker) add(format string, args ...any) {
	// One problem is one line, whatever the text came from.
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n    ")
	c.problems = append(c.problems, text)
}

// err returns a *configError, or nil when there was no problem.
func (c *checker) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return &configError{What: cmp.Or(c.what, "the configuration"), Problems: c.problems}
}

// settings checks the flags and reads the secret's environment. What is wrong is added to c; then the settings must not be
// used.
func (f *serveFlags) settings(lookupEnv func(string) (string, bool), c *checker) *settings {
	s := &settings{Tenant: f.Tenant, GeoIPCity: f.GeoipCity, GeoIPASN: f.GeoipASN, UntrustedIPs: f.UntrustedIPs}
	s.Listen = checkListen(c, f.Listen)
	s.Issuer = checkIssuer(c, f.Issuer)
	s.TrustedProxies = checkPrefixes(c, "trusted-proxies", f.TrustedProxies)
	if f.MaxRequests != "" {
		s.MaxRequests = checkNumber(c, "max-requests", f.MaxRequests, 1, 100_000)
	}
	s.JA3Header = checkHeader(c, "ja3-header", f.JA3Header)
	s.JA4Header = checkHeader(c, "ja4-header", f.JA4Header)
	s.Database = checkDatabase(c, f.DatabaseURL)
	if f.DatabaseMaxConns != "" {
		s.MaxConns = checkNumber(c, "database-max-conns", f.DatabaseMaxConns, 1, 10_000)
	}
	s.LogRetention = checkDuration(c, "log-retention", f.LogRetention)
	s.ActionTimeout, s.ActionNetwork = f.actionFlags.check(c)
	s.Isolation = isolations[checkOneOf(c, "action-isolation", f.ActionIsolation, "auto", "process", "none")]
	s.ActionLogLimit = checkNumber(c, "action-log-limit", f.ActionLogLimit, 1, 1<<20)
	s.MessageSender = checkSender(c, f.MessageSender)
	s.MessageToken, _ = lookupEnv(messageTokenEnv)
	if s.Watch = f.Watch; s.Watch && s.Demo() {
		c.flag("watch", "needs --tenant: the demo tenant is part of the program")
	}
	if checkClock(c, s, f.Clock, f.ForceManualClock) {
		s.Clock = newManualClock(time.Now())
	}
	s.LogFormat = checkOneOf(c, "log-format", f.LogFormat, "text", "json")
	s.LogLevel = checkLevel(c, f.LogLevel)
	s.Secrets = findSecrets(c, lookupEnv, s.Database)
	if s.Demo() {
		checkDemo(c, s)
	}
	return s
}

// twinOf returns the environment variable that stands for a flag: KEEPSAKE_DATABASE_URL for --database-url.
func twinOf(flag string) string {
	return "KEEPSAKE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// hasTwin reports whether a flag can be given in the environment: all can but --help, and those of single commands that say
// twin:"-".
func hasTwin(flag *kong.Flag) bool {
	return flag != nil && flag.Name != "help" && flag.Tag.Get("twin") != "-"
}

// twins fills flags that are not on the command line from the environment. An empty variable counts as unset, because
// that is what Compose files and CI systems leave behind for what they were not given.
func twins(lookupEnv func(string) (string, bool)) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if !hasTwin(flag) {
			return nil, nil
		}
		if value, ok := lookupEnv(twinOf(flag.Name)); ok && value != "" {
			return value, nil
		}
		return nil, nil
	})
}

// helpWithTwin shows the environment twin behind a flag's help.
func helpWithTwin(value *kong.Value) string {
	if !hasTwin(value.Flag) {
		return value.Help
	}
	return value.Help + " ($" + twinOf(value.Flag.Name) + ")"
}
