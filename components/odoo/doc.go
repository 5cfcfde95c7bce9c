// Package odoo declares Odoo: the job that makes its database once, and the
// one container that serves it and runs its scheduled actions.
package odoo
