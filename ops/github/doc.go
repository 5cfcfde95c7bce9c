// Package github asks GitHub two things: which pull requests are closed, and to
// keep one comment on each, about its preview or about the plans of its change
// to the infrastructure. It reads no code, no config and
// no branch of a pull request, and it declares nothing: what a repository is
// set to is components/repository's.
package github
