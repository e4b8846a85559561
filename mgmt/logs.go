package mgmt

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"example.com/keepsake/models"
)

// How far a listing of logs reaches (contract 4.5).
const (
	defaultPerPage = 50
	maxPerPage     = 100
	maxOffset      = 1000
)

func (a *API) getLog(c *request) (answer, error) {
	fields, err := c.query.selection()
	if err != nil {
		return answer{}, err
	}
	e, err := a.logs.Log(c.ctx(), c.id)
	if err != nil {
		return answer{}, notFound(fmt.Errorf("get a log event: %w", err), "Log not found.")
	}
	body, err := fields.apply(a.showLog(e))
	return ok(body), err
}

// listLogs lists by checkpoint when from or take is there, and then looks at nothing else (contract 4.5); by offset
// otherwise.
func (a *API) listLogs(c *request) (answer, error) {
	if c.query.has("from") || c.query.has("take") {
		return a.logsAfter(c)
	}
	return a.logsByOffset(c)
}

// logsAfter is the checkpoint: the events after from, oldest first. The Link header leads on; at the end it is the same
// URL again, to be asked later.
func (a *API) logsAfter(c *request) (answer, error) {
	take, err := c.query.integer("take", defaultTake, 1, maxTake)
	if err != nil {
		return answer{}, err
	}
	from := c.query["from"]
	if !isLogID(from) {
		return answer{}, invalidQuery("Expected a log_id", "from")
	}
	events, err := a.logs.LogsAfter(c.ctx(), from, take)
	if err != nil {
		return answer{}, fmt.Errorf("list the logs after a checkpoint: %w", err)
	}
	shown, err := selectAll(selection{}, events, a.showLog)
	if err != nil {
		return answer{}, err
	}
	if len(events) > 0 {
		from = events[len(events)-1].ID
	}
	next := url.Values{"take": {strconv.Itoa(take)}}
	if from != "" {
		next.Set("from", from)
	}
	return answer{status: http.StatusOK, body: shown, next: a.audience + "logs?" + next.Encode()}, nil
}

// isLogID reports whether s is digits, as every log_id is. Empty begins with the oldest event. An id that is gone, or that another server
// made, is still a place to begin from.
func isLogID(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) <= 100
}

func (a *API) logsByOffset(c *request) (answer, error) {
	list, err := c.logList()
	if err != nil {
		return answer{}, err
	}
	events, err := a.logs.Logs(c.ctx(), list.filter, list.offset, list.limit, list.ascending)
	if err != nil {
		return answer{}, fmt.Errorf("list the logs: %w", err)
	}
	shown, err := selectAll(list.fields, events, a.showLog)
	if err != nil || !list.totals {
		return ok(shown), err
	}
	total, err := a.logs.CountLogs(c.ctx(), list.filter)
	if err != nil {
		return answer{}, fmt.Errorf("count the logs: %w", err)
	}
	return ok(map[string]any{"start": list.offset, "limit": list.perPage, "length": len(shown), "total": total, "logs": shown}), nil
}

// logList is what a listing by offset asks for.
type logList struct {
	filter    models.LogFilter
	offset    int
	limit     int // what is read: less than perPage at the end of what an offset reaches
	perPage   int
	ascending bool
	totals    bool
	fields    selection
}

func (c *request) logList() (logList, error) {
	var l logList
	page, err := c.query.integer("page", 0, 0, 1<<31)
	if err != nil {
		return l, err
	}
	// Auth0's schema allows 0, which asks for nothing but the totals.
	if l.perPage, err = c.query.integer("per_page", defaultPerPage, 0, maxPerPage); err != nil {
		return l, err
	}
	l.offset = page * l.perPage
	if l.offset >= maxOffset {
		return l, badRequest("invalid_paging", fmt.Sprintf("You can only page through the first %d records. Use the 'from' and 'take' parameters to read all of them.", maxOffset))
	}
	l.limit = min(l.perPage, maxOffset-l.offset)
	switch sort := c.query["sort"]; sort {
	case "", "date:-1":
	case "date:1":
		l.ascending = true
	default:
		return l, invalidQuery("Logs can be sorted by date:1 and date:-1 only", "sort")
	}
	if l.totals, err = c.query.boolean("include_totals", false); err != nil {
		return l, err
	}
	if l.fields, err = c.query.selection(); err != nil {
		return l, err
	}
	l.filter, err = parseLogQueries(c.query["q"], c.query["search"])
	return l, err
}
