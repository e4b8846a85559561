package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
)

// raceCopies is how often a token is presented to each process at the same time.
const raceCopies = 2

// studyRace presents each token to all processes at once. The benchmark's clients have no leeway: one exchange must be answered, and after
// the others the token is dead.
func studyRace(ctx context.Context, w *world, s *section) error {
	r, err := w.openReplicas(ctx, s, noAction)
	if err != nil {
		return err
	}
	defer r.close()
	tokens, err := w.fill(ctx, r.targets[0], w.options.Races)
	if err != nil {
		return err
	}
	winners := map[int]int{}
	answers := map[string]int{}
	for i := range w.options.Races {
		// Some tokens have been exchanged before, by one process or another.
		for n := range i % 3 {
			if err := tokens.exchange(ctx, r.targets[(i+n)%len(r.targets)], i); err != nil {
				return err
			}
		}
		won, seen, err := raceOne(ctx, r.targets, tokens.token(i))
		if err != nil {
			return err
		}
		winners[won]++
		for answer, n := range seen {
			answers[answer] += n
		}
	}
	revoked, wrong, err := judgeRaces(ctx, r.targets[0].url, tokens)
	if err != nil {
		return err
	}
	copies := raceCopies * len(r.targets)
	s.note("%d tokens, each presented %d times at once: %d times to each of %d processes. The tokens had been exchanged none to two times before. Afterwards %d of the tokens are revoked, "+
		"and %d have another generation than one exchange more gives.", w.options.Races, copies, raceCopies, len(r.targets), revoked, wrong)
	rows := s.add("How many of the exchanges of one token were answered", "answered", "tokens")
	for n := range copies + 1 {
		if winners[n] > 0 || n == 1 {
			rows.row(fmt.Sprint(n), fmt.Sprint(winners[n]))
		}
	}
	rows = s.add("Answers", "answer", "times")
	for _, answer := range sortedKeys(answers) {
		rows.row(answer, fmt.Sprint(answers[answer]))
	}
	s.Figures["tokens"], s.Figures["answered_once"] = float64(w.options.Races), float64(winners[1])
	s.Figures["answered_more_than_once"] = float64(w.options.Races - winners[0] - winners[1])
	s.Figures["revoked"], s.Figures["wrong_generation"] = float64(revoked), float64(wrong)
	return nil
}

// raceOne presents one token to all processes and returns how many exchanges were answered, and how often each answer came.
func raceOne(ctx context.Context, targets []*target, token string) (won int, answers map[string]int, err error) {
	var (
		wg    sync.WaitGroup
		gun   = make(chan struct{})
		texts = make([]string, raceCopies*len(targets))
		errs  = make([]error, len(texts))
	)
	for i := range texts {
		wg.Go(func() {
			<-gun
			texts[i], errs[i] = present(ctx, targets[i%len(targets)], token)
		})
	}
	close(gun)
	wg.Wait()
	answers = map[string]int{}
	for i, text := range texts {
		if errs[i] != nil {
			return 0, nil, errs[i]
		}
		answers[text]++
	}
	return answers[wonRace], answers, nil
}

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
