package password

import (
	"context"
	"errors"
	"testing"

	"example.com/keepsake/models"
)

// users answers UserByLogin from a map of identifiers.
type users map[string]*models.User

func (u users) UserByLogin(_ context.Context, connection, identifier string) (*models.User, error) {
	if user, ok := u[identifier]; ok && user.Connection == connection {
		return user, nil
	}
	return nil, models.ErrNotFound
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	hasher := NewHasher(cheap)
	hash, err := hasher.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	people := users{
		"alice":   {ID: "auth0|alice", Connection: "db", PasswordHash: hash},
		"blocked": {ID: "auth0|blocked", Connection: "db", PasswordHash: hash, Blocked: true},
		"nopass":  {ID: "auth0|nopass", Connection: "db"},
	}
	for _, row := range []struct {
		name, connection, identifier, password string
		wantUser                               string
		wantErr                                error
	}{
		{"right password", "db", "alice", "secret", "auth0|alice", nil},
		{"wrong password", "db", "alice", "Secret", "auth0|alice", models.ErrWrongPassword},
		{"empty password", "db", "alice", "", "auth0|alice", models.ErrWrongPassword},
		{"unknown identifier", "db", "bob", "secret", "", models.ErrWrongUser},
		{"identifier of another connection", "other", "alice", "secret", "", models.ErrWrongUser},
		{"blocked, right password", "db", "blocked", "secret", "auth0|blocked", models.ErrBlocked},
		{"blocked, wrong password", "db", "blocked", "Secret", "auth0|blocked", models.ErrWrongPassword},
		{"user without a password", "db", "nopass", "secret", "auth0|nopass", models.ErrWrongPassword},
		{"user without a password, none given", "db", "nopass", "", "auth0|nopass", models.ErrWrongPassword},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			user, err := NewAuthenticator(people, hasher).Authenticate(t.Context(), row.connection, row.identifier, row.password)
			if !errors.Is(err, row.wantErr) {
				t.Errorf("error is %v, want %v", err, row.wantErr)
			}
			got := ""
			if user != nil {
				got = user.ID
			}
			if got != row.wantUser {
				t.Errorf("user is %q, want %q", got, row.wantUser)
			}
		})
	}
}

// TestEveryAnswerCostsOneHash: who exists must not be told by the work that is done.
func TestEveryAnswerCostsOneHash(t *testing.T) {
	t.Parallel()
	hasher := NewHasher(cheap)
	hash, err := hasher.Hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	people := users{
		"alice":   {ID: "auth0|alice", Connection: "db", PasswordHash: hash},
		"blocked": {ID: "auth0|blocked", Connection: "db", PasswordHash: hash, Blocked: true},
		"nopass":  {ID: "auth0|nopass", Connection: "db"},
	}
	for _, identifier := range []string{"alice", "blocked", "nopass", "nobody"} {
		for _, password := range []string{"secret", "wrong"} {
			t.Run(identifier+" with "+password, func(t *testing.T) {
				t.Parallel()
				counting := NewHasher(cheap)
				derive := counting.argon2id
				var costs []Cost
				counting.argon2id = func(p, salt []byte, passes, memory uint32, lanes uint8, n uint32) []byte {
					costs = append(costs, Cost{Memory: memory, Passes: passes, Lanes: lanes})
					return derive(p, salt, passes, memory, lanes, n)
				}
				_, _ = NewAuthenticator(people, counting).Authenticate(t.Context(), "db", identifier, password)
				if len(costs) != 1 || costs[0] != cheap.Cost {
					t.Errorf("hashes computed: %v, want one of %v", costs, cheap.Cost)
				}
			})
		}
	}
}

type brokenUsers struct{ err error }

func (u brokenUsers) UserByLogin(context.Context, string, string) (*models.User, error) {
	return nil, u.err
}

func TestFailuresAreNotWrongCredentials(t *testing.T) {
	t.Parallel()
	broken := errors.New("the database is away")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, row := range []struct {
		name  string
		ctx   context.Context
		users Users
		want  error
	}{
		{"users can't be read", t.Context(), brokenUsers{broken}, broken},
		{"the client is gone, user known", canceled, users{"alice": {Connection: "db", PasswordHash: goodBcrypt}}, context.Canceled},
		{"the client is gone, user unknown", canceled, users{}, context.Canceled},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			user, err := NewAuthenticator(row.users, NewHasher(cheap)).Authenticate(row.ctx, "db", "alice", "secret")
			if user != nil || !errors.Is(err, row.want) {
				t.Errorf("got %v, %v, want %v", user, err, row.want)
			}
			for _, wrong := range []error{models.ErrWrongUser, models.ErrWrongPassword, models.ErrBlocked} {
				if errors.Is(err, wrong) {
					t.Errorf("%v counts as %v", err, wrong)
				}
			}
		})
	}
}

func TestStoredHashThatIsNoneIsAFailure(t *testing.T) {
	t.Parallel()
	people := users{"alice": {Connection: "db", PasswordHash: "secret"}}
	user, err := NewAuthenticator(people, NewHasher(cheap)).Authenticate(t.Context(), "db", "alice", "secret")
	if user != nil || err == nil || errors.Is(err, models.ErrWrongPassword) {
		t.Errorf("got %v, %v, want a failure", user, err)
	}
}
