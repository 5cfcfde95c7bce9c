// Package initialize makes every secret of the stacks once, encrypts it into
// their config, and writes the recovery kit. It keeps what is there, so it can
// run any number of times; it creates nothing in a cloud.
package initialize
