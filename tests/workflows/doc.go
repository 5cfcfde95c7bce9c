// Package workflows reads .github/workflows and the examples of docs/ci.md,
// and holds them to the rules that keep a pull request from reaching what is
// not its own. What actionlint finds is not repeated here.
package workflows
