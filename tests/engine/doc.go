// Package engine runs the real Pulumi engine, with the project's own plugins,
// on a local cloud that keeps records only: no Docker, no root, seconds. What
// it holds true is what the engine decides: what is created, kept, replaced,
// refused and destroyed.
package engine
