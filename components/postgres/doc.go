// Package postgres declares database servers: one that archives its WAL, with
// the backup that runs beside it; one that keeps nothing elsewhere; and a
// preview's, small, on its own copy of a template.
//
// Every setting that a restored cluster must have is in here or in the image,
// and none of it in the data directory.
package postgres
