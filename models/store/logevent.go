package store

import (
	"context"
	"database/sql"
	"time"

	"example.com/keepsake/models"
)

// logData is what a log event says besides its columns, as it is stored.
type logData struct {
	Description      string         `json:"description,omitempty"`
	ConnectionID     string         `json:"connection_id,omitempty"`
	Connection       string         `json:"connection,omitempty"`
	OrganizationID   string         `json:"organization_id,omitempty"`
	OrganizationName string         `json:"organization_name,omitempty"`
	ClientName       string         `json:"client_name,omitempty"`
	UserName         string         `json:"user_name,omitempty"`
	Audience         string         `json:"audience,omitempty"`
	Scope            string         `json:"scope,omitempty"`
	Strategy         string         `json:"strategy,omitempty"`
	StrategyType     string         `json:"strategy_type,omitempty"`
	Origin           models.Origin  `json:"origin"`
	Auth0Client      map[string]any `json:"auth0_client,omitempty"`
	Details          map[string]any `json:"details,omitempty"`
}

// logRow is a log event as it is bound.
type logRow struct {
	id, logType, user, client string
	date                      time.Time
	data                      string
	execution                 string // empty: none
}

// value returns a parameter of logOnce, or of SQLite's logsAlone.
func (r *logRow) value(name string) (any, bool) {
	switch name {
	case "log_id":
		return r.id, true
	case "log_date":
		return r.date, true
	case "log_type":
		return r.logType, true
	case "log_user":
		return r.user, true
	case "log_client":
		return r.client, true
	case "log_data":
		return r.data, true
	case "log_execution":
		if r.execution == "" {
			return nil, true
		}
		return r.execution, true
	}
	return nil, false
}

// logDataSize is how much memory the data of most log events needs, in bytes.
const logDataSize = 1024

func (s *Store) newLogRow(e *models.LogEvent) (logRow, error) {
	r := logRow{id: e.ID, logType: string(e.Type), user: storable(e.UserID), client: storable(e.ClientID), date: toMilli(e.Date)}
	if e.Date.IsZero() {
		r.date = toMilli(s.now())
	}
	if r.id == "" {
		r.id = models.NewLogID(r.date)
	}
	data, err := (&logData{
		Description: e.Description, ConnectionID: e.ConnectionID, Connection: e.Connection,
		OrganizationID: e.OrganizationID, OrganizationName: e.OrganizationName, ClientName: e.ClientName,
		UserName: e.UserName, Audience: e.Audience, Scope: e.Scope, Strategy: e.Strategy, StrategyType: e.StrategyType,
		Origin: e.Origin, Auth0Client: e.Auth0Client, Details: e.Details,
	}).appendTo(make([]byte, 0, logDataSize))
	r.data = replaceNUL(string(data))
	if err == nil && e.Execution != nil {
		data, err = appendExecution(make([]byte, 0, logDataSize), e.Execution)
		r.execution = replaceNUL(string(data))
	}
	return r, err
}

