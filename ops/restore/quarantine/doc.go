// Package quarantine is the machine of one restore: a droplet that is there
// for nothing else, with the only copy of production's data outside of
// production. It makes the machine, runs containers on it and destroys it; it
// knows nothing of masking or of what the restore is for.
//
// Nothing on it reaches anybody but the containers that read the
// repositories, and those reach nothing else. Nothing it says holds a value.
package quarantine
