package web

import (
	"errors"
	"fmt"
	"net/http"

	"example.com/keepsake/models"
)

// step is a login transaction at one of its pages, with what the pages show of it.
type step struct {
	id      string // the transaction's id, which is the page's state parameter
	browser string // the value of the binding cookie
	tx      *models.LoginTransaction
	tenant  *models.Tenant
	client  *models.Client
	org     *models.Organization // nil when none was asked for
	// overHTTP is true on a server that is not https: one for development.
	overHTTP bool
}

// step finds the transaction that the state parameter names, for the browser that began it.
func (p *Pages) step(r *http.Request) (*step, error) {
	ctx := r.Context()
	s := &step{id: r.URL.Query().Get("state"), browser: p.cookie(r, browserCookie), overHTTP: !p.secure}
	if s.id == "" {
		return nil, transactionEnded(errors.New("no state parameter"))
	}
	var err error
	if s.tx, err = p.transactions.LoginTransaction(ctx, s.id, p.now()); err != nil {
		return nil, missing(fmt.Errorf("find the login transaction: %w", err))
	}
	if !p.Bound(r, s.tx.Browser) {
		return nil, transactionEnded(errors.New("the login transaction belongs to another browser"))
	}
	if s.tenant, err = p.config.Tenant(ctx); err != nil {
		return nil, fmt.Errorf("read the tenant: %w", err)
	}
	if s.client, err = p.config.Client(ctx, s.tx.ClientID); err != nil {
		return nil, missing(fmt.Errorf("find the client %s: %w", s.tx.ClientID, err))
	}
	if s.tx.OrganizationID == "" {
		return s, nil
	}
	if s.org, err = p.config.Organization(ctx, s.tx.OrganizationID); err != nil {
		return nil, missing(fmt.Errorf("find the organization %s: %w", s.tx.OrganizationID, err))
	}
	return s, nil
}

// missing says transactionEnded for what is not there (any more) and leaves other errors internal.
func missing(err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return transactionEnded(err)
	}
	return err
}

// connection returns where the transaction's users come from: the connection that was asked for, else the
// organization's, else the tenant's default directory. It must be enabled for the client and for the organization.
func (p *Pages) connection(r *http.Request, s *step) (*models.Connection, error) {
	name := s.connectionName()
	if name == "" {
		return nil, noConnection(errors.New("the tenant has no default_directory"))
	}
	c, err := p.config.Connection(r.Context(), name)
	if errors.Is(err, models.ErrNotFound) {
		return nil, noConnection(fmt.Errorf("find the connection %s: %w", name, err))
	}
	if err != nil {
		return nil, fmt.Errorf("find the connection %s: %w", name, err)
	}
	if !c.Enabled(s.client.ID) {
		return nil, noConnection(fmt.Errorf("the connection %s is not enabled for the client %s", name, s.client.ID))
	}
	if s.org != nil && !s.org.Allows(name) {
		return nil, noConnection(fmt.Errorf("the connection %s is not enabled for the organization %s", name, s.org.ID))
	}
	return c, nil
}

func (s *step) connectionName() string {
	if name := s.tx.Params.Get("connection"); name != "" {
		return name
	}
	byDefault := s.tenant.DefaultDirectory
	if s.org != nil && !s.org.Allows(byDefault) {
		return s.org.Connections[0]
	}
	return byDefault
}

func noConnection(err error) error {
	return &pageError{
		status: http.StatusBadRequest, code: "invalid_request",
		description: "No connection is enabled for this sign-in. Contact the application's support.",
		err:         err,
	}
}
