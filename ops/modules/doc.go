// Package modules pins the OCA repositories of an add-ons repository. Each is
// a git submodule below addons/external/oca, and oca.lock.json says at which
// commit, with which content. Lock writes that file, Verify finds what differs
// between it, the submodules and an image, Update moves one repository.
//
// git is asked for all that is git's (the program on PATH: it knows the user's
// credentials and every kind of remote). Nothing here commits, and nothing of
// a module is run.
package modules
