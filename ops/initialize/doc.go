// Package initialize makes every secret of the stacks once, encrypts it into
// their config under their zone's passphrase, tells each zone the public keys
// of the other, marks the backends, and writes the recovery kit. It keeps what
// is there, so it can run any number of times. The only thing it makes in a
// cloud, when asked to, is the place that the state is kept in.
package initialize
