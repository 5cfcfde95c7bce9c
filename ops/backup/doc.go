// Package backup makes, lists, checks and expires the backups of a stack's
// database and files. What pgBackRest does runs in containers of the Postgres
// image on the stack's own host; what is kept is decided here, by a pure
// function. Keys that read or delete reach a container through its standard
// input alone. It restores nothing for use: ops/restore does.
package backup
