package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/jackc/pgx/v5"
)

// wonRace is how an exchange that was answered is counted.
const wonRace = "200"

// present presents a token and says what the answer was: wonRace, or the status with the error.
func present(ctx context.Context, t *target, token string) (string, error) {
	a, err := t.do(ctx, call{method: http.MethodPost, path: "oauth/token", address: addressAbroad, form: refreshForm(public, token)})
	if err != nil {
		return "", err
	}
	if a.status == http.StatusOK {
		return wonRace, nil
	}
	var refusal struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.Unmarshal(a.body, &refusal); err != nil {
		return "", fmt.Errorf("read the answer: %w", err)
	}
	return fmt.Sprintf("%d %s: %s", a.status, refusal.Error, refusal.Description), nil
}

// judgeRaces reads what became of the tokens: how many are revoked, and how many have another generation than they must have. A token was exchanged
// none to two times before its race and once in it.
func judgeRaces(ctx context.Context, url string, tokens *bulk) (revoked, wrong int, err error) {
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, 0, fmt.Errorf("read the tokens of the race: %w", err)
	}
	defer db.Close(context.WithoutCancel(ctx))
	ids, generations := make([]string, tokens.count), make([]int64, tokens.count)
	for i := range ids {
		ids[i], generations[i] = tokens.id(i), int64(i%3+1)
	}
	err = db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE t.revoked_at IS NOT NULL), count(*) FILTER (WHERE t.generation IS DISTINCT FROM want.generation)
		FROM unnest($1::text[], $2::bigint[]) AS want (id, generation) LEFT JOIN refresh_tokens AS t ON t.id = want.id`, ids, generations).Scan(&revoked, &wrong)
	if err != nil {
		return 0, 0, fmt.Errorf("read the tokens of the race: %w", err)
	}
	return revoked, wrong, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
