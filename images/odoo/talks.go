// Package odoo is what the rest of the program shares with the Odoo image.
package odoo

import _ "embed" // talks.py

// Talks is lib/talks.py: the rule by which odoo-neutralize refuses a module.
//
//go:embed lib/talks.py
var Talks string
