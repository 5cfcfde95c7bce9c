// Package backend knows the place where a zone's stacks keep their state: a
// folder of the checkout, or a bucket that stands outside every stack. It
// marks the place with an id, says whether it is the one that a stack's file
// means, lists what stacks are in it, and takes one to the other. It never
// reads or writes a stack's state itself: that is the engine's.
package backend
