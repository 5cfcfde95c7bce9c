// Package fakegithub is as much of GitHub's REST API as the previews need: the
// states of pull requests and the comments on them, page by page as GitHub
// gives them, with the faults that GitHub has. Anything else is answered with
// 501, so that a test never passes by accident.
package fakegithub
