// Package repository declares the settings of a GitHub repository that exists
// already: who may deploy to what, what a branch needs before it moves, which
// job gets which secret, and what is looked for in the code.
//
// It never makes, renames, archives or deletes a repository: what isn't in
// here stays as its owners have set it. See docs/decisions/0011.
package repository
