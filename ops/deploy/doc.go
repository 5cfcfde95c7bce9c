// Package deploy is up, preview and destroy of one stack: the engine does the
// work, this package refuses what must not be done by accident. It refuses
// from a preview, before anything changed: an update that would replace a
// machine under data, or take away what production uses in the cloud and nobody
// named, and a destroy of what is protected.
package deploy
