// Package erasure takes people's records out of a stack's Odoo and remembers
// which, so that a restore of an older backup does not bring them back. The
// memory is in the evidence bucket: model, id, time and a reason of one word,
// never a name. Backups made before still hold the record until they expire.
package erasure
