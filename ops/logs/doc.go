// Package logs reads the logs of stacks from Loki, where they outlive the
// stacks. A stack is told by its labels alone: nothing is asked of its state,
// its host or its config.
package logs
