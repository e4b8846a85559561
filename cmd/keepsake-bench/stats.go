package main

import "slices"

// spread is the middle of some runs, with the least and the most.
type spread struct {
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// spreadOf returns the zero spread for no values. The median of an even number is the mean of the two in the middle.
func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	median := sorted[half]
	if len(sorted)%2 == 0 {
		median = (sorted[half-1] + sorted[half]) / 2
	}
	return spread{Median: median, Min: sorted[0], Max: sorted[len(sorted)-1]}
}

// over returns the spread of one figure of some runs.
func over(runs []result, figure func(result) float64) spread {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = figure(r)
	}
	return spreadOf(values)
}

// ratios returns the spread of the ratio of two servers' rates, run by run: what slowed the machine down during a round slowed down both.
func ratios(runs, floor []result) spread {
	var values []float64
	for i := range min(len(runs), len(floor)) {
		if floor[i].Rate > 0 {
			values = append(values, runs[i].Rate/floor[i].Rate)
		}
	}
	return spreadOf(values)
}
