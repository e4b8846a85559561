package hooks

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/keepsake/models"
)

// The questions that a run in another process asks, and that API.Answer answers.
const (
	askCacheGet    = "cache.get"
	askCacheSet    = "cache.set"
	askCacheDelete = "cache.delete"
	askGroups      = "lookup.groups"
	askRisk        = "lookup.risk"
	askFactors     = "lookup.factors"
)

// names are the lookups that there are.
func (l Lookup) names() []string {
	var names []string
	for name, there := range map[string]bool{askGroups: l.Groups != nil, askRisk: l.Risk != nil, askFactors: l.Factors != nil} {
		if there {
			names = append(names, name)
		}
	}
	return names
}

// cacheQuestion asks a cache for something, cacheAnswer says what came of it.
type cacheQuestion struct {
	Key, Value string
	Expiry     CacheExpiry
}

type cacheAnswer struct {
	Record CacheRecord
	Found  bool
	Code   CacheCode
}

// Answer answers a question of this run in another process. The error's text is for the hook.
func (a *API) Answer(question string, data []byte) ([]byte, error) {
	switch question {
	case askGroups:
		return answerLookup(a, "the user's groups", a.event.Lookup.Groups)
	case askRisk:
		return answerLookup(a, "the risk assessment", a.event.Lookup.Risk)
	case askFactors:
		return answerLookup(a, "the enrolled factors", a.event.Lookup.Factors)
	}
	var q cacheQuestion
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, fmt.Errorf("decode a question: %w", err)
	}
	var answer cacheAnswer
	switch question {
	case askCacheGet:
		answer.Record, answer.Found = a.cache().get(q.Key)
	case askCacheSet:
		answer.Record, answer.Code = a.cache().set(q.Key, q.Value, q.Expiry)
	case askCacheDelete:
		answer.Code = a.cache().remove(q.Key)
	default:
		return nil, fmt.Errorf("no question is called %q", question)
	}
	return encode(answer), nil
}

func answerLookup[T any](a *API, name string, find func(context.Context) (T, error)) ([]byte, error) {
	found, err := lookup(a, name, find)
	if err != nil {
		return nil, err
	}
	return encode(found), nil
}

// questions asks another process.
type questions struct {
	call func(question string, data []byte) ([]byte, error)
}

func (q questions) cache(question string, ask cacheQuestion) (answer cacheAnswer) {
	data, err := q.call(question, encode(ask))
	if err != nil || json.Unmarshal(data, &answer) != nil {
		return cacheAnswer{} // the other process is gone, and this one ends with it
	}
	return answer
}

// get implements cacheStore, as set and remove do.
func (q questions) get(key string) (CacheRecord, bool) {
	a := q.cache(askCacheGet, cacheQuestion{Key: key})
	return a.Record, a.Found
}

func (q questions) set(key, value string, expiry CacheExpiry) (CacheRecord, CacheCode) {
	if expiry.invalid() {
		return CacheRecord{}, CacheInvalidExpiry // and JSON has no such number
	}
	a := q.cache(askCacheSet, cacheQuestion{key, value, expiry})
	return a.Record, a.Code
}

func (q questions) remove(key string) CacheCode {
	return q.cache(askCacheDelete, cacheQuestion{Key: key}).Code
}

// lookup returns the lookups of these names.
func (q questions) lookup(names []string) (l Lookup) {
	for _, name := range names {
		switch name {
		case askGroups:
			l.Groups = remotely[[]models.Group](q, name)
		case askRisk:
			l.Risk = remotely[*models.RiskAssessment](q, name)
		case askFactors:
			l.Factors = remotely[[]models.Factor](q, name)
		}
	}
	return l
}

func remotely[T any](q questions, name string) func(context.Context) (T, error) {
	return func(context.Context) (found T, err error) {
		data, err := q.call(name, nil)
		if err == nil {
			err = json.Unmarshal(data, &found)
		}
		return found, err
	}
}
