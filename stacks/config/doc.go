// Package config is what a stack's config file may say and what a stack gives
// out, typed. It knows no engine and no provider, so that the operations can
// check a config and read outputs without compiling either.
//
// A config is checked whole before anything is created: a key that nobody
// reads, a value that can't work or a secret that is missing is one *Error
// that names the key.
package config
