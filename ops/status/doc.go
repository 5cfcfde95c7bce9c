// Package status says what is, within seconds, also when a host is dead: every
// question has its own bound, and what can't be known is said rather than
// waited for. It changes nothing.
package status
