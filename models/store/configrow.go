package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"example.com/keepsake/models"
)

// The rows of the configuration tables. Data is the noun as JSON under its Go names (configrow_test.go pins them: a field
// renamed there would be lost here), except for what has a column of its own kind: an Action's secrets are sealed.

type tenantRow struct {
	ID   int `gorm:"primaryKey"`
	Data string
}

// TableName is the table of tenantRow.
func (tenantRow) TableName() string { return "tenant" }

func (r tenantRow) data() string { return r.Data }

type clientRow struct {
	ID   string `gorm:"primaryKey"`
	Name string
	Data string
}

// TableName is the table of clientRow.
func (clientRow) TableName() string { return "clients" }

func (r clientRow) data() string { return r.Data }

type resourceServerRow struct {
	ID         string `gorm:"primaryKey"`
	Identifier string
	Data       string
}

// TableName is the table of resourceServerRow.
func (resourceServerRow) TableName() string { return "resource_servers" }

func (r resourceServerRow) data() string { return r.Data }

type clientGrantRow struct {
	ID       string `gorm:"primaryKey"`
	ClientID string
	Audience string
	Data     string
}

// TableName is the table of clientGrantRow.
func (clientGrantRow) TableName() string { return "client_grants" }

func (r clientGrantRow) data() string { return r.Data }

type connectionRow struct {
	ID   string `gorm:"primaryKey"`
	Name string
	Data string
}

// TableName is the table of connectionRow.
func (connectionRow) TableName() string { return "connections" }

func (r connectionRow) data() string { return r.Data }

type organizationRow struct {
	ID   string `gorm:"primaryKey"`
	Name string
	Data string
}

// TableName is the table of organizationRow.
func (organizationRow) TableName() string { return "organizations" }

func (r organizationRow) data() string { return r.Data }

type roleRow struct {
	ID   string `gorm:"primaryKey"`
	Name string
	Data string
}

// TableName is the table of roleRow.
func (roleRow) TableName() string { return "roles" }

func (r roleRow) data() string { return r.Data }

type formRow struct {
	ID   string `gorm:"primaryKey"`
	Name string
	Data string
}

// TableName is the table of formRow.
func (formRow) TableName() string { return "forms" }

func (r formRow) data() string { return r.Data }

type actionRow struct {
	ID      string `gorm:"primaryKey"`
	Name    string
	Data    string
	Secrets []byte
}

// TableName is the table of actionRow.
func (actionRow) TableName() string { return "actions" }

type bindingRow struct {
	ID          string `gorm:"primaryKey"`
	TriggerID   string
	Position    int
	ActionID    string
	DisplayName string
}

// TableName is the table of bindingRow.
func (bindingRow) TableName() string { return "action_bindings" }

// dataRow is a row whose noun is in its data.
type dataRow interface{ data() string }

// stored returns the noun of a row, nil when there is no row.
func stored[M any, R dataRow](row *R, err error) (*M, error) {
	if row == nil || err != nil {
		return nil, err
	}
	return decode[M]((*row).data())
}

// decode reads the data of a row.
func decode[M any](data string) (*M, error) {
	m := new(M)
	if err := json.Unmarshal([]byte(data), m); err != nil {
		return nil, errors.New("stored JSON does not fit")
	}
	return m, nil
}

// actionLabel binds an Action's sealed secrets to its row.
func actionLabel(id string) string { return "action " + id }

func (s *Store) newActionRow(a models.Action) (*actionRow, error) {
	secrets, err := json.Marshal(a.Secrets)
	if err != nil {
		return nil, err
	}
	row := &actionRow{ID: a.ID, Name: a.Name, Secrets: s.keyring.Seal(actionLabel(a.ID), secrets)}
	a.Secrets = nil
	row.Data, err = encodeJSON(a)
	return row, err
}

func (s *Store) action(row *actionRow) (*models.Action, error) {
	a, err := decode[models.Action](row.Data)
	if err != nil {
		return nil, err
	}
	secrets, err := s.keyring.Open(actionLabel(row.ID), row.Secrets)
	if err != nil {
		return nil, fmt.Errorf("secrets of action %s: %w", row.ID, err)
	}
	if err := json.Unmarshal(secrets, &a.Secrets); err != nil {
		return nil, fmt.Errorf("secrets of action %s: stored JSON does not fit", row.ID)
	}
	return a, nil
}

// withDefaults fills what a tenant that nobody described has.
func withDefaults(t models.Tenant) *models.Tenant {
	if t.ID == "" {
		t.ID = "keepsake"
	}
	if t.OAuthErrors == "" {
		t.OAuthErrors = models.OAuthErrorsAuth0
	}
	if t.SessionLifetimeHours == 0 {
		t.SessionLifetimeHours = models.DefaultSessionLifetimeHours
	}
	if t.IdleSessionLifetimeHours == 0 {
		t.IdleSessionLifetimeHours = models.DefaultIdleSessionLifetimeHours
	}
	return &t
}
