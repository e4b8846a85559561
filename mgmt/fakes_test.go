package mgmt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/keepsake/models"
)

// errBroken is what the database says on a bad day. Nothing of it may reach a client.
var errBroken = errors.New("dial tcp 10.0.0.7:5432: password authentication failed for keepsake")

// store is all of deps.go but Verifier, in memory. Set broken, and everything fails.
type store struct {
	mu      sync.Mutex
	broken  error
	tokens  map[string]*models.RefreshToken
	session map[string]*models.Session
	users   map[string]*models.User
	clients map[string]*models.Client
	apis    map[string]*models.ResourceServer
	factors map[string][]models.Authenticator
	events  []*models.LogEvent
	writes  int // calls that changed something
	filters []models.RefreshTokenFilter
}

func (s *store) RefreshToken(_ context.Context, id string) (*models.RefreshToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, found := s.tokens[id]
	if !found || s.broken != nil {
		return nil, or(s.broken, models.ErrNotFound)
	}
	copied := *t
	return &copied, nil
}

func (s *store) selected(f models.RefreshTokenFilter) []models.RefreshToken {
	var out []models.RefreshToken
	for id, t := range s.tokens {
		if (f.UserID == "" || f.UserID == t.UserID) && (f.ClientID == "" || f.ClientID == t.ClientID) &&
			(f.Audience == "" || f.Audience == t.Audience) && (f.IDs == nil || slices.Contains(f.IDs, id)) {
			out = append(out, *t)
		}
	}
	slices.SortFunc(out, func(a, b models.RefreshToken) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (s *store) RefreshTokens(_ context.Context, f models.RefreshTokenFilter, p models.Page) ([]models.RefreshToken, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.DeleteFunc(s.selected(f), func(t models.RefreshToken) bool { return t.ID <= p.From })
	if len(all) <= p.Take {
		return all, "", s.broken
	}
	return all[:p.Take], all[p.Take-1].ID, s.broken
}

func (s *store) CountRefreshTokens(_ context.Context, f models.RefreshTokenFilter) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.selected(f)), s.broken
}

func (s *store) SetRefreshTokenMetadata(_ context.Context, id string, m models.Metadata, logs ...*models.LogEvent) (*models.RefreshToken, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, found := s.tokens[id]
	if !found || s.broken != nil {
		return nil, or(s.broken, models.ErrNotFound)
	}
	t.Metadata = m.Clone()
	s.wrote(logs)
	copied := *t
	return &copied, nil
}

func (s *store) RevokeRefreshToken(_ context.Context, id string, _ time.Time, logs ...*models.LogEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.tokens[id]; !found || s.broken != nil {
		return or(s.broken, models.ErrNotFound)
	}
	delete(s.tokens, id)
	s.wrote(logs)
	return nil
}

func (s *store) RevokeRefreshTokens(_ context.Context, f models.RefreshTokenFilter, _ time.Time, logs ...*models.LogEvent) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.filters = append(s.filters, f)
	gone := s.selected(f)
	for _, t := range gone {
		delete(s.tokens, t.ID)
	}
	s.wrote(logs)
	return len(gone), s.broken
}

func (s *store) Session(_ context.Context, id string) (*models.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, found := s.session[id]
	if !found || s.broken != nil {
		return nil, or(s.broken, models.ErrNotFound)
	}
	copied := *v
	return &copied, nil
}

func (s *store) Sessions(_ context.Context, userID string, p models.Page) ([]models.Session, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []models.Session
	for _, v := range s.session {
		if v.UserID == userID && v.ID > p.From {
			all = append(all, *v)
		}
	}
	slices.SortFunc(all, func(a, b models.Session) int { return strings.Compare(a.ID, b.ID) })
	if len(all) <= p.Take {
		return all, "", s.broken
	}
	return all[:p.Take], all[p.Take-1].ID, s.broken
}

func (s *store) CountSessions(ctx context.Context, userID string) (int, error) {
	all, _, err := s.Sessions(ctx, userID, models.Page{Take: 1 << 20})
	return len(all), err
}

func (s *store) SetSessionMetadata(_ context.Context, id string, m models.Metadata, logs ...*models.LogEvent) (*models.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, found := s.session[id]
	if !found || s.broken != nil {
		return nil, or(s.broken, models.ErrNotFound)
	}
	v.Metadata = m.Clone()
	s.wrote(logs)
	copied := *v
	return &copied, nil
}

