// Package repair looks for what an interrupted creation left in the cloud or
// on a host, so that the next update neither fails on a name that is taken nor
// makes a second one of something that costs money. What holds data or can be
// read back whole is adopted; what can't is removed, because nobody knew it
// yet. A thing that the state already knows is never touched.
package repair
