// Package postgres declares a database server that archives its WAL, and the
// backup that runs beside it.
//
// Every setting that a restored cluster must have is in here or in the image,
// and none of it in the data directory.
package postgres
