// Package restore brings production's data to where it may not be seen as it
// is: to a staging, and into the template of the previews. The backup is
// restored and masked on a machine of its own; what leaves it is a new cluster
// that only masked rows were ever written to, and the target takes it in one
// switch, at the end. Until then the target is as it was.
//
// It runs the steps in their order and says what they took. It knows neither
// how a value is masked (ops/mask) nor how a host switches its data
// (ops/generation, ops/previewhost).
package restore