func (s *store) EndSession(_ context.Context, id string, logs ...*models.LogEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.session[id]; !found || s.broken != nil {
		return or(s.broken, models.ErrNotFound)
	}
	delete(s.session, id)
	s.wrote(logs)
	return nil
}

func (s *store) Authenticators(_ context.Context, userID string) ([]models.Authenticator, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.factors[userID], s.broken
}

func (s *store) DeleteAuthenticators(_ context.Context, userID string, logs ...*models.LogEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.factors, userID)
	s.wrote(logs)
	return s.broken
}

func (s *store) EndSessions(_ context.Context, userID string, logs ...*models.LogEvent) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for id, v := range s.session {
		if v.UserID == userID {
			delete(s.session, id)
			n++
		}
	}
	s.wrote(logs)
	return n, s.broken
}

func (s *store) RevokeSession(ctx context.Context, id string, _ time.Time, logs ...*models.LogEvent) error {
	if err := s.EndSession(ctx, id, logs...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for tokenID, t := range s.tokens {
		if t.SessionID == id {
			delete(s.tokens, tokenID)
		}
	}
	return nil
}

func (s *store) WriteLogs(_ context.Context, events ...*models.LogEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
	return s.broken
}

func (s *store) Log(_ context.Context, id string) (*models.LogEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.ID == id && s.broken == nil {
			return e, nil
		}
	}
	return nil, or(s.broken, models.ErrNotFound)
}

func (s *store) matching(f models.LogFilter) []models.LogEvent {
	var out []models.LogEvent
	for _, e := range s.events {
		if (f.Type == "" || f.Type == e.Type) && (f.UserID == "" || f.UserID == e.UserID) && (f.ClientID == "" || f.ClientID == e.ClientID) {
			out = append(out, *e)
		}
	}
	slices.SortFunc(out, func(a, b models.LogEvent) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (s *store) Logs(_ context.Context, f models.LogFilter, offset, limit int, ascending bool) ([]models.LogEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.matching(f)
	if !ascending {
		slices.Reverse(all)
	}
	all = all[min(offset, len(all)):]
	return all[:min(limit, len(all))], s.broken
}

func (s *store) CountLogs(_ context.Context, f models.LogFilter) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.matching(f)), s.broken
}

func (s *store) LogsAfter(_ context.Context, id string, take int) ([]models.LogEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.DeleteFunc(s.matching(models.LogFilter{}), func(e models.LogEvent) bool { return e.ID <= id })
	return all[:min(take, len(all))], s.broken
}

func (s *store) User(_ context.Context, id string) (*models.User, error) {
	return find(s.users, id, s.broken)
}

func (s *store) Client(_ context.Context, id string) (*models.Client, error) {
	return find(s.clients, id, s.broken)
}

func (s *store) ResourceServer(_ context.Context, identifier string) (*models.ResourceServer, error) {
	return find(s.apis, identifier, s.broken)
}

// wrote is called with the lock held.
func (s *store) wrote(logs []*models.LogEvent) {
	s.writes++
	s.events = append(s.events, logs...)
}

func find[T any](m map[string]*T, id string, broken error) (*T, error) {
	v, found := m[id]
	if !found || broken != nil {
		return nil, or(broken, models.ErrNotFound)
	}
	return v, nil
}

func or(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// verifier knows its tokens by heart: the token "t" with the scopes that follow it, for one audience.
type verifier struct{ audience string }

func (v verifier) VerifyAccessToken(_ context.Context, token, audience string) (*models.AccessTokenClaims, error) {
	scopes, found := strings.CutPrefix(token, "t.")
	switch {
	case token == "broken":
		return nil, errors.New("the keys can't be read")
	case !found:
		return nil, fmt.Errorf("%w: signature does not match", models.ErrInvalidToken)
	case audience != v.audience:
		return nil, fmt.Errorf("%w: for another audience", models.ErrInvalidToken)
	}
	return &models.AccessTokenClaims{
		ID: "jti-1", Subject: "cli_admin@clients", ClientID: "cli_admin",
		Audiences: []string{audience}, Scopes: strings.Split(scopes, "+"),
	}, nil
}
