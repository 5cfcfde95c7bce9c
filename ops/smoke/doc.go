// Package smoke checks a stack as its users meet it: from outside,
// at its public address, under its own name. The checks are independent of
// each other; each says what it saw. They change nothing that stays: what they
// write they delete, and no check reads a customer's data.
package smoke
