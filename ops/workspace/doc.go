// Package workspace runs a stack's program through the Automation API, in
// process, in the checkout itself: the same Pulumi.<stack>.yaml, backend and
// state as plain `pulumi`. It knows about locks, interrupted operations and
// progress. It does not know what the stacks declare: the caller brings the
// program, so that nothing here compiles a provider SDK.
package workspace
