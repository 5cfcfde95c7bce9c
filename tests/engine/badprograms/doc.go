// Package badprograms is a folder of Pulumi programs, one a policy, each with
// the one mistake that its policy is there for. Its test runs them through the
// real engine: each is refused by exactly its policy, also where the mistake is
// in a value that only the update knows.
//
// To add one: a file with a function that returns a Program, and its line in
// All. What the other policies ask for comes from good.go.
package badprograms
