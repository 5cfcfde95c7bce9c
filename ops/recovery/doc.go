// Package recovery keeps what a backup can't be read without: the kit holds
// the backup's cipher, where the repositories are and how to read them,
// encrypted to two or more operators. A lost laptop then loses no backup. The
// kit is useless to anybody else, and nothing in it can write or delete.
package recovery