// logRows prepares the events that there are; nil ones are left out.
func (s *Store) logRows(events []*models.LogEvent) ([]logRow, error) {
	rows := make([]logRow, 0, len(events))
	for _, e := range events {
		if e == nil {
			continue
		}
		r, err := s.newLogRow(e)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// withLogs is the part of a PostgreSQL statement that writes log events if the CTE "hit" has a row. The events are
// arrays, so that the text is the same for any number of them, none included.
const withLogs = `, logged AS (
	INSERT INTO log_events (log_id, date, type, user_id, client_id, data, executions)
	SELECT l.log_id, l.date, l.type, l.user_id, l.client_id, l.data::json, nullif(l.executions, '')::json
	FROM (SELECT 1 FROM hit LIMIT 1) AS once, unnest(:log_ids::text[], :log_dates::timestamptz[], :log_types::text[], :log_users::text[],
		:log_clients::text[], :log_data::text[], :log_executions::text[])
		AS l (log_id, date, type, user_id, client_id, data, executions)
)`

// logOnce ends a PostgreSQL statement: it writes one log event if the CTE "hit" has a row. That costs half of what withLogs does.
const logOnce = `INSERT INTO log_events (log_id, date, type, user_id, client_id, data, executions)
	SELECT :log_id, :log_date, :log_type, :log_user, :log_client, :log_data, :log_execution FROM hit`

// addLogs puts the parameters of withLogs into a.
func (s *Store) addLogs(a args, events []*models.LogEvent) error {
	rows, err := s.logRows(events)
	if err != nil {
		return err
	}
	n := len(rows)
	ids, types, users, clients := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	dates, data, executions := make([]time.Time, n), make([]string, n), make([]string, n)
	for i, r := range rows {
		ids[i], types[i], users[i], clients[i] = r.id, r.logType, r.user, r.client
		dates[i], data[i], executions[i] = r.date, r.data, r.execution
	}
	a["log_ids"], a["log_types"], a["log_users"], a["log_clients"] = ids, types, users, clients
	a["log_dates"], a["log_data"], a["log_executions"] = dates, data, executions
	return nil
}

var (
	logsAlone = per(`WITH hit AS (SELECT 1)`+withLogs+` SELECT 1`,
		`INSERT INTO log_events (log_id, date, type, user_id, client_id, data, executions)
		VALUES (:log_id, :log_date, :log_type, :log_user, :log_client, :log_data, :log_execution)`)

	selectLog = both(`SELECT ` + logColumns + ` FROM log_events WHERE log_id = :id`)

	selectLogsAfter = both(`SELECT ` + logColumns + ` FROM log_events WHERE log_id > :id ORDER BY log_id LIMIT :take`)
)

const logColumns = `log_id, date, type, user_id, client_id, data, executions`

// insertLogs writes events as a step of its own.
func (s *Store) insertLogs(ctx context.Context, q querier, events []*models.LogEvent) error {
	if len(events) == 0 {
		return nil
	}
	if s.dialect == postgresql {
		a := args{}
		if err := s.addLogs(a, events); err != nil {
			return err
		}
		_, err := q.exec(ctx, logsAlone, a)
		return err
	}
	rows, err := s.logRows(events)
	if err != nil {
		return err
	}
	for i := range rows {
		if _, err := q.exec(ctx, logsAlone, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// WriteLogs stores log events, all or none, in one round trip. An event without an ID or a Date gets them.
// models.ErrConflict when an ID is taken.
func (s *Store) WriteLogs(ctx context.Context, events ...*models.LogEvent) error {
	if s.dialect == postgresql || len(events) < 2 {
		return failed("write logs", s.insertLogs(ctx, s.w, events))
	}
	return failed("write logs", s.inTx(ctx, func(tx querier) error { return s.insertLogs(ctx, tx, events) }))
}

func scanLog(scan func(...any) error) (*models.LogEvent, error) {
	var e models.LogEvent
	var d logData
	err := scan((*text)(&e.ID), (*instant)(&e.Date), (*text)(&e.Type), (*text)(&e.UserID), (*text)(&e.ClientID), document{&d}, document{&e.Execution})
	if err != nil {
		return nil, err
	}
	e.Description, e.ConnectionID, e.Connection = d.Description, d.ConnectionID, d.Connection
	e.OrganizationID, e.OrganizationName, e.ClientName = d.OrganizationID, d.OrganizationName, d.ClientName
	e.UserName, e.Audience, e.Scope, e.Strategy, e.StrategyType = d.UserName, d.Audience, d.Scope, d.Strategy, d.StrategyType
	e.Origin, e.Auth0Client, e.Details = d.Origin, d.Auth0Client, d.Details
	return &e, nil
}

// Log returns one event by its log_id, or models.ErrNotFound.
func (s *Store) Log(ctx context.Context, id string) (*models.LogEvent, error) {
	var found *models.LogEvent
	err := s.r.all(ctx, selectLog, args{"id": id}, func(rows *sql.Rows) (err error) {
		found, err = scanLog(rows.Scan)
		return err
	})
	if err == nil && found == nil {
		err = sql.ErrNoRows
	}
	return found, failed("read log event", err)
}

// where is a condition that grows.
type where struct {
	text string
	args args
}

func (w *where) and(condition, name string, value any) {
	w.text += " AND " + condition
	w.args[name] = value
}

func logsWhere(f models.LogFilter) where {
	w := where{text: "WHERE true", args: args{}}
	if f.Type != "" {
		w.and("type = :type", "type", string(f.Type))
	}
	if f.UserID != "" {
		w.and("user_id = :user_id AND user_id <> ''", "user_id", f.UserID)
	}
	if f.ClientID != "" {
		w.and("client_id = :client_id", "client_id", f.ClientID)
	}
	return w
}

// Logs returns one page of the events that the filter selects: limit of them after the first offset ones, newest first or,
// ascending, oldest first.
func (s *Store) Logs(ctx context.Context, filter models.LogFilter, offset, limit int, ascending bool) ([]models.LogEvent, error) {
	w := logsWhere(filter)
	order := " ORDER BY log_id DESC"
	if ascending {
		order = " ORDER BY log_id"
	}
	w.args["limit"], w.args["offset"] = int64(max(limit, 0)), int64(max(offset, 0))
	events, err := s.logs(ctx, both("SELECT "+logColumns+" FROM log_events "+w.text+order+" LIMIT :limit OFFSET :offset"), w.args)
	return events, failed("list log events", err)
}

// CountLogs returns how many events the filter selects.
func (s *Store) CountLogs(ctx context.Context, filter models.LogFilter) (int, error) {
	w := logsWhere(filter)
	var n int
	err := s.r.one(ctx, both("SELECT count(*) FROM log_events "+w.text), w.args, &n)
	return n, failed("count log events", err)
}

// LogsAfter returns at most take events after a log_id, oldest first. The id need not exist (any more): "" begins with the
// oldest event there is.
func (s *Store) LogsAfter(ctx context.Context, id string, take int) ([]models.LogEvent, error) {
	events, err := s.logs(ctx, selectLogsAfter, args{"id": id, "take": int64(max(take, 0))})
	return events, failed("list log events", err)
}

func (s *Store) logs(ctx context.Context, q query, a args) ([]models.LogEvent, error) {
	events := []models.LogEvent{}
	err := s.r.all(ctx, q, a, func(rows *sql.Rows) error {
		e, err := scanLog(rows.Scan)
		if err == nil {
			events = append(events, *e)
		}
		return err
	})
	return events, err
}
