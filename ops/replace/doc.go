// Package replace puts a new machine under a stack's data: stop
// cleanly, detach the volume, replace the machine, attach, start. It keeps no
// journal. What is left to do follows from the cloud and from Pulumi's state,
// so a run that was killed anywhere goes on with the next one, and a dead
// machine only makes the first step impossible.
package replace
