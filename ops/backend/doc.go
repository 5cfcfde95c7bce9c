// Package backend knows the place where a zone's stacks keep their state: a
// folder of the checkout, or a bucket that stands outside every stack. It
// marks the place with an id, says whether it is the one that a stack's file
// means, lists what stacks are in it and how they were left, and takes one to
// the other. It never writes a stack's state: that is the engine's.
package backend
