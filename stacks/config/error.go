package config

import "fmt"

// Error is what is wrong with one key.
type Error struct {
	// Key is without the namespace, with a dot into objects: images.odoo.
	Key     string
	Problem string
	// Hint is what to do next; may be empty.
	Hint string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("config key %s:%s: %s", Namespace, e.Key, e.Problem)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}
