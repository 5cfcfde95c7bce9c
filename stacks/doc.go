// Package stacks is the program: what each kind of stack is made of. Plain
// `pulumi up` and the CLI run the same Program, and nothing is declared twice.
//
// A stack's file reads as a list of its parts. How a part is made belongs
// into components; what may be configured, into stacks/config.
package stacks
