// Package bench measures what the README promises, in one run, and prints
// medians and ratios. Nothing here asserts a wall time: machines are noisy.
package bench
