package config

import "time"

// Day is the unit of lives.
const Day = 24 * time.Hour

// LongestLife is how long from now a stack of the kind may live; 0 is for ever.
func LongestLife(kind string) time.Duration {
	switch kind {
	case KindStaging:
		return 90 * Day
	case KindPreview, KindRestore:
		return 14 * Day
	}
	return 0
}
