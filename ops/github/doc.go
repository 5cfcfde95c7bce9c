// Package github asks GitHub two things for the previews: which pull requests
// are closed, and to keep one comment on each. It reads no code, no config and
// no branch of a pull request, and it declares nothing: what a repository is
// set to is components/repository's.
package github
